package ops

import (
	"math"
	"slices"
)

const recurrentAttrs = "activation_alpha activation_beta activations clip direction hidden_size layout "

func init() {
	register("RNN", 3, 6, recurrentAttrs, func(c *Call) { c.recurrent(1, 1, rnnStep) })
	register("GRU", 3, 6, recurrentAttrs+"linear_before_reset", func(c *Call) { c.recurrent(3, 2, gruStep) })
	register("LSTM", 3, 8, recurrentAttrs+"input_forget", func(c *Call) { c.recurrent(4, 3, lstmStep) })
}

// recurrence is one direction of a recurrent layer. Gates lie one after another, as in
// the weights: i, o, f, c of an LSTM; z, r, h of a GRU.
type recurrence struct {
	gates, in, hidden, batch int
	w, r, b, peepholes       []float32 // [gates·hidden, in], [gates·hidden, hidden], [2·gates·hidden]
	h, cell                  []float32 // [batch, hidden]
	clip                     float64   // 0: none
	f                        []func(float64) float64
	linearBeforeReset        bool
	inputForget              bool
}

// step computes the state of one sample after one input.
type step func(l *recurrence, x, h, cell []float32)

// recurrent computes a recurrent layer with a number of gates and of activations per
// direction.
func (c *Call) recurrent(gates, functions int, step step) {
	x := c.floats(0)
	c.need(len(x.Shape) == 3, "an input of shape %v, want three dimensions", x.Shape)
	batchFirst := c.attrInt("layout", 0) == 1
	steps, batch := x.Shape[0], x.Shape[1]
	if batchFirst {
		steps, batch = batch, steps
	}
	direction := c.attrString("direction", "forward", "reverse", "bidirectional")
	dirs := 1
	if direction == "bidirectional" {
		dirs = 2
	}
	w, r := c.floats(1), c.floats(2)
	c.need(len(w.Shape) == 3 && w.Shape[0] == dirs && w.Shape[1]%gates == 0 && w.Shape[2] == x.Shape[2], "weights %v for input %v", w, x)
	hidden := w.Shape[1] / gates
	c.need(slices.Equal(r.Shape, []int{dirs, gates * hidden, hidden}), "recurrent weights %v, want %v", r.Shape, []int{dirs, gates * hidden, hidden})
	c.need(c.attrInt("hidden_size", hidden) == hidden, "hidden_size is not %d", hidden)
	states := []int{dirs, batch, hidden}
	c.optional(3, 2*gates*hidden*dirs)
	c.optional(5, product(states))
	c.optional(6, product(states))
	c.optional(7, 3*hidden*dirs)
	lens := c.lengths(steps, batch)
	yShape := []int{steps, dirs, batch, hidden}
	if batchFirst {
		yShape, states = []int{batch, steps, dirs, hidden}, []int{batch, dirs, hidden}
	}
	y, yh := c.out(0, x.Type, yShape...), c.out(1, x.Type, states...)
	yc := yh
	if gates == 4 {
		yc = c.out(2, x.Type, states...)
	}
	c.work(float64(steps*batch*dirs) * float64(gates*hidden) * float64(hidden+w.Shape[2]+10))
	if c.trial() {
		return
	}
	for d := range dirs {
		l := c.direction(d, gates, functions, hidden, batch, batchFirst, dirs)
		for s := range batch {
			h, cell := l.h[s*hidden:][:hidden], l.cell[s*hidden:][:hidden]
			for k := range lens[s] {
				t := k
				if direction == "reverse" || d == 1 {
					t = lens[s] - 1 - k
				}
				at, to := t*batch+s, ((t*dirs+d)*batch+s)*hidden
				if batchFirst {
					at, to = s*steps+t, ((s*steps+t)*dirs+d)*hidden
				}
				step(l, x.F[at*l.in:][:l.in], h, cell)
				copy(y.F[to:to+hidden], h)
			}
			to := (d*batch + s) * hidden
			if batchFirst {
				to = (s*dirs + d) * hidden
			}
			copy(yh.F[to:], h)
			if gates == 4 {
				copy(yc.F[to:], cell)
			}
		}
	}
}

// optional checks the size of an input that may be absent.
func (c *Call) optional(i, size int) {
	if c.in(i) != nil {
		c.need(c.floats(i).Size() == size, "input %d is %v, want %d elements", i, c.In[i], size)
	}
}

// lengths are the steps of each sample.
func (c *Call) lengths(steps, batch int) []int {
	lens := c.intsOr(4)
	if lens == nil {
		return filled(batch, steps)
	}
	c.need(len(lens) == batch, "%d lengths for %d samples", len(lens), batch)
	for _, n := range lens {
		c.need(n >= 0 && n <= steps, "a length of %d of %d steps", n, steps)
	}
	return lens
}

// direction is one direction's weights and a copy of its first state.
func (c *Call) direction(d, gates, functions, hidden, batch int, batchFirst bool, dirs int) *recurrence {
	in := c.In[1].Shape[2]
	part := func(i, n int) []float32 {
		if v := c.in(i); v != nil {
			return v.F[d*n : (d+1)*n]
		}
		return nil
	}
	state := func(i int) []float32 {
		out, v := make([]float32, batch*hidden), c.in(i)
		for s := 0; v != nil && s < batch; s++ {
			at := d*batch + s
			if batchFirst {
				at = s*dirs + d
			}
			copy(out[s*hidden:], v.F[at*hidden:][:hidden])
		}
		return out
	}
	l := &recurrence{gates: gates, in: in, hidden: hidden, batch: batch, w: part(1, gates*hidden*in), r: part(2, gates*hidden*hidden),
		b: part(3, 2*gates*hidden), peepholes: part(7, 3*hidden), h: state(5), cell: state(6), clip: float64(c.attrFloat("clip", 0)),
		linearBeforeReset: c.attrInt("linear_before_reset", 0) != 0, inputForget: c.attrInt("input_forget", 0) != 0}
	l.f = c.activations(d, functions)
	return l
}

// activations are a direction's functions.
func (c *Call) activations(d, n int) []func(float64) float64 {
	names := c.attrStrings("activations")
	if names == nil {
		return [][]func(float64) float64{{math.Tanh}, {sigmoid, math.Tanh}, {sigmoid, math.Tanh, math.Tanh}}[n-1]
	}
	c.need(len(names) >= (d+1)*n, "%d activations", len(names))
	alpha, beta := c.attrFloats("activation_alpha"), c.attrFloats("activation_beta")
	var out []func(float64) float64
	for i, name := range names[d*n : (d+1)*n] {
		param := func(list []float32, def float64) float64 {
			if k := d*n + i; k < len(list) {
				return float64(list[k])
			}
			return def
		}
		out = append(out, c.activation(name, func(def float64) float64 { return param(alpha, def) }, func(def float64) float64 { return param(beta, def) }))
	}
	return out
}

func (c *Call) activation(name string, alpha, beta func(def float64) float64) func(float64) float64 {
	switch name {
	case "Tanh", "tanh":
		return math.Tanh
	case "Sigmoid", "sigmoid":
		return sigmoid
	case "Relu", "relu":
		return func(x float64) float64 { return max(x, 0) }
	case "HardSigmoid":
		a, b := alpha(0.2), beta(0.5)
		return func(x float64) float64 { return clamp(a*x+b, 0, 1) }
	case "LeakyRelu":
		a := alpha(0.01)
		return func(x float64) float64 { return max(x, 0) + a*min(x, 0) }
	case "Elu":
		a := alpha(1)
		return func(x float64) float64 { return elu(x, a) }
	case "Softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case "Softplus":
		return softplus
	case "Affine":
		a, b := alpha(1), beta(0)
		return func(x float64) float64 { return a*x + b }
	}
	c.failf("%w: activation %.40q", ErrUnsupported, name)
	return nil
}

// input is what the input and its bias give to row i of the gates.
func (l *recurrence) input(x []float32, i int) float64 {
	sum := 0.0
	if l.b != nil {
		sum = float64(l.b[i])
	}
	return sum + dot(l.w[i*l.in:], x)
}

// recur is what the state and its bias give to row i of the gates.
func (l *recurrence) recur(h []float32, i int) float64 {
	sum := 0.0
	if l.b != nil {
		sum = float64(l.b[l.gates*l.hidden+i])
	}
	return sum + dot(l.r[i*l.hidden:], h)
}

func dot(w, x []float32) float64 {
	sum := 0.0
	w = w[:len(x)]
	for i, v := range x {
		sum += float64(w[i]) * float64(v)
	}
	return sum
}

// limit clips the input of an activation.
func (l *recurrence) limit(x float64) float64 {
	if l.clip > 0 {
		return clamp(x, -l.clip, l.clip)
	}
	return x
}

func rnnStep(l *recurrence, x, h, _ []float32) {
	out := make([]float32, l.hidden)
	for i := range out {
		out[i] = float32(l.f[0](l.limit(l.input(x, i) + l.recur(h, i))))
	}
	copy(h, out)
}

// gruStep applies the reset gate before the product or, with linear_before_reset,
// after it, as PyTorch does.
func gruStep(l *recurrence, x, h, _ []float32) {
	n := l.hidden
	z, r, out := make([]float64, n), make([]float64, n), make([]float32, n)
	reset := make([]float32, n)
	for i := range n {
		z[i] = l.f[0](l.limit(l.input(x, i) + l.recur(h, i)))
		r[i] = l.f[0](l.limit(l.input(x, n+i) + l.recur(h, n+i)))
		reset[i] = float32(r[i] * float64(h[i]))
	}
	for i := range n {
		var recurrent float64
		if l.linearBeforeReset {
			recurrent = r[i] * l.recur(h, 2*n+i)
		} else {
			recurrent = l.recur(reset, 2*n+i)
		}
		candidate := l.f[1](l.limit(l.input(x, 2*n+i) + recurrent))
		out[i] = float32((1-z[i])*candidate + z[i]*float64(h[i]))
	}
	copy(h, out)
}

func lstmStep(l *recurrence, x, h, cell []float32) {
	n := l.hidden
	out := make([]float32, n)
	peep := func(gate, i int, c float64) float64 {
		if l.peepholes == nil {
			return 0
		}
		return float64(l.peepholes[gate*n+i]) * c
	}
	for i := range n {
		old := float64(cell[i])
		in := l.f[0](l.limit(l.input(x, i) + l.recur(h, i) + peep(0, i, old)))
		forget := 1 - in
		if !l.inputForget {
			forget = l.f[0](l.limit(l.input(x, 2*n+i) + l.recur(h, 2*n+i) + peep(2, i, old)))
		}
		candidate := l.f[1](l.limit(l.input(x, 3*n+i) + l.recur(h, 3*n+i)))
		now := forget*old + in*candidate
		gate := l.f[0](l.limit(l.input(x, n+i) + l.recur(h, n+i) + peep(1, i, now)))
		cell[i] = float32(now)
		out[i] = float32(gate * l.f[2](now))
	}
	copy(h, out)
}

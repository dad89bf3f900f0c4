package ops

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

const recurrentAttrs = "activation_alpha activation_beta activations clip direction hidden_size layout "

func init() {
	register("RNN", 3, 6, recurrentAttrs, func(c *Call) { c.recurrent(1, 1, (*direction).rnn) })
	register("GRU", 3, 6, recurrentAttrs+"linear_before_reset", func(c *Call) { c.recurrent(3, 2, (*direction).gru) })
	register("LSTM", 3, 8, recurrentAttrs+"input_forget", func(c *Call) { c.recurrent(4, 3, (*direction).lstm) })
}

// recurrence is a call of a recurrent layer. Gates lie one after another, as in the
// weights: i, o, f, c of an LSTM; z, r, h of a GRU.
type recurrence struct {
	*Call
	gates, in, hidden         int
	steps, batch, dirs        int
	batchFirst, everyBackward bool
	lens                      []int // steps of each sample
	y, yh, yc                 *Value
}

// recurrent computes a recurrent layer with a number of gates and of activations per
// direction.
func (c *Call) recurrent(gates, functions int, step step) {
	x := c.floats(0)
	c.need(len(x.Shape) == 3, "an input of shape %v, want three dimensions", x.Shape)
	l := &recurrence{Call: c, gates: gates, in: x.Shape[2], steps: x.Shape[0], batch: x.Shape[1], dirs: 1, batchFirst: c.attrInt("layout", 0) == 1}
	if l.batchFirst {
		l.steps, l.batch = l.batch, l.steps
	}
	to := c.attrString("direction", "forward", "reverse", "bidirectional")
	if l.everyBackward = to == "reverse"; to == "bidirectional" {
		l.dirs = 2
	}
	l.inputs()
	l.outputs(x)
	c.work(float64(l.steps*l.batch*l.dirs) * float64(gates*l.hidden) * float64(l.hidden+l.in+10))
	parts := max(1, min(c.threads(), l.batch))
	c.scratch(l.dirs*(gates*l.hidden*(l.in+l.hidden+2)+l.batch*(gates+4)*l.hidden) + parts*(recurrentRows+l.batch)*(gates*l.hidden+l.in))
	if c.trial() {
		return
	}
	turned, giveBack := borrowed(gates * l.hidden * (l.in + l.hidden))
	defer giveBack()
	for d := range l.dirs {
		dir := l.direction(d, functions, turned)
		c.parallel(parts, func(i int) {
			lo, hi := kernel.Span(l.batch, i, parts)
			dir.run(lo, hi, step)
		})
	}
}

// inputs checks the weights and what may be absent.
func (l *recurrence) inputs() {
	w, r := l.floats(1), l.floats(2)
	l.need(len(w.Shape) == 3 && w.Shape[0] == l.dirs && w.Shape[1]%l.gates == 0 && w.Shape[2] == l.in, "weights %v for %d inputs", w, l.in)
	l.hidden = w.Shape[1] / l.gates
	want := []int{l.dirs, l.gates * l.hidden, l.hidden}
	l.need(slices.Equal(r.Shape, want), "recurrent weights %v, want %v", r.Shape, want)
	l.need(l.attrInt("hidden_size", l.hidden) == l.hidden, "hidden_size is not %d", l.hidden)
	states := l.dirs * l.batch * l.hidden
	l.optional(3, 2*l.gates*l.hidden*l.dirs)
	l.optional(5, states)
	l.optional(6, states)
	l.optional(7, 3*l.hidden*l.dirs)
	l.lens = l.lengths(l.steps, l.batch)
}

func (l *recurrence) outputs(x *Value) {
	y, states := []int{l.steps, l.dirs, l.batch, l.hidden}, []int{l.dirs, l.batch, l.hidden}
	if l.batchFirst {
		y, states = []int{l.batch, l.steps, l.dirs, l.hidden}, []int{l.batch, l.dirs, l.hidden}
	}
	l.y, l.yh = l.out(0, x.Type, y...), l.out(1, x.Type, states...)
	if l.gates == 4 {
		l.yc = l.out(2, x.Type, states...)
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

// direction is one direction of a recurrent layer.
type direction struct {
	*recurrence
	d                              int
	backward                       bool
	w, r                           kernel.Mat // [in, gates·hidden], [hidden, gates·hidden]
	bias, recurrentBias, peepholes []float32
	clip                           float32 // 0: none
	f                              []func(y []float32)
	usual                          bool // the file names no functions: f are the usual ones
	linearBeforeReset, inputForget bool
}

// direction has a direction's weights turned, in memory for that.
func (l *recurrence) direction(d, functions int, memory []float32) *direction {
	rows := l.gates * l.hidden
	part := func(i, n int) []float32 {
		if v := l.Call.in(i); v != nil {
			return v.F[d*n : (d+1)*n]
		}
		return nil
	}
	turned := func(i, in int, to []float32) kernel.Mat {
		m := kernel.Dense(to[:rows*in], in, rows)
		kernel.Transpose(m, kernel.Dense(part(i, rows*in), rows, in))
		return m
	}
	dir := &direction{recurrence: l, d: d, backward: l.everyBackward || d == 1,
		w: turned(1, l.in, memory), r: turned(2, l.hidden, memory[rows*l.in:]),
		bias: make([]float32, rows), recurrentBias: make([]float32, rows), peepholes: part(7, 3*l.hidden), clip: l.attrFloat("clip", 0),
		linearBeforeReset: l.attrInt("linear_before_reset", 0) != 0, inputForget: l.attrInt("input_forget", 0) != 0}
	if b := part(3, 2*rows); b != nil {
		copy(dir.bias, b)
		copy(dir.recurrentBias, b[rows:])
	}
	if l.gates != 3 { // the two are only added up
		kernel.Add(dir.bias, dir.bias, dir.recurrentBias)
	}
	dir.f, dir.usual = l.activations(d, functions), l.attrStrings("activations") == nil
	return dir
}

// recurrentRows is how many rows of inputs are multiplied with the weights at a time.
const recurrentRows = 96

// run computes samples lo … hi-1, all of them step by step: their inputs are multiplied
// with the weights for some steps together.
func (l *direction) run(lo, hi int, step step) {
	n, rows := hi-lo, l.gates*l.hidden
	longest := 0
	for _, k := range l.lens[lo:hi] {
		longest = max(longest, k)
	}
	chunk := max(1, min(longest, recurrentRows/max(1, n)))
	free, giveBack := borrowed(n * ((l.gates+2)*l.hidden + chunk*(l.in+rows)))
	defer giveBack()
	x, gates, free := free[:chunk*n*l.in], free[chunk*n*l.in:][:chunk*n*rows], free[chunk*n*(l.in+rows):]
	b := &states{n: n, h: l.first(5, lo, hi), cell: l.first(6, lo, hi), free: free, active: make([]bool, n)}
	for k := range longest {
		if k%chunk == 0 {
			count := min(chunk, longest-k) * n
			l.gather(x, lo, hi, k, min(longest, k+chunk))
			kernel.Gemm(kernel.Dense(gates, count, rows), kernel.Dense(x, count, l.in), l.w, kernel.Epilogue{Bias: l.bias})
		}
		for s := range n {
			b.active[s] = k < l.lens[lo+s]
		}
		step(l, b, gates[k%chunk*n*rows:][:n*rows])
		for s := range n {
			if b.active[s] {
				copy(l.y.F[l.place(l.time(lo+s, k), lo+s, true):], b.h[s*l.hidden:][:l.hidden])
			}
		}
	}
	for s := range n {
		to := l.place(0, lo+s, false)
		copy(l.yh.F[to:], b.h[s*l.hidden:][:l.hidden])
		if l.yc != nil {
			copy(l.yc.F[to:], b.cell[s*l.hidden:][:l.hidden])
		}
	}
}

// time is the input that a sample takes in step k.
func (l *direction) time(sample, k int) int {
	if l.backward {
		return l.lens[sample] - 1 - k
	}
	return k
}

// place is where a sample's output at a time is, or its last state.
func (l *direction) place(t, sample int, output bool) int {
	steps := 1
	if output {
		steps = l.steps
	}
	if l.batchFirst {
		return ((sample*steps+t)*l.dirs + l.d) * l.hidden
	}
	return ((t*l.dirs+l.d)*l.batch + sample) * l.hidden
}

// gather copies the inputs of steps from … to-1, which are zero where a sample has no
// more.
func (l *direction) gather(x []float32, lo, hi, from, to int) {
	for k := from; k < to; k++ {
		for s := lo; s < hi; s++ {
			row := x[((k-from)*(hi-lo)+s-lo)*l.in:][:l.in]
			if k >= l.lens[s] {
				clear(row)
				continue
			}
			at := l.time(s, k)*l.batch + s
			if l.batchFirst {
				at = s*l.steps + l.time(s, k)
			}
			copy(row, l.In[0].F[at*l.in:])
		}
	}
}

// first is a copy of the first state of samples lo … hi-1, input i.
func (l *direction) first(i, lo, hi int) []float32 {
	out, v := make([]float32, (hi-lo)*l.hidden), l.Call.in(i)
	for s := lo; v != nil && s < hi; s++ {
		copy(out[(s-lo)*l.hidden:][:l.hidden], v.F[l.place(0, s, false):])
	}
	return out
}

package lower

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// recurrent is a rule for an LSTM, GRU or RNN: the gates of PyTorch's weights by their
// number in ONNX's.
func recurrent(typ string, gates ...int) rule {
	return func(l *lowerer, _ int, nd onnx.View) error {
		r := recurrence{l, nd, typ, gates}
		if err := r.check(); err != nil {
			return err
		}
		return r.lower()
	}
}

// recurrence lowers one node, of one layer in one direction or two.
type recurrence struct {
	l     *lowerer
	nd    onnx.View
	typ   string
	gates []int
}

// check refuses what PyTorch's layers do not do.
func (r recurrence) check() error {
	nd := r.nd
	for _, name := range []string{"clip", "activation_alpha", "activation_beta", "input_forget"} {
		if a := attr(nd, name); a != nil && (a.F != 0 || a.I != 0 || len(a.Floats) > 0) {
			return fmt.Errorf("%s", name)
		}
	}
	if d := text(nd, "direction", "forward"); d == "reverse" {
		return fmt.Errorf("the direction is reverse only")
	}
	if r.typ == "GRU" && integer(nd, "linear_before_reset", 0) == 0 {
		return fmt.Errorf("the reset comes before the product (linear_before_reset=0); PyTorch's comes after it")
	}
	if has(nd, 7) {
		return fmt.Errorf("peepholes")
	}
	for k := 5; k <= 6; k++ { // the first states
		if !has(nd, k) {
			continue
		}
		c := r.l.net.PerSample(nd.In[k])
		if c == nil || slices.ContainsFunc(c.F, func(x float32) bool { return x != 0 }) {
			return fmt.Errorf("its first state is not zero")
		}
	}
	if out := nd.Out; len(out) > 2 && out[2] >= 0 && len(r.l.users[out[2]]) > 0 {
		return fmt.Errorf("the last state of its cells is used")
	}
	return r.checkActivations()
}

// checkActivations refuses others than the usual ones, in every direction.
func (r recurrence) checkActivations() error {
	usual := map[string][]string{"LSTM": {"Sigmoid", "Tanh", "Tanh"}, "GRU": {"Sigmoid", "Tanh"}, "RNN": {"Tanh"}}[r.typ]
	if r.nonlinearity() == "relu" {
		usual = []string{"Relu"}
	}
	a := attr(r.nd, "activations")
	if a == nil {
		return nil
	}
	for i, f := range a.Strings {
		if f != usual[i%len(usual)] {
			return fmt.Errorf("activation %s instead of %s", f, usual[i%len(usual)])
		}
	}
	return nil
}

func (r recurrence) nonlinearity() string {
	if a := attr(r.nd, "activations"); r.typ == "RNN" && a != nil && len(a.Strings) > 0 && a.Strings[0] == "Relu" {
		return "relu"
	}
	return "tanh"
}

func (r recurrence) lower() error {
	v, err := r.l.data(r.nd, 0)
	if err != nil {
		return err
	}
	time := 0 // the dimension
	if integer(r.nd, "layout", 0) == 1 {
		time = 1
	}
	if len(v.dims) != 3 || !slices.Equal(v.dims[1-time], []int{batch}) {
		return fmt.Errorf("an input of dimensions %v", v.all())
	}
	if err := r.checkLengths(v.size(v.dims[time])); err != nil {
		return err
	}
	v = r.l.arrange(v, [][]int{v.dims[time], v.dims[2]})
	params, ws, err := r.weights()
	if err != nil {
		return err
	}
	steps, hidden, dirs := v.have[0], ws["weight_hh_l0"].Shape[1], 1
	if ws["weight_hh_l0_reverse"] != nil {
		dirs = 2
	}
	y := plain(r.l.add(r.typ, params, ws, v.id), []int{steps, dirs, hidden})
	y.have = []int{steps, dirs * hidden}
	b, t, d, h := y.dims[0], y.dims[1], y.dims[2], y.dims[3]
	if y.dims = [][]int{t, d, b, h}; time == 1 {
		y.dims = [][]int{b, t, d, h}
	}
	if r.nd.Out[0] >= 0 {
		if err := r.l.set(r.nd.Out[0], y); err != nil {
			return err
		}
	}
	if out := r.nd.Out; len(out) < 2 || out[1] < 0 || len(r.l.users[out[1]]) == 0 {
		return nil
	}
	return r.last(y, time)
}

// last makes the last state of the output of every step: the last step of the first
// direction, the first step of the other.
func (r recurrence) last(y value, time int) error {
	dir := time + 1 // the dimension of the directions
	var parts []int
	var part value
	for d := range y.all()[dir].Size {
		step := y.all()[time].Size - 1
		if d == 1 {
			step = 0
		}
		one, err := r.l.narrowed(y, dir, d, 1)
		if err != nil {
			return err
		}
		if part, err = r.l.picked(one, time, step); err != nil {
			return err
		}
		part = r.l.canonical(part) // [1, hidden]
		parts = append(parts, part.id)
	}
	hidden := part.have[len(part.have)-1]
	id := parts[0]
	if len(parts) == 2 {
		id = r.l.add("Concat", args{"dim": 1.0}, nil, parts...)
	}
	h := plain(id, []int{len(parts), hidden})
	if time == 0 { // [directions, batch, hidden]
		h.dims = [][]int{h.dims[1], h.dims[0], h.dims[2]}
	}
	return r.l.set(r.nd.Out[1], h)
}

// checkLengths refuses sequences that end before the others.
func (r recurrence) checkLengths(steps int) error {
	if !has(r.nd, 4) {
		return nil
	}
	c := r.l.net.PerSample(r.nd.In[4])
	if c == nil || slices.ContainsFunc(c.I, func(n int64) bool { return n != int64(steps) }) {
		return fmt.Errorf("sequences of different lengths")
	}
	return nil
}

// weights are PyTorch's, with the arguments of the layer.
func (r recurrence) weights() (args, weights, error) {
	w, err := r.l.constant(r.nd, 1)
	if err != nil {
		return nil, nil, err
	}
	rec, err := r.l.constant(r.nd, 2)
	if err != nil {
		return nil, nil, err
	}
	var b *ops.Value
	if has(r.nd, 3) {
		if b, err = r.l.constant(r.nd, 3); err != nil {
			return nil, nil, err
		}
	}
	dirs, in, hidden := w.Shape[0], w.Shape[2], rec.Shape[2]
	p := args{"input_size": float64(in), "hidden_size": float64(hidden), "batch_first": true}
	if dirs == 2 {
		p["bidirectional"] = true
	}
	if r.typ == "RNN" {
		p["nonlinearity"] = r.nonlinearity()
	}
	if b == nil {
		p["bias"] = false
	}
	ws, n := weights{}, len(r.gates)*hidden
	for d, suffix := range []string{"_l0", "_l0_reverse"}[:dirs] {
		ws["weight_ih"+suffix] = ops.Float(r.inOrder(w.F[d*n*in:][:n*in]), n, in)
		ws["weight_hh"+suffix] = ops.Float(r.inOrder(rec.F[d*n*hidden:][:n*hidden]), n, hidden)
		if b != nil {
			ws["bias_ih"+suffix] = ops.Float(r.inOrder(b.F[2*d*n:][:n]), n)
			ws["bias_hh"+suffix] = ops.Float(r.inOrder(b.F[(2*d+1)*n:][:n]), n)
		}
	}
	return p, ws, nil
}

// inOrder brings rows of weights, gate by gate, into PyTorch's order.
func (r recurrence) inOrder(f []float32) []float32 {
	n := len(f) / len(r.gates)
	out := make([]float32, 0, len(f))
	for _, g := range r.gates {
		out = append(out, f[g*n:(g+1)*n]...)
	}
	return out
}

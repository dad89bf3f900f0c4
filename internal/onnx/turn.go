package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// mostChannels is how many channels pictures have at most.
const mostChannels = 4

// Turned says what is done to samples in front of a model that takes pictures in another form; empty: nothing.
func (n *Net) Turned() string { return n.turned }

// turn lets a program take pictures, channels first, that wants them as TensorFlow has them: with the channels last, or
// of one channel without it. It says what is done to them in front of the program; nothing where that takes the samples
// as they are, or not even so.
func (p *Program) turn(sample []int) (how string) {
	in := p.input.Dims
	if len(sample) != 3 || sample[0] > mostChannels || len(in) < 2 || takes(in[1:], sample) {
		return ""
	}
	rows := sample[1:]
	switch {
	case in[len(in)-1] == sample[0] && takes(in[1:], []int{rows[0], rows[1], sample[0]}):
		first := p.precede(sample, "Transpose", nil, &wire.Attribute{Name: "perm", Type: wire.AttrInts, Ints: []int64{0, 2, 3, 1}})
		p.turnedBack(first)
		return "turned so that the channels are last"
	case sample[0] == 1 && (slices.Equal(in[1:], rows) || slices.Equal(in[1:], []int{rows[0] * rows[1]})):
		to := []int64{0} // the batch, as it comes
		for _, d := range in[1:] {
			to = append(to, int64(d))
		}
		p.precede(sample, "Reshape", ops.Ints(to, len(to)))
		return "taken without the one channel"
	}
	return ""
}

// takes reports whether samples of a shape fit dimensions, of which −1 is any.
func takes(dims, sample []int) bool {
	return slices.EqualFunc(dims, sample, func(want, size int) bool { return want < 0 || want == size })
}

// precede puts an operator in front of the program, which then takes samples of the given shape, and returns the value that it
// took before. The input keeps its name.
func (p *Program) precede(sample []int, op string, constant *ops.Value, attributes ...*wire.Attribute) (before int) {
	before = p.input.value
	name := p.input.Name
	nd := node{Node: &wire.Node{Name: name + "/" + op, OpType: op, Attributes: attributes}, opset: p.opset, in: []int{len(p.names)}, out: []int{before}}
	nd.op, _ = ops.Find(nd.Node)
	p.input.value, p.input.Dims = len(p.names), append([]int{p.input.Dims[0]}, sample...)
	p.names = append(p.names, name)
	p.names[before] = p.fresh(name + "/" + op)
	p.consts, p.last = append(p.consts, nil), append(p.last, -1)
	if constant != nil {
		nd.in = append(nd.in, -1)
		p.setInput(&nd, constant)
	}
	p.nodes = append([]node{nd}, p.nodes...)
	p.plan()
	return before
}

// turnedBack takes the input itself where the program begins by putting the channels of value v first, as tf2onnx writes it.
func (p *Program) turnedBack(v int) {
	for i := range p.nodes {
		nd := &p.nodes[i]
		if nd.OpType == "Transpose" && nd.Domain == "" && nd.in[0] == v && slices.Equal(intsOf(nd.Node, "perm"), []int64{0, 3, 1, 2}) {
			own := *nd.Node
			own.OpType, own.Attributes = "Identity", nil
			nd.Node, nd.in[0] = &own, p.input.value
			nd.op, _ = ops.Find(nd.Node)
		}
	}
	p.prune()
}

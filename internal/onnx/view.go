package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// View is a node of a network, to read only. Values are numbered; −1 is an absent one.
type View struct {
	*wire.Node
	In, Out []int
	Opset   int64
}

// Tail is what lies behind a cut: the value there, the nodes in order, and the value
// that is the output. What exporters write in several nodes for LayerNorm, GELU, SiLU
// and Hardswish is one node each.
func (n *Net) Tail(c Cut) (from int, nodes []View, output int) {
	f := &fuser{net: n, p: n.p.clone(), first: c.node}
	f.apply(f.layerNorm, f.gelu, f.gated)
	f.p.prune()
	f.index()
	for _, nd := range f.p.nodes {
		if slices.ContainsFunc(nd.out, func(v int) bool { return f.behind(v, c) }) {
			nodes = append(nodes, View{nd.Node, nd.in, nd.out, nd.opset})
		}
	}
	return c.value, nodes, n.p.output
}

// behind reports whether a node behind the cut computes a value.
func (f *fuser) behind(v int, c Cut) bool {
	return v >= 0 && slices.ContainsFunc(f.net.p.nodes[c.node:], func(nd node) bool { return slices.Contains(nd.out, v) })
}

// Const is a constant's value; nil of what is computed.
func (n *Net) Const(v int) *ops.Value {
	if v < 0 {
		return nil
	}
	return n.p.consts[v]
}

// Name is what the file calls a value; empty of one that it has not.
func (n *Net) Name(v int) string {
	if v < 0 || v >= len(n.p.names) {
		return ""
	}
	return n.p.names[v]
}

// Shape is the shape of a value for one sample, if the batch is its first dimension.
func (n *Net) Shape(v int) (shape []int, ok bool) {
	if v < 0 || !n.batched[v] {
		return nil, false
	}
	return n.shapes[v][1:], true
}

// Type is the type of a value's elements; 0 if it is not known.
func (n *Net) Type(v int) wire.DataType {
	if v < 0 || v >= len(n.types) {
		return 0
	}
	return n.types[v]
}

// Program is the network as a program again.
func (n *Net) Program() *Program { return n.p }

// Sample is the shape of a sample.
func (n *Net) Sample() []int { return n.sample }

// Bytes is the memory of the constants.
func (p *Program) Bytes() (sum int64) {
	for _, c := range p.consts {
		if c != nil {
			sum += int64(c.Bytes())
		}
	}
	return sum
}

package onnx

import (
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
// that is the output.
func (n *Net) Tail(c Cut) (from int, nodes []View, output int) {
	for _, nd := range n.p.nodes[c.node:] {
		nodes = append(nodes, View{nd.Node, nd.in, nd.out, nd.opset})
	}
	return c.value, nodes, n.p.output
}

// Const is a constant's value; nil of what is computed.
func (n *Net) Const(v int) *ops.Value {
	if v < 0 {
		return nil
	}
	return n.p.consts[v]
}

// Shape is the shape of a value for one sample, if the batch is its first dimension.
func (n *Net) Shape(v int) (shape []int, ok bool) {
	if v < 0 || !n.batched[v] {
		return nil, false
	}
	return n.shapes[v][1:], true
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

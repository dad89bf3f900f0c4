package onnx

import (
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// turnGemms transposes the constant weights of Gemm nodes once, instead of in every
// run: the kernel wants them [in, out].
func (p *Program) turnGemms() {
	for i := range p.nodes {
		nd := &p.nodes[i]
		if nd.OpType != "Gemm" {
			continue
		}
		w := p.consts[nd.in[1]]
		if w == nil || len(w.Shape) != 2 || !isSet(nd.Node, "transB") {
			continue
		}
		own := *nd.Node
		own.Attributes = nil
		for _, a := range nd.Attributes {
			if a.Name != "transB" {
				own.Attributes = append(own.Attributes, a)
			}
		}
		nd.Node = &own
		p.setInput(nd, ops.Turned(w))
	}
}

func isSet(n *wire.Node, name string) bool {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.I != 0
		}
	}
	return false
}

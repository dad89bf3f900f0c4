package onnx

import (
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// matrix makes a Linear of a product with constant weights that nothing is added to.
func (f *fuser) matrix(nd *node) bool {
	return nd.OpType == "MatMul" && f.isMatrix(nd) && f.replace(nd, "Linear", []int{nd.in[0], nd.in[1], -1})
}

// pack packs the weights of Linear once, for all runs.
func (f *fuser) pack(nd *node) bool {
	if nd.OpType != "Linear" {
		return false
	}
	w, turned := f.p.consts[nd.in[1]], intOf(nd.Node, "transB", 0) != 0
	if !ops.Packs(w, turned) {
		return false
	}
	in := []int{nd.in[0]}
	if len(nd.in) > 3 {
		in = append(in, nd.in[3])
	}
	f.packed(nd, ops.PackLinear(w, f.optional(nd, 2), turned, false), in)
	return true
}

// optional is a constant input that may be absent.
func (f *fuser) optional(nd *node, i int) *ops.Value {
	if i >= len(nd.in) || nd.in[i] < 0 {
		return nil
	}
	return f.p.consts[nd.in[i]]
}

// packed puts a packed operator in a node's place; it keeps the attributes of its
// activation.
func (f *fuser) packed(nd *node, op *ops.Op, in []int) {
	own := &wire.Node{Name: nd.Name, OpType: nd.OpType, Outputs: nd.Outputs[:1], Domain: ops.Internal}
	for _, a := range nd.Attributes {
		switch a.Name {
		case "activation", "a", "b":
			own.Attributes = append(own.Attributes, a)
		}
	}
	*nd = node{Node: own, op: op, opset: ops.MaxOpset, in: in, out: nd.out[:1]}
}

package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// attention is softmax(scale·q·kᵀ + mask)·v.
func (f *fuser) attention(nd *node) bool {
	if nd.OpType != "MatMul" {
		return false
	}
	soft := f.by(nd.in[0], "Softmax")
	if soft == nil || soft.opset < 13 {
		return false
	}
	shape := f.shape(nd.in[0])
	if axis := intOf(soft.Node, "axis", -1); shape == nil || axis != -1 && int(axis) != len(shape)-1 {
		return false
	}
	scores, mask := soft.in[0], -1
	if add := f.by(scores, "Add"); add != nil {
		for k, v := range add.in {
			if f.by(v, "MatMul", "Mul", "Div") != nil && f.shape(v) != nil && mask < 0 {
				scores, mask = v, add.in[1-k]
			}
		}
	}
	scale := 1.0
	if m := f.by(scores, "Mul", "Div"); m != nil {
		c, ok := f.number(m.in[1])
		if !ok {
			return false
		}
		if scores, scale = m.in[0], c; m.OpType == "Div" {
			scale = 1 / c
		}
	}
	product := f.by(scores, "MatMul")
	if product == nil || !f.sameBatch(product.in[0], product.in[1], nd.in[1]) || !slices.Equal(f.shape(scores), shape) {
		return false
	}
	q, scale := f.unscaled(product.in[0], scale)
	keys, scale := f.unscaled(product.in[1], scale)
	if scale <= 0 {
		return false
	}
	keys, turned := f.turnedKeys(keys)
	return f.replace(nd, "Attention", []int{q, keys, nd.in[1], mask}, floatAttr("scale", float32(scale)), intAttr("turned", turned))
}

// unscaled is what is multiplied by a number for v, and the scale with that number in it.
func (f *fuser) unscaled(v int, scale float64) (int, float64) {
	m := f.by(v, "Mul")
	if m == nil {
		return v, scale
	}
	x, c, ok := f.split(m)
	if !ok || !slices.Equal(f.shape(x), f.shape(v)) {
		return v, scale
	}
	return x, scale * c
}

// turnedKeys leaves the last two dimensions of attention's keys in the order of memory, if they
// are exchanged for attention only: its product transposes them faster. It returns 1 then, and
// else 0.
func (f *fuser) turnedKeys(keys int) (own int, turned int64) {
	nd := f.by(keys, "Transpose")
	if nd == nil {
		return keys, 0
	}
	perm := slices.Clone(intsOf(nd.Node, "perm"))
	n := len(perm)
	if n < 3 || perm[n-2] != int64(n-1) { // the last dimension is not among the exchanged
		return keys, 0
	}
	perm[n-2], perm[n-1] = perm[n-1], perm[n-2]
	if slices.IsSorted(perm) {
		return nd.in[0], 1
	}
	f.replace(nd, "Transpose", nd.in, &wire.Attribute{Name: "perm", Type: wire.AttrInts, Ints: perm})
	return keys, 1
}

// heads lets attention take heads that lie side by side, [batch, tokens, heads, width], where
// they are moved apart for it, and leave them so.
func (f *fuser) heads(nd *node) bool {
	switch {
	case nd.OpType == "Transpose" && movesHeads(nd):
		if before := f.by(nd.in[0], "Attention"); before != nil && before.Domain == ops.Internal {
			return f.replace(nd, "Attention", before.in, withSide(before, ops.SideOutput)...)
		}
	case nd.OpType == "Attention" && nd.Domain == ops.Internal:
		in, side := slices.Clone(nd.in), int64(0)
		for i, bit := range []int64{ops.SideQueries, ops.SideKeys, ops.SideValues} {
			if t := f.by(in[i], "Transpose"); t != nil && movesHeads(t) {
				in[i], side = t.in[0], side|bit
			}
		}
		return f.replace(nd, "Attention", in, withSide(nd, side)...)
	}
	return false
}

// movesHeads reports whether a transposition exchanges heads and tokens.
func movesHeads(nd *node) bool { return slices.Equal(intsOf(nd.Node, "perm"), []int64{0, 2, 1, 3}) }

// withSide are attention's attributes with more bits of side.
func withSide(nd *node, bits int64) []*wire.Attribute {
	return []*wire.Attribute{floatAttr("scale", floatOf(nd.Node, "scale", 1)), intAttr("turned", intOf(nd.Node, "turned", 0)), intAttr("side", intOf(nd.Node, "side", 0)|bits)}
}

// sameBatch reports whether all values have the same dimensions but for the last two.
func (f *fuser) sameBatch(values ...int) bool {
	first := f.shape(values[0])
	if len(first) < 3 {
		return false
	}
	for _, v := range values {
		s := f.shape(v)
		if len(s) != len(first) || !slices.Equal(s[:len(s)-2], first[:len(s)-2]) {
			return false
		}
	}
	return true
}

package onnx

import (
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// window reads the attributes of a convolution or a pool with sizes known: the padding is
// what the output's size needs, in front as the attributes say.
func (b *blocker) window(nd *node, size [2]int, in, out ops.Layout) (stride, dilation, before, after [2]int, ok bool) {
	stride, dilation = [2]int{1, 1}, [2]int{1, 1}
	pads := [4]int{}
	read := func(name string, to []int) bool {
		list := intsOf(nd.Node, name)
		if list != nil && len(list) != len(to) {
			return false
		}
		for i, v := range list {
			to[i] = int(v)
		}
		return true
	}
	if !read("strides", stride[:]) || !read("dilations", dilation[:]) || !read("pads", pads[:]) {
		return stride, dilation, before, after, false
	}
	auto := stringOf(nd.Node, "auto_pad")
	for d, n := range []int{in.Height, in.Width} {
		outs := []int{out.Height, out.Width}[d]
		need := (outs-1)*stride[d] + (size[d]-1)*dilation[d] + 1 - n
		before[d] = pads[d]
		switch auto {
		case "SAME_UPPER":
			before[d] = max(0, need) / 2
		case "SAME_LOWER":
			before[d] = max(0, need) - max(0, need)/2
		case "VALID":
			before[d] = 0
		}
		after[d] = max(0, need-before[d])
	}
	return stride, dilation, before, after, true
}

func stringOf(n *wire.Node, name string) string {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.S
		}
	}
	return ""
}

// conv2D reads a convolution with constant weights; ok is false if it is none, or one
// that the blocked form does not suit.
func (b *blocker) conv2D(nd *node) (v ops.Conv2D, ok bool) {
	if nd.OpType != "Conv" || b.weight(nd.in[1]) == nil || len(nd.in) > 2 && nd.in[2] >= 0 && b.weight(nd.in[2]) == nil {
		return v, false
	}
	v = ops.Conv2D{Weight: b.p.consts[nd.in[1]], Bias: b.optional(nd, 2), Groups: int(intOf(nd.Node, "group", 1))}
	if len(v.Weight.Shape) != 4 || v.Weight.Size() == 0 {
		return v, false
	}
	var in, out bool
	v.In, in = b.picture(nd.in[0])
	v.Out, out = b.picture(nd.out[0])
	if v.Merge(); !in || !out || !v.CanBlock() {
		return v, false
	}
	v.Stride, v.Dilation, v.Before, v.After, ok = b.window(nd, [2]int(v.Weight.Shape[2:]), v.In, v.Out)
	return v, ok
}

// findBorders finds out what convolutions need around their inputs; residuals lie as the
// outputs that they are added to.
func (b *blocker) findBorders() {
	for again := true; again; {
		again = false
		for i := range b.p.nodes {
			nd := &b.p.nodes[i]
			v, ok := b.conv2D(nd)
			if !ok {
				continue
			}
			need := max(v.Before[0], v.Before[1], v.After[0], v.After[1])
			again = b.widen(nd.in[0], need) || again
			if len(nd.in) > 3 {
				again = b.widen(nd.in[3], b.borders[nd.out[0]]) || again
				again = b.widen(nd.out[0], b.borders[nd.in[3]]) || again
			}
		}
	}
}

func (b *blocker) widen(v, border int) bool {
	if b.borders[v] >= border {
		return false
	}
	b.borders[v] = border
	return true
}

// convolution blocks a convolution. One of single pixels is a product of matrices.
func (b *blocker) convolution(nd *node) bool {
	v, ok := b.conv2D(nd)
	if !ok {
		return false
	}
	in, residual := nd.in[0], -1
	if len(nd.in) > 3 {
		residual = nd.in[3]
	}
	if s := v.Weight.Shape; v.Groups == 1 && v.In.Height*v.In.Width == 1 && s[2]*s[3] == 1 && v.Out.Height*v.Out.Width == 1 {
		list := []int{in}
		b.unblocked(in)
		if residual >= 0 {
			b.unblocked(residual)
			list = append(list, residual)
		}
		b.add(nd, ops.PackLinear(v.Weight.As(s[0], s[1]), v.Bias, true, true), list, nd.out[0])
		return true
	}
	if v.Plain = !b.isBlocked(in) && v.Groups == 1; !v.Plain {
		in, v.In = b.blocked(in)
	}
	list := []int{in}
	if residual >= 0 {
		r, _ := b.blocked(residual)
		list = append(list, r)
	}
	return b.addBlocked(nd, ops.NewConv2D(v), list, v.Out)
}

package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// pool blocks a pool whose input is in blocked form.
func (b *blocker) pool(nd *node) bool {
	if nd.OpType != "MaxPool" && nd.OpType != "AveragePool" || !b.isBlocked(nd.in[0]) || len(nd.out) > 1 && nd.out[1] >= 0 {
		return false
	}
	size := intsOf(nd.Node, "kernel_shape")
	out, ok := b.picture(nd.out[0])
	if !ok || len(size) != 2 {
		return false
	}
	in, l := b.blocked(nd.in[0])
	p := ops.Pool2D{Max: nd.OpType == "MaxPool", In: l, Out: out, Size: [2]int{int(size[0]), int(size[1])}, CountPad: intOf(nd.Node, "count_include_pad", 0) != 0}
	p.Stride, p.Dilation, p.Before, p.After, ok = b.window(nd, p.Size, l, out)
	if pads := intsOf(nd.Node, "pads"); ok && pads != nil && stringOf(nd.Node, "auto_pad") == "" {
		p.After = [2]int{int(pads[2]), int(pads[3])}
	}
	if !ok || !p.Fits() {
		return false
	}
	return b.addBlocked(nd, ops.NewPool2D(p), []int{in}, out)
}

// mean blocks a mean over all pixels.
func (b *blocker) mean(nd *node) bool {
	if nd.OpType != "GlobalAveragePool" && nd.OpType != "ReduceMean" || !b.isBlocked(nd.in[0]) {
		return false
	}
	if nd.OpType == "ReduceMean" {
		axes := intsOf(nd.Node, "axes")
		if len(nd.in) > 1 && nd.in[1] >= 0 && b.p.consts[nd.in[1]] != nil {
			axes = b.p.consts[nd.in[1]].I
		}
		places := map[int]bool{}
		for _, a := range axes {
			places[(int(a)+4)%4] = true
		}
		if len(axes) != 2 || !places[2] || !places[3] {
			return false
		}
	}
	in, l := b.blocked(nd.in[0])
	b.add(nd, ops.NewMean2D(l, len(b.shape(nd.out[0])) == 4), []int{in}, nd.out[0])
	return true
}

// pointwise blocks activations, sums and products of what is in blocked form.
func (b *blocker) pointwise(nd *node) bool {
	out, ok := b.picture(nd.out[0])
	if !ok {
		return false
	}
	if attrs, ok := b.activationAttrs(nd); ok && b.isBlocked(nd.in[0]) {
		in, l := b.blocked(nd.in[0])
		own := *nd.Node
		own.Attributes = append([]*wire.Attribute{{Name: "activation", Type: wire.AttrString, S: nd.OpType}}, attrs...)
		nd.Node = &own
		return b.addBlocked(nd, ops.NewMap2D(l, out), []int{in}, out)
	}
	if nd.OpType != "Add" && nd.OpType != "Mul" || len(nd.in) != 2 {
		return false
	}
	shapes := [2][]int{b.shape(nd.in[0]), b.shape(nd.in[1])}
	for k, v := range nd.in {
		other := nd.in[1-k]
		if !b.isBlocked(v) || !slices.Equal(shapes[k], b.shape(nd.out[0])) {
			continue
		}
		if slices.Equal(shapes[0], shapes[1]) {
			x, lx := b.blocked(v)
			y, ly := b.blocked(other)
			return b.addBlocked(nd, ops.NewPair2D(nd.OpType == "Mul", lx, ly, out), []int{x, y}, out)
		}
		if gate := shapes[1-k]; nd.OpType == "Mul" && len(gate) == 4 && gate[0] == shapes[k][0] && gate[1] == out.Channels && gate[2]*gate[3] == 1 {
			x, l := b.blocked(v)
			b.unblocked(other)
			return b.addBlocked(nd, ops.NewGate2D(l, out), []int{x, other}, out)
		}
	}
	return false
}

// concat blocks a concatenation of channels, if all inputs are in blocked form and fill
// whole blocks, the last but for.
func (b *blocker) concat(nd *node) bool {
	if nd.OpType != "Concat" || intOf(nd.Node, "axis", 0) != 1 {
		return false
	}
	out, ok := b.picture(nd.out[0])
	for i, v := range nd.in {
		l, picture := b.picture(v)
		ok = ok && picture && b.isBlocked(v) && (l.Channels%16 == 0 || i == len(nd.in)-1)
	}
	if !ok {
		return false
	}
	in, layouts := make([]int, len(nd.in)), make([]ops.Layout, len(nd.in))
	for i, v := range nd.in {
		in[i], layouts[i] = b.blocked(v)
	}
	return b.addBlocked(nd, ops.NewConcat2D(layouts, out), in, out)
}

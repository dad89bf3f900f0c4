package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// blockLayout keeps the values between convolutions in blocked form, which is what the
// kernels like; at the borders of such regions the values are converted.
func (f *fuser) blockLayout() {
	f.index()
	b := &blocker{fuser: f, borders: map[int]int{}, forms: map[int]form{}}
	b.findBorders()
	nodes := f.p.nodes
	f.p.nodes = nil
	for i := range nodes {
		if nd := &nodes[i]; !b.convolution(nd) && !b.pool(nd) && !b.mean(nd) && !b.pointwise(nd) && !b.concat(nd) {
			b.plain(nd)
		}
	}
	for v := range b.forms {
		if v == f.p.output {
			b.unblocked(v)
		}
	}
	f.p.prune()
}

// blocker is the state of the pass.
type blocker struct {
	*fuser
	borders map[int]int  // by value: what the convolutions that take it need around it
	forms   map[int]form // by value: the one in blocked form
}

// form is a value in blocked form. The value itself is plain only if it is converted.
type form struct {
	value  int
	layout ops.Layout
	plain  bool // the plain value is there too
}

// picture is the shape of a value [batch, channels, height, width].
func (b *blocker) picture(v int) (l ops.Layout, ok bool) {
	s := b.shape(v)
	if len(s) != 4 || s[1]*s[2]*s[3] == 0 {
		return l, false
	}
	return ops.Layout{Channels: s[1], Height: s[2], Width: s[3], Border: b.borders[v]}, true
}

// add appends a node, whose output takes the number v.
func (b *blocker) add(from *node, op *ops.Op, in []int, v int) {
	b.packed(from, op, in)
	from.out = []int{v}
	b.p.nodes = append(b.p.nodes, *from)
}

// addBlocked appends a node whose output is value v in blocked form.
func (b *blocker) addBlocked(nd *node, op *ops.Op, in []int, l ops.Layout) bool {
	v := nd.out[0]
	b.forms[v] = form{value: b.constant(nil), layout: l}
	b.add(nd, op, in, b.forms[v].value)
	return true
}

func conversion(op string) *node {
	return &node{Node: &wire.Node{Name: op, OpType: op, Outputs: []string{op}}, out: []int{-1}}
}

// isBlocked reports whether a value is there in blocked form.
func (b *blocker) isBlocked(v int) bool {
	_, ok := b.forms[v]
	return ok
}

// blocked is a value in blocked form, converted if need be.
func (b *blocker) blocked(v int) (int, ops.Layout) {
	if f, ok := b.forms[v]; ok {
		return f.value, f.layout
	}
	l, _ := b.picture(v)
	f := form{value: b.constant(nil), layout: l, plain: true}
	b.add(conversion("Block"), ops.NewBlock(l), []int{v}, f.value)
	b.forms[v] = f
	return f.value, l
}

// unblocked makes sure that the plain value is there.
func (b *blocker) unblocked(v int) {
	f, ok := b.forms[v]
	if !ok || f.plain {
		return
	}
	b.add(conversion("Unblock"), ops.NewUnblock(f.layout), []int{f.value}, v)
	f.plain = true
	b.forms[v] = f
}

// plain leaves a node as it is.
func (b *blocker) plain(nd *node) {
	for _, v := range nd.in {
		b.unblocked(v)
	}
	b.p.nodes = append(b.p.nodes, *nd)
}

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
	if !in || !out || !v.CanBlock() {
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
		b.add(nd, ops.PackLinear(ops.Turned(ops.Float(v.Weight.F, s[0], s[1])), v.Bias, true), list, nd.out[0])
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

// pool blocks a pool whose input is in blocked form.
func (b *blocker) pool(nd *node) bool {
	if nd.OpType != "MaxPool" && nd.OpType != "AveragePool" || !b.isBlocked(nd.in[0]) || len(nd.out) > 1 && nd.out[1] >= 0 {
		return false
	}
	size, out := intsOf(nd.Node, "kernel_shape"), ops.Layout{}
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
		own.Attributes = append(attrs, &wire.Attribute{Name: "activation", Type: wire.AttrString, S: nd.OpType})
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

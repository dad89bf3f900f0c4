package onnx

import (
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
	b.unblocked(f.p.output)
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

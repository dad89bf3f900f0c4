package onnx

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// fused is the program that computes the same in fewer passes over the data: for
// running only, since no other reader knows these operators. The blocked form takes more
// memory (borders, channels that only fill blocks): it is left out where that would be
// more than the limit.
func (n *Net) fused() running {
	f := &fuser{net: n, p: n.p.clone()}
	for _, pass := range []func(nd *node) bool{
		f.layerNorm, f.gelu, f.gated, f.batchNorm, f.linear, f.matrix, f.residual, f.activation, f.attention, f.heads, f.pack,
	} {
		f.apply(pass)
		f.p.prune()
	}
	blocked := &fuser{net: n, p: f.p.clone()}
	blocked.blockLayout()
	if bytes, ok := n.peak(blocked.p); ok && bytes <= max(n.limit, n.cost.Bytes) {
		blocked.p.pin()
		return newRunning(n, blocked.p, max(bytes, n.cost.Bytes))
	}
	f.p.pin()
	return newRunning(n, f.p, n.cost.Bytes)
}

// peak is the memory that a program takes for one sample.
func (n *Net) peak(p *Program) (bytes int, ok bool) {
	m := &ops.Meter{MaxBytes: math.Inf(1), MaxWork: math.Inf(1)}
	x := ops.Unknown(p.input.Type, append([]int{1}, n.sample...)...)
	_, err := p.run(x, m, nil)
	return int(m.Peak), err == nil
}

// apply runs passes over the nodes from the first on. The nodes keep their places.
func (f *fuser) apply(passes ...func(nd *node) bool) {
	for _, pass := range passes {
		f.index()
		for i := range f.p.nodes[f.first:] {
			pass(&f.p.nodes[f.first+i])
		}
	}
}

// fuser matches patterns from their last node backwards. What is put together takes
// the place of that node; the others die, since nothing takes their values any more.
type fuser struct {
	net   *Net
	p     *Program
	first int         // nodes before it are left alone
	from  map[int]int // a value's node
	users map[int]int // how many nodes take a value
}

func (f *fuser) index() {
	f.from, f.users = map[int]int{}, map[int]int{f.p.output: 1}
	for i, nd := range f.p.nodes {
		for _, v := range nd.out {
			f.from[v] = i
		}
		for _, v := range nd.in {
			f.users[v]++
		}
	}
}

// by is the node that computes v, if it is of one of the types and only one node takes v.
func (f *fuser) by(v int, types ...string) *node {
	i, ok := f.from[v]
	if !ok || v < 0 || i < f.first || f.users[v] != 1 || !slices.Contains(types, f.p.nodes[i].OpType) {
		return nil
	}
	return &f.p.nodes[i]
}

// weight is a constant of floating-point numbers; nil if v is none.
func (f *fuser) weight(v int) *ops.Value {
	if v < 0 || f.p.consts[v] == nil || !f.p.consts[v].Type.Floating() {
		return nil
	}
	return f.p.consts[v]
}

// number is a constant of one element.
func (f *fuser) number(v int) (float64, bool) {
	if c := f.weight(v); c != nil && c.Size() == 1 {
		return float64(c.F[0]), true
	}
	return 0, false
}

// split are a node's two inputs, of which one is a number.
func (f *fuser) split(nd *node) (x int, c float64, ok bool) {
	if c, ok = f.number(nd.in[1]); ok {
		return nd.in[0], c, true
	}
	c, ok = f.number(nd.in[0])
	return nd.in[1], c, ok
}

// is reports whether a node adds or multiplies by about a number, and what to.
func (f *fuser) is(nd *node, want float64) (x int, ok bool) {
	if nd == nil {
		return 0, false
	}
	x, c, ok := f.split(nd)
	return x, ok && math.Abs(c-want) < 1e-5*math.Abs(want)
}

// shape is a value's shape with any batch in front; nil if it is not known.
func (f *fuser) shape(v int) []int {
	if v < 0 || v >= len(f.net.shapes) || !f.net.batched[v] {
		return nil
	}
	return f.net.shapes[v]
}

// replace puts an operator in the place of a node, with its first output.
func (f *fuser) replace(nd *node, op string, in []int, attrs ...*wire.Attribute) bool {
	own := &wire.Node{Name: nd.Name, OpType: op, Outputs: nd.Outputs[:1], Attributes: attrs}
	found := ops.FindInternal(op)
	if found == nil {
		found, _ = ops.Find(own)
	} else {
		own.Domain = ops.Internal
	}
	*nd = node{Node: own, op: found, opset: ops.MaxOpset, in: in, out: nd.out[:1]}
	return true
}

// constant adds a constant.
func (f *fuser) constant(v *ops.Value) int {
	f.p.names = append(f.p.names, "") // never written
	f.p.consts = append(f.p.consts, v)
	f.p.last = append(f.p.last, 0)
	return len(f.p.names) - 1
}

func intsOf(n *wire.Node, name string) []int64 {
	for _, a := range n.Attributes {
		if a.Name == name {
			return a.Ints
		}
	}
	return nil
}

func floatAttr(name string, v float32) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrFloat, F: v}
}

func intAttr(name string, v int64) *wire.Attribute {
	return &wire.Attribute{Name: name, Type: wire.AttrInt, I: v}
}

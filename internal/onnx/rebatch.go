package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// rebatch lets a program that was exported for one sample at a time take batches, if
// that is possible: a Reshape that keeps the first dimension at 1 then keeps the
// batch. It reports whether the program gives one row for each sample now; whether
// they are the right ones is for the caller to check on real samples.
func (p *Program) rebatch(sample []int, limits Limits) bool {
	one, err := p.try(sample, 1, limits)
	if err != nil {
		return false
	}
	q := p.clone()
	for i := range q.nodes {
		nd := &q.nodes[i]
		if nd.OpType != "Reshape" || q.consts[nd.in[1]] == nil {
			continue
		}
		in, to := one.values[nd.in[0]], slices.Clone(q.consts[nd.in[1]].I)
		if in != nil && !in.Known && len(in.Shape) > 0 && in.Shape[0] == 1 && len(to) > 0 && to[0] == 1 {
			to[0] = 0
			q.setInput(nd, ops.Ints(to, len(to)))
		}
	}
	for _, batch := range []int{2, 3} {
		t, err := q.try(sample, batch, limits)
		if err != nil || len(t.out.Shape) == 0 || t.out.Shape[0] != batch || !slices.Equal(t.out.Shape[1:], one.out.Shape[1:]) {
			return false
		}
	}
	*p = *q
	p.input.Dims = slices.Clone(p.input.Dims)
	p.input.Dims[0] = -1
	return true
}

// clone is a program whose nodes and constants can be changed.
func (p *Program) clone() *Program {
	q := *p
	q.nodes = slices.Clone(p.nodes)
	for i := range q.nodes {
		q.nodes[i].in = slices.Clone(q.nodes[i].in)
	}
	q.names = slices.Clone(p.names)
	q.consts = slices.Clone(p.consts)
	q.last = slices.Clone(p.last)
	return &q
}

// setInput gives a node a new constant as input 1.
func (p *Program) setInput(nd *node, v *ops.Value) {
	nd.in[1] = len(p.names)
	p.names = append(p.names, p.fresh(nd.Name+"/constant"))
	p.consts = append(p.consts, v)
	p.last = append(p.last, 0)
	p.plan()
}

// fresh is a name that no value has.
func (p *Program) fresh(name string) string {
	for slices.Contains(p.names, name) {
		name += "'"
	}
	return name
}

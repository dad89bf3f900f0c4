package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// castLikes makes casts to a type of casts to that of another value, and folds those of constants: PyTorch's functions write
// most of their numbers so, and what takes one from the data is no constant for layers.
func (p *Program) castLikes(sample []int, batch int, limits Limits) error {
	if !slices.ContainsFunc(p.nodes, func(nd node) bool { return nd.OpType == "CastLike" }) {
		return nil
	}
	t, err := p.try(sample, batch, limits)
	if err != nil {
		return err
	}
	for i := range p.nodes {
		nd := &p.nodes[i]
		if nd.OpType != "CastLike" {
			continue
		}
		like := p.consts[nd.in[1]]
		if like == nil {
			like = t.values[nd.in[1]]
		}
		to := &wire.Attribute{Name: "to", Type: wire.AttrInt, I: int64(like.Type)}
		nd.Node, nd.in = &wire.Node{Name: nd.Name, OpType: "Cast", Attributes: []*wire.Attribute{to}}, nd.in[:1]
		if nd.op, err = ops.Find(nd.Node); err != nil {
			return nd.errorf("%w", err)
		}
	}
	return p.foldConstants(&ops.Meter{MaxBytes: foldBytes, MaxWork: foldWork})
}

package onnx

import (
	"errors"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

func isUnsupported(err error) bool { return errors.Is(err, ErrUnsupported) }

const (
	// foldBytes is what folding may compute beside twice the weights.
	foldBytes = 64 << 20
	// foldWork is the multiply-adds that folding may take beside a hundred for each
	// weight: under a second.
	foldWork = 1 << 29
)

// budget bounds what folding may cost.
func (l *loader) budget() *ops.Meter {
	return &ops.Meter{MaxBytes: foldBytes + 2*float64(l.weight), MaxWork: foldWork + 100*float64(l.weight)}
}

// foldConstants computes the nodes that take constants only.
func (p *Program) foldConstants(m *ops.Meter) error {
	for i := range p.nodes {
		nd := &p.nodes[i]
		if !p.constant(nd.in) {
			continue
		}
		out, err := nd.call(p.consts, m, nil)
		if err != nil {
			return err
		}
		for k, v := range nd.out {
			if v >= 0 && k < len(out) {
				p.consts[v] = out[k].Unmetered()
			}
		}
	}
	p.prune()
	return nil
}

// constant reports whether all of the values are constants.
func (p *Program) constant(values []int) bool {
	for _, v := range values {
		if v >= 0 && p.consts[v] == nil {
			return false
		}
	}
	return true
}

// call runs a node on values of env, by a team if it is not nil.
func (nd *node) call(env []*ops.Value, m *ops.Meter, team *kernel.Team) ([]*ops.Value, error) {
	c := &ops.Call{Node: nd.Node, Opset: nd.opset, Meter: m, Team: team, In: make([]*ops.Value, len(nd.in))}
	for k, v := range nd.in {
		if v >= 0 {
			c.In[k] = env[v]
		}
	}
	if !slices.ContainsFunc(c.In, func(v *ops.Value) bool { return v != nil && !v.Known }) { // no trial run
		for k, v := range c.In {
			c.In[k] = v.Pinned()
		}
	}
	// Trailing inputs that are absent need not be named.
	for len(c.In) > 0 && c.In[len(c.In)-1] == nil && nd.in[len(c.In)-1] < 0 {
		c.In = c.In[:len(c.In)-1]
	}
	if err := ops.Run(nd.op, c); err != nil {
		return nil, err
	}
	for k, v := range nd.out {
		if v >= 0 && (k >= len(c.Out) || c.Out[k] == nil) {
			return nil, nd.errorf("%w: it has no output %d", ErrUnsupported, k)
		}
	}
	return c.Out, nil
}

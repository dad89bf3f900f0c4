package onnx

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// run computes the values of the graph from its input, which may be unknown (a trial
// run), and calls see with each value as it is computed.
func (p *Program) run(x *ops.Value, m *ops.Meter, see func(v int, value *ops.Value)) (*ops.Value, error) {
	return p.runShared(x, m, nil, see)
}

// runShared is run by a team, nil for the caller alone.
func (p *Program) runShared(x *ops.Value, m *ops.Meter, team *kernel.Team, see func(v int, value *ops.Value)) (*ops.Value, error) {
	env := make([]*ops.Value, len(p.names))
	copy(env, p.consts)
	env[p.input.value] = x
	if see != nil {
		see(p.input.value, x)
	}
	for i := range p.nodes {
		nd := &p.nodes[i]
		out, err := nd.call(env, m, team)
		if err != nil {
			return nil, err
		}
		for k, v := range nd.out {
			if v < 0 {
				continue
			}
			env[v] = out[k]
			out[k].Retain()
			if see != nil {
				see(v, out[k])
			}
		}
		p.release(i, env, m)
	}
	if env[p.output] == nil {
		return nil, fmt.Errorf("%w: output %.60q is not computed", ErrMalformed, p.Output())
	}
	return env[p.output], nil
}

// release drops the values that no node after i takes.
func (p *Program) release(i int, env []*ops.Value, m *ops.Meter) {
	nd := &p.nodes[i]
	drop := func(v int) {
		if v >= 0 && p.consts[v] == nil && env[v] != nil && v != p.input.value {
			env[v].Release(m)
			env[v] = nil
		}
	}
	for _, v := range nd.in {
		if v >= 0 && p.last[v] == i {
			drop(v)
		}
	}
	for _, v := range nd.out {
		if v >= 0 && p.last[v] < i {
			drop(v)
		}
	}
}

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
	env := p.start(x)
	if see != nil {
		see(p.input.value, x)
	}
	if err := p.steps(env, 0, len(p.nodes), m, team, see); err != nil {
		return nil, err
	}
	if env[p.output] == nil {
		return nil, fmt.Errorf("%w: output %.60q is not computed", ErrMalformed, p.Output())
	}
	return env[p.output], nil
}

// start are the values before a run.
func (p *Program) start(x *ops.Value) []*ops.Value {
	env := make([]*ops.Value, len(p.names))
	copy(env, p.consts)
	env[p.input.value] = x
	return env
}

// steps runs the nodes from … to-1.
func (p *Program) steps(env []*ops.Value, from, to int, m *ops.Meter, team *kernel.Team, see func(v int, value *ops.Value)) error {
	for i := from; i < to; i++ {
		nd := &p.nodes[i]
		out, err := nd.call(env, m, team)
		if err != nil {
			return err
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
	return nil
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

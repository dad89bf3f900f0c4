package onnx

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// running is a program as it is run. Its first nodes run sample by sample, since large
// pictures would leave the cache between two layers; the others layer by layer, since
// their many weights would.
type running struct {
	*Program
	bytes int // that one sample takes
	late  int // that one more sample takes
	split int // the first node that runs layer by layer
	cross int // the value that those nodes take
}

// earlyWeights is how many bytes of weights may be read again for every sample: they
// stay in the cache that processors share.
const earlyWeights = 4 << 20

func newRunning(n *Net, p *Program, bytes int) running {
	r := running{Program: p, bytes: bytes, late: bytes}
	if n.single {
		return r
	}
	open, weights := map[int]bool{p.input.value: true}, 0
	for i, nd := range p.nodes {
		if weights += nd.op.Weights; !nd.op.PerSample || weights > earlyWeights || i == len(p.nodes)-1 {
			break
		}
		open[nd.out[0]] = true
		for v := range open {
			if p.last[v] <= i {
				delete(open, v)
			}
		}
		if len(open) == 1 && open[nd.out[0]] {
			r.split, r.cross = i+1, nd.out[0]
		}
	}
	if r.split > 0 {
		r.late = max(1, n.latePeak(r))
	}
	return r
}

// latePeak is the memory that the nodes behind the split take for one sample.
func (n *Net) latePeak(r running) int {
	env := r.start(ops.Unknown(r.input.Type, append([]int{1}, n.sample...)...))
	m := &ops.Meter{MaxBytes: math.Inf(1), MaxWork: math.Inf(1)}
	if r.steps(env, 0, r.split, m, nil, nil) != nil {
		return r.bytes
	}
	m.Peak = m.Bytes
	if r.steps(env, r.split, len(r.nodes), m, nil, nil) != nil {
		return r.bytes
	}
	return int(m.Peak)
}

// runRows runs samples x [rows, …].
func (r running) runRows(x *ops.Value, m *ops.Meter, team *kernel.Team) (*ops.Value, error) {
	rows := x.Shape[0]
	if r.split == 0 || rows == 1 {
		return r.runShared(x, m, team, nil)
	}
	var all *ops.Value
	for i := range rows {
		env := r.start(x.Row(i))
		if err := r.steps(env, 0, r.split, m, team, nil); err != nil {
			return nil, err
		}
		one := env[r.cross]
		if all == nil {
			all = one.Rows(rows, m)
		}
		all.SetRow(i, one)
		one.Release(m)
	}
	env := r.start(x)
	env[r.cross] = all
	if err := r.steps(env, r.split, len(r.nodes), m, team, nil); err != nil {
		return nil, err
	}
	return env[r.output], nil
}

package nn

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// backward takes the gradient of the output of the last forward pass and writes
// the gradients of all parameters. Like forward it needs a barrier only before a
// node that has to see the whole batch. If a value feeds several nodes, its
// gradient is their sum in one order, from the last node to the first, whatever
// the number of threads.
func (r *run) backward(team *kernel.Team, dy []float32) {
	copy(r.values[len(r.steps)].dx, dy)
	n := len(dy) / r.values[len(r.steps)].size
	for i := len(r.steps); i > r.lowest; {
		st := &r.steps[i-1]
		if st.statistics != nil && st.wanted() {
			team.Run(func(part, parts int) { st.statistics.BackwardStatistics(&st.state, part, parts) })
		}
		if st.sharded && st.backward {
			team.Run(func(part, parts int) { st.sharder.BackwardRows(&st.state, part, parts) })
		}
		segment := r.steps[r.segmentStart(i-1):i]
		team.Run(func(part, parts int) {
			if lo, hi := kernel.Span(n, part, parts); lo < hi {
				r.backwardSamples(segment, lo, hi)
			}
		})
		i -= len(segment)
	}
	team.Run(func(part, parts int) {
		for i := range r.steps {
			if st := &r.steps[i]; st.learns {
				st.layer.ParamGrads(&st.state, part, parts)
			}
		}
	})
	for _, p := range r.net.tied {
		team.Run(func(part, parts int) { p.AddGrad(kernel.Span(len(p.W), part, parts)) })
	}
}

// wanted reports whether the gradient of the node's output is computed.
func (st *step) wanted() bool { return st.backward || st.learns }

func (r *run) backwardSamples(segment []step, lo, hi int) {
	for j := len(segment) - 1; j >= 0; j-- {
		st := &segment[j]
		if !st.backward {
			continue
		}
		if !st.passesThrough && !st.sharded {
			st.layer.Backward(&st.state, lo, hi)
		}
		r.addShares(st, lo, hi)
	}
}

// addShares adds the gradients that the layer could not add itself.
func (r *run) addShares(st *step, lo, hi int) {
	for k := range st.edges {
		e := &st.edges[k]
		if !e.adds {
			continue
		}
		val, share := &r.values[st.inputs[k]], e.scratch
		if share == nil {
			share = st.out.dx
		}
		sum := val.dx[lo*val.size : hi*val.size]
		for i, v := range share[lo*val.size : hi*val.size] {
			sum[i] += v
		}
	}
}

// segmentStart is the first of the nodes up to i that can be run without a
// barrier: a node that has to see the whole batch is the last of its segment.
func (r *run) segmentStart(i int) int {
	for ; i > 0; i-- {
		if before := &r.steps[i-1]; before.statistics != nil || before.sharded {
			return i
		}
	}
	return 0
}

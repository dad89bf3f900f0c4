package nn

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// forward runs n samples and returns the output, which stays the run's. Every
// member of the team takes its own samples through as many nodes as it can; a
// barrier comes only before a node that has to see the whole batch.
func (r *run) forward(team *kernel.Team, x []float32, n int) ([]float32, error) {
	r.begin(x, n)
	for i := 0; i < len(r.steps); {
		st := &r.steps[i]
		if st.preparer != nil {
			if err := st.preparer.PrepareBatch(&st.state); err != nil {
				return nil, r.net.errorf(st.owner, "%w", err)
			}
		}
		if st.statistics != nil {
			team.Run(func(part, parts int) { st.statistics.ForwardStatistics(&st.state, part, parts) })
		}
		if st.sharded {
			team.Run(func(part, parts int) { st.sharder.ForwardRows(&st.state, part, parts) })
		}
		segment := r.steps[i:r.segmentEnd(i)]
		team.Run(func(part, parts int) {
			if lo, hi := kernel.Span(n, part, parts); lo < hi {
				forwardSamples(segment, lo, hi)
			}
		})
		i += len(segment)
	}
	return r.values[len(r.steps)].x, nil
}

func forwardSamples(segment []step, lo, hi int) {
	for j := range segment {
		if st := &segment[j]; !st.passesThrough && !st.fused {
			st.layer.Forward(&st.state, lo, hi)
		}
	}
}

// segmentEnd is the end of the nodes from i on that can be run without a barrier.
func (r *run) segmentEnd(i int) int {
	for i++; i < len(r.steps); i++ {
		if st := &r.steps[i]; st.preparer != nil || st.statistics != nil || st.sharded {
			return i
		}
	}
	return i
}

package nn

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// Gather copies samples of x [n, …] next to each other, for a Step. The result
// belongs to the trainer and is valid until the next call. Every member of the team
// copies what it will read first.
func (t *Trainer) Gather(x []float32, samples []int) []float32 {
	n, size := len(samples), t.inLen
	t.gathered = slices.Grow(t.gathered[:0], n*size)[:n*size]
	byColumns := t.run.shardsFirst(n)
	t.team.Run(func(part, parts int) {
		lo, hi, c0, c1 := 0, n, 0, size
		if byColumns {
			c0, c1 = kernel.Span(size, part, parts)
		} else {
			lo, hi = kernel.Span(n, part, parts)
		}
		for i := lo; i < hi; i++ {
			copy(t.gathered[i*size+c0:i*size+c1], x[samples[i]*size+c0:samples[i]*size+c1])
		}
	})
	return t.gathered
}

// shardsFirst reports whether the first node with something to do is row-sharded
// for n samples.
func (r *run) shardsFirst(n int) bool {
	for i := range r.steps {
		if st := &r.steps[i]; !st.passesThrough {
			return st.sharder != nil && st.sharder.ShardsRows(&st.state, n)
		}
	}
	return false
}

package nn

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// seed gives every layer its key for this step.
func (r *run) seed(key uint64) {
	for i, s := range r.slots {
		s.key = kernel.Stream(key, uint64(i))
	}
}

// backward takes the gradient of the output of the last forward pass and writes
// the gradients of all parameters.
func (r *run) backward(team *kernel.Team, dy []float32) {
	last := len(r.slots) - 1
	copy(r.grads[last+1], dy)
	n := r.slots[last].n
	stop := r.lowest()
	for i := last; i >= stop; {
		if b, ok := r.net.layers[i].(batchLayer); ok {
			s := r.slots[i]
			team.Run(func(part, parts int) { b.backwardStats(s, part, parts) })
		}
		if s := r.slots[i]; s.wide && (i > stop || r.dx) {
			l := r.net.layers[i].(*linear)
			team.Run(func(part, parts int) { l.backwardRows(s, part, parts) })
		}
		first, next := i, r.segmentBack(i, stop)
		team.Run(func(part, parts int) {
			lo, hi := span(n, part, parts)
			if lo == hi {
				return
			}
			for j := first; j > next; j-- {
				l := r.net.layers[j]
				_, inner := l.(innerLayer)
				if (j > stop || r.dx || inner) && r.how[j] != idle && !r.slots[j].wide {
					l.backward(r.slots[j], lo, hi)
				}
			}
		})
		i = next
	}
	team.Run(func(part, parts int) {
		for j := stop; j <= last; j++ {
			r.net.layers[j].grads(r.slots[j], part, parts)
		}
	})
}

// lowest is the first layer whose gradients somebody wants: below the first one
// with parameters nobody does.
func (r *run) lowest() int {
	if r.dx {
		return 0
	}
	for i, l := range r.net.layers {
		if len(l.params()) > 0 {
			return i
		}
	}
	return len(r.net.layers)
}

// segmentBack is the last layer below i that must not be run before a barrier.
func (r *run) segmentBack(i, stop int) int {
	for i--; i >= stop; i-- {
		if _, ok := r.net.layers[i].(batchLayer); ok || r.slots[i].wide {
			return i
		}
	}
	return i
}

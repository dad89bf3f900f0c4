package nn

import "slices"

// Gather copies samples of x [n, …] next to each other, for a Step; what it
// returns is the trainer's until the next call. Every member of the team copies
// what it will read first.
func (t *Trainer) Gather(x []float32, samples []int) []float32 {
	n, size := len(samples), t.inLen
	t.gathered = slices.Grow(t.gathered[:0], n*size)[:n*size]
	byColumns := t.run.firstWide(n)
	t.team.Run(func(part, parts int) {
		lo, hi, c0, c1 := 0, n, 0, size
		if byColumns {
			c0, c1 = span(size, part, parts)
		} else {
			lo, hi = span(n, part, parts)
		}
		for i := lo; i < hi; i++ {
			copy(t.gathered[i*size+c0:i*size+c1], x[samples[i]*size+c0:samples[i]*size+c1])
		}
	})
	return t.gathered
}

// firstWide reports whether the first layer with something to do is a wide one
// for n samples.
func (r *run) firstWide(n int) bool {
	for i, l := range r.net.layers {
		if r.how[i] == idle {
			continue
		}
		first, ok := l.(*linear)
		return ok && first.wide(r.slots[i], n)
	}
	return false
}

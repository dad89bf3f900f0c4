package ops

import "slices"

// Arena keeps the memory of values that nothing takes any more for the next ones: fresh
// memory would have to be cleared and brought into the cache. It is for one goroutine at
// a time.
type Arena struct {
	Max  int // bytes that it may hold, those in use included
	held int
	free [][]float32
}

// get returns n floats, which hold anything if they are dirty.
func (a *Arena) get(n int) (data []float32, dirty bool) {
	best := -1
	for i, f := range a.free {
		if len(f) >= n && len(f) <= 2*n && (best < 0 || len(f) < len(a.free[best])) {
			best = i
		}
	}
	if best >= 0 {
		data = a.free[best]
		a.free = slices.Delete(a.free, best, best+1)
		return data, true
	}
	if a.held+4*n > a.Max { // what is there does not suit
		for _, f := range a.free {
			a.held -= 4 * len(f)
		}
		clear(a.free)
		a.free = a.free[:0]
	}
	a.held += 4 * n
	return make([]float32, n), false
}

func (a *Arena) put(data []float32) { a.free = append(a.free, data) }

// newFloats makes the data of an output of n floats.
func (m *Meter) newFloats(n int) (data []float32, dirty bool) {
	if m.Arena == nil || n < arenaLeast {
		return make([]float32, n), false
	}
	return m.Arena.get(n)
}

// borrow is memory for the time of a call, all zero; giveBack ends its use.
func (c *Call) borrow(n int) (data []float32, giveBack func()) {
	all, dirty := c.Meter.newFloats(n)
	if dirty {
		clear(all[:n])
	}
	return all[:n], func() {
		if a := c.Meter.Arena; a != nil && len(all) >= arenaLeast {
			a.put(all)
		}
	}
}

// arenaLeast is the smallest number of floats that is kept.
const arenaLeast = 1 << 10

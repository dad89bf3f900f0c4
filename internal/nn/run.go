package nn

import (
	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// run is the memory of one network at work: a slot for each layer, sized for a
// batch of at most capacity samples. One run serves one goroutine at a time.
type run struct {
	net      *Net
	capacity int
	train    bool
	dx       bool // the gradient of the input is wanted too
	slots    []*slot
	bufs     [][]float32 // bufs[i] holds the input of layer i
	grads    [][]float32 // grads[i] its gradient; nil in eval
}

// newRun prepares for inputs of shapes[0]; train says whether there will be
// backward passes, and whether layers behave as in training.
func (n *Net) newRun(shapes [][]int, capacity int, train bool) *run {
	r := &run{net: n, capacity: capacity, train: train}
	for i, sh := range shapes {
		size := capacity * elements(sh)
		if i > 0 && isView(n.layers[i-1]) {
			r.bufs = append(r.bufs, r.bufs[i-1])
			r.grads = append(r.grads, r.grads[i-1])
			continue
		}
		r.bufs = append(r.bufs, buffer(i > 0, size))
		r.grads = append(r.grads, buffer(train && i > 0, size))
	}
	for i, l := range n.layers {
		s := &slot{
			in: shapes[i], out: shapes[i+1],
			inLen: elements(shapes[i]), outLen: elements(shapes[i+1]),
			train: train,
		}
		if l, ok := l.(roomyLayer); ok {
			l.alloc(s, capacity)
		}
		r.slots = append(r.slots, s)
	}
	return r
}

// buffer is nil where it is not wanted: the input is the caller's, and its
// gradient nobody's.
func buffer(wanted bool, size int) []float32 {
	if !wanted {
		return nil
	}
	return make([]float32, size)
}

func isView(l layer) bool {
	_, ok := l.(interface{ isView() })
	return ok
}

// wantInputGrad makes backward reckon the gradient of the network's input too.
func (r *run) wantInputGrad() {
	r.dx = true
	g := make([]float32, r.capacity*r.slots[0].inLen)
	for i := range r.grads {
		r.grads[i] = g
		if i >= len(r.slots) || !isView(r.net.layers[i]) {
			break
		}
	}
}

// set points the slots at a batch of n samples.
func (r *run) set(x []float32, n int) {
	r.bufs[0] = x
	for i, s := range r.slots {
		if isView(r.net.layers[i]) {
			r.bufs[i+1] = r.bufs[i]
		}
		s.n = n
		s.x = r.bufs[i][:n*s.inLen]
		s.y = r.bufs[i+1][:n*s.outLen]
		if r.grads[i] != nil {
			s.dx = r.grads[i][:n*s.inLen]
		}
		if r.grads[i+1] != nil {
			s.dy = r.grads[i+1][:n*s.outLen]
		}
	}
}

// forward runs n samples and returns the output, which stays the run's.
func (r *run) forward(team *kernel.Team, x []float32, n int) ([]float32, error) {
	r.set(x, n)
	for i := 0; i < len(r.slots); {
		if c, ok := r.net.layers[i].(preparedLayer); ok {
			if err := c.prepare(r.slots[i]); err != nil {
				return nil, r.net.errorf(i, "%w", err)
			}
		}
		if b, ok := r.net.layers[i].(batchLayer); ok && r.train {
			s := r.slots[i]
			team.Run(func(part, parts int) { b.forwardStats(s, part, parts) })
		}
		first, next := i, r.segment(i)
		team.Run(func(part, parts int) {
			lo, hi := span(n, part, parts)
			if lo == hi {
				return
			}
			for j := first; j < next; j++ {
				r.net.layers[j].forward(r.slots[j], lo, hi)
			}
		})
		i = next
	}
	return r.bufs[len(r.slots)][:n*elements(r.outShape())], nil
}

// segment is the end of the layers from i on that can be run without a barrier:
// up to the next one that has to see the whole batch first.
func (r *run) segment(i int) int {
	for i++; i < len(r.net.layers); i++ {
		if _, ok := r.net.layers[i].(preparedLayer); ok {
			return i
		}
	}
	return i
}

func (r *run) outShape() []int {
	if len(r.slots) == 0 {
		return nil
	}
	return r.slots[len(r.slots)-1].out
}

// seed gives every layer its key for this step.
func (r *run) seed(key uint64) {
	for i, s := range r.slots {
		s.key = stream(key, uint64(i))
	}
}

// backward takes the gradient of the output of the last forward pass and writes
// the gradients of all parameters.
func (r *run) backward(team *kernel.Team, dy []float32) {
	last := len(r.slots) - 1
	copy(r.grads[last+1], dy)
	n := r.slots[last].n
	// Below the first layer with parameters nobody needs a gradient.
	stop := r.lowest()
	if r.dx {
		stop = 0
	}
	for i := last; i >= stop; {
		if b, ok := r.net.layers[i].(batchLayer); ok {
			s := r.slots[i]
			team.Run(func(part, parts int) { b.backwardStats(s, part, parts) })
		}
		first, next := i, r.segmentBack(i, stop)
		team.Run(func(part, parts int) {
			lo, hi := span(n, part, parts)
			if lo == hi {
				return
			}
			for j := first; j > next; j-- {
				if (j > stop || r.dx) && !isView(r.net.layers[j]) {
					r.net.layers[j].backward(r.slots[j], lo, hi)
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

// lowest is the first layer that has parameters.
func (r *run) lowest() int {
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
		if _, ok := r.net.layers[i].(batchLayer); ok {
			return i
		}
	}
	return i
}

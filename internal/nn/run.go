package nn

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// run is the memory of one network at work: a slot for each layer, sized for a
// batch of at most capacity samples. One run serves one goroutine at a time.
type run struct {
	net      *Net
	capacity int
	first    int // in the caller's numbering, of the samples of a batch
	outLen   int // of a sample
	train    bool
	dx       bool // the gradient of the input is wanted too
	slots    []*slot
	how      []how
	bufs     [][]float32 // bufs[i] holds the input of layer i
	grads    [][]float32 // grads[i] its gradient; nil in eval
}

// how says how a layer is run.
type how int

const (
	plainly how = iota
	// idle layers do nothing; output and input are one.
	idle
	// fused layers have their forward work done by the layer before them, on
	// whose output they then work in place.
	fused
)

// newRun prepares for inputs of shapes[0]; train says whether there will be
// backward passes, and whether layers behave as in training.
func (n *Net) newRun(shapes [][]int, capacity int, train bool) *run {
	r := &run{net: n, capacity: capacity, outLen: elements(shapes[len(n.layers)]), train: train}
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
	r.plan()
	for i, sh := range shapes {
		if i > 0 && r.how[i-1] != plainly {
			r.bufs = append(r.bufs, r.bufs[i-1])
			r.grads = append(r.grads, r.grads[i-1])
			continue
		}
		size := capacity * elements(sh)
		r.bufs = append(r.bufs, buffer(i > 0, size))
		r.grads = append(r.grads, buffer(train && i > 0, size))
	}
	return r
}

// plan finds the layers with nothing to do, the ReLU that a linear layer or a
// convolution can do in passing, and the dropout behind it that a linear layer
// can do too.
func (r *run) plan() {
	layers := r.net.layers
	r.how = make([]how, len(layers))
	for i, l := range layers {
		if l, ok := l.(idler); ok && l.idle(r.train) {
			r.how[i] = idle
		}
	}
	for i, l := range layers {
		_, isConv := l.(*conv)
		if _, ok := l.(*linear); !ok && !isConv {
			continue
		}
		f := &r.slots[i].fused
		if i+1 < len(layers) && r.how[i+1] == plainly {
			_, f.relu = layers[i+1].(relu)
		}
		if f.relu {
			r.how[i+1] = fused
		}
		if !f.relu || isConv {
			continue
		}
		if i+2 < len(layers) && r.how[i+2] == plainly {
			if d, ok := layers[i+2].(*dropout); ok {
				f.dropout, f.mask = d, r.slots[i+2]
				r.how[i+2] = fused
			}
		}
	}
}

// buffer is nil where it is not wanted: the input is the caller's, and its
// gradient nobody's.
func buffer(wanted bool, size int) []float32 {
	if !wanted {
		return nil
	}
	return make([]float32, size)
}

// wantInputGrad makes backward reckon the gradient of the network's input too.
func (r *run) wantInputGrad() {
	r.dx = true
	g := make([]float32, r.capacity*r.slots[0].inLen)
	for i := range r.grads {
		r.grads[i] = g
		if i >= len(r.slots) || r.how[i] == plainly {
			break
		}
	}
}

// set points the slots at a batch of n samples.
func (r *run) set(x []float32, n int) {
	r.bufs[0] = x
	for i, s := range r.slots {
		if r.how[i] != plainly {
			r.bufs[i+1] = r.bufs[i]
		}
		s.n, s.first = n, r.first
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
	r.widen()
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
		if s := r.slots[i]; s.wide {
			l := r.net.layers[i].(*linear)
			team.Run(func(part, parts int) { l.forwardRows(s, part, parts) })
		}
		first, next := i, r.segment(i)
		team.Run(func(part, parts int) {
			lo, hi := span(n, part, parts)
			if lo == hi {
				return
			}
			for j := first; j < next; j++ {
				switch s := r.slots[j]; {
				case s.wide:
					r.net.layers[j].(*linear).addSums(s, lo, hi)
				case r.how[j] == plainly:
					r.net.layers[j].forward(s, lo, hi)
				}
			}
		})
		i = next
	}
	return r.bufs[len(r.slots)][:n*r.outLen], nil
}

// segment is the end of the layers from i on that can be run without a barrier:
// up to the next one that has to see the whole batch first.
func (r *run) segment(i int) int {
	for i++; i < len(r.net.layers); i++ {
		if _, ok := r.net.layers[i].(preparedLayer); ok || r.slots[i].wide {
			return i
		}
	}
	return i
}

// widen finds the linear layers that are wide for this batch.
func (r *run) widen() {
	for i, l := range r.net.layers {
		l, ok := l.(*linear)
		s := r.slots[i]
		if s.wide = ok && l.wide(s, s.n); s.wide {
			size := l.blocks() * s.n * s.outLen
			s.sums = slices.Grow(s.sums[:0], size)[:size]
		}
	}
}

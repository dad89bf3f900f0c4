package nn

import (
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// forwardBytes is about what Forward may take for intermediate results.
const forwardBytes = 32 << 20

// Forward runs the network in eval mode on x [batch, …] and returns
// [batch, …]. It fails where x does not fit the layers; it never panics on
// input. The batch is worked off in blocks, so that memory stays bounded, and on
// all processors where it is large.
func (n *Net) Forward(x tensor.Tensor) (y tensor.Tensor, err error) {
	defer catch(&err)
	if len(x.Shape) == 0 {
		return tensor.Tensor{}, fmt.Errorf("input of shape %v has no batch dimension", x.Shape)
	}
	rows := x.Shape[0]
	size, err := layers.Elements(x.Shape[1:])
	if err != nil {
		return tensor.Tensor{}, err
	}
	if rows < 0 || (size > 0 && len(x.Data)/size != rows) || len(x.Data) != rows*size {
		return tensor.Tensor{}, fmt.Errorf("input of shape %v holds %d values", x.Shape, len(x.Data))
	}
	shapes, err := n.shapes(x.Shape[1:])
	if err != nil {
		return tensor.Tensor{}, err
	}
	out := shapes[len(n.nodes)]
	outLen := tensor.Size(out)
	if rows > 0 && int64(outLen) > min(8*int64(layers.MaxElements), math.MaxInt)/int64(rows) {
		return tensor.Tensor{}, fmt.Errorf("%d outputs of shape %v are too many", rows, out)
	}
	y = tensor.Tensor{Shape: append([]int{rows}, out...), Data: make([]float32, rows*outLen)}
	threads, block := n.shares(shapes, rows)
	team := kernel.NewTeam(threads)
	defer team.Close()
	var next atomic.Int64
	failed := make([]failure, threads)
	team.Run(func(part, _ int) {
		r := n.newRun(shapes, block, false, false)
		for failed[part].err == nil {
			lo := int(next.Add(1)-1) * block
			if lo >= rows {
				return
			}
			hi := min(lo+block, rows)
			r.first = lo
			got, err := r.forward(alone, x.Data[lo*size:hi*size], hi-lo)
			copy(y.Data[lo*outLen:], got)
			failed[part] = failure{lo, err}
		}
	})
	return y, first(failed)
}

// alone is the team of whoever works on samples that nobody else looks at.
var alone = kernel.NewTeam(1)

// failure is what went wrong with the samples from lo on.
type failure struct {
	lo  int
	err error
}

// first is the error of the first samples that have one. Blocks are taken in
// order, so it does not depend on who took which.
func first(all []failure) error {
	var one failure
	for _, f := range all {
		if f.err != nil && (one.err == nil || f.lo < one.lo) {
			one = f
		}
	}
	return one.err
}

const (
	// nearBytes is about what should lie between two layers, so that the next
	// one finds it in the second-level cache.
	nearBytes = 256 << 10
	// fullRows is how many rows make a product of matrices worth its while.
	fullRows = 32
	// mostRows is where more rows at a time have nothing left to save.
	mostRows = 1024
)

// shares says how many threads work on so many samples (they show only in the
// time it takes), and how many samples each takes at a time through all layers:
// few enough to stay in its cache, or else enough that reading the weights does
// not cost more than writing what lies between the layers.
func (n *Net) shares(shapes [][]int, rows int) (threads, block int) {
	c := n.cost(shapes)
	perRow := 4 * c.Floats
	fit := max(1, int(forwardBytes/perRow))
	threads = min(runtime.GOMAXPROCS(0), fit)
	if perRow*float64(rows) < 4<<18 {
		threads = 1
	}
	weights, least := 0, 1
	_ = n.eachParam(func(_ int, p *layers.Param) error { // which never fails
		weights += 4 * len(p.W)
		return nil
	})
	if c.BatchProduct {
		least = fullRows
	}
	block = min(max(least, int(float64(max(nearBytes, 2*weights))/perRow)), mostRows, fit/threads)
	// Some blocks for each, so that a busy processor can leave some to others.
	block = max(1, min(block, rows, max(4*fullRows, rows/(8*threads))))
	return min(threads, max(1, (rows+block-1)/block)), block
}

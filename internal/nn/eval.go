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

// forwardBytes is about how many bytes Forward may use for intermediate results.
const forwardBytes = 32 << 20

// Forward runs the network in eval mode on x [batch, …] and returns
// [batch, …]. It fails if x does not fit the layers; it never panics on input. The
// batch is processed in blocks, so that memory stays bounded, and a large one on
// all processors.
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

// alone is a team of one: a thread that works on samples of its own.
var alone = kernel.NewTeam(1)

// failure is what went wrong with the samples from lo on.
type failure struct {
	lo  int
	err error
}

// first is the error of the first samples that have one. It does not depend on
// which thread took which block.
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
	// nearBytes is about how many bytes should pass between two layers at a time,
	// so that the next one finds them in the second-level cache.
	nearBytes = 256 << 10
	// fullRows is how many rows make a matrix product efficient.
	fullRows = 32
	// mostRows is how many rows at a time are enough: more save nothing.
	mostRows = 1024
)

// shares returns how many threads to use for a batch (which affects only the time),
// and how many samples each takes through all layers at a time: few enough to stay
// in its cache, or else enough that reading the weights costs no more than writing
// the values between the layers.
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

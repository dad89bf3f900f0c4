package nn

import (
	"fmt"
	"math"
	"runtime"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// forwardBytes is about what Forward may take for intermediate results.
const forwardBytes = 32 << 20

// Forward runs the network in eval mode on x [batch, …] and returns
// [batch, …]. It fails where x does not fit the layers; it never panics on
// input. The batch is worked off in chunks, so that memory stays bounded, and on
// all processors where it is large.
func (n *Net) Forward(x safetensors.Tensor) (y safetensors.Tensor, err error) {
	defer catch(&err)
	if len(x.Shape) == 0 {
		return safetensors.Tensor{}, fmt.Errorf("input of shape %v has no batch dimension", x.Shape)
	}
	rows := x.Shape[0]
	size, err := product(x.Shape[1:])
	if err != nil {
		return safetensors.Tensor{}, err
	}
	if rows < 0 || (size > 0 && len(x.Data)/size != rows) || len(x.Data) != rows*size {
		return safetensors.Tensor{}, fmt.Errorf("input of shape %v holds %d values", x.Shape, len(x.Data))
	}
	shapes, err := n.shapes(x.Shape[1:])
	if err != nil {
		return safetensors.Tensor{}, err
	}
	out := shapes[len(n.layers)]
	outLen := elements(out)
	if rows > 0 && int64(outLen) > min(8*int64(maxElements), math.MaxInt)/int64(rows) {
		return safetensors.Tensor{}, fmt.Errorf("%d outputs of shape %v are too many", rows, out)
	}
	y = safetensors.Tensor{Shape: append([]int{rows}, out...), Data: make([]float32, rows*outLen)}
	r := n.newRun(shapes, n.chunkRows(shapes, rows), false)
	team := kernel.NewTeam(forwardThreads(rows, shapes))
	defer team.Close()
	for lo := 0; lo < rows; lo += r.capacity {
		hi := min(lo+r.capacity, rows)
		got, err := r.forward(team, x.Data[lo*size:hi*size], hi-lo)
		if err != nil {
			return safetensors.Tensor{}, err
		}
		copy(y.Data[lo*outLen:], got)
	}
	return y, nil
}

// forwardThreads is all there are, once the work is worth it: they show only in
// the time it takes.
func forwardThreads(rows int, shapes [][]int) int {
	total := 0
	for _, s := range shapes {
		total += rows * elements(s)
	}
	if total < 1<<18 {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), rows)
}

// chunkRows is how many samples may be under way at once.
func (n *Net) chunkRows(shapes [][]int, rows int) int {
	return max(1, min(rows, 1024, int(forwardBytes/n.rowBytes(shapes))))
}

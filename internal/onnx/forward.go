package onnx

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

const (
	// blockBytes is about how many bytes a block of samples may take: each processor's should
	// stay in the cache that they share.
	blockBytes = 4 << 20
	// blockSamples is how many samples at a time are enough.
	blockSamples = 32
)

// Cost is what one sample takes.
func (n *Net) Cost() Limits { return Limits{n.fast().bytes, n.cost.Work} }

// OutputShape is the shape of one output, without the batch.
func (n *Net) OutputShape() []int { return slices.Clone(n.out) }

// Single reports whether the graph takes one sample at a time.
func (n *Net) Single() bool { return n.single }

// Forward runs the samples x [batch, …] and returns [batch, …]: in blocks, on all
// processors.
func (n *Net) Forward(x tensor.Tensor) (tensor.Tensor, error) {
	if len(x.Shape) == 0 || !slices.Equal(x.Shape[1:], n.sample) {
		return tensor.Tensor{}, fmt.Errorf("an input of shape %v, want [batch] and %v", x.Shape, n.sample)
	}
	rows, size, outLen := x.Shape[0], tensor.Size(n.sample), tensor.Size(n.out)
	if rows < 0 || len(x.Data) != rows*size {
		return tensor.Tensor{}, fmt.Errorf("an input of shape %v holds %d values", x.Shape, len(x.Data))
	}
	if outLen > 0 && rows > math.MaxInt32/outLen {
		return tensor.Tensor{}, fmt.Errorf("%w: %d outputs of shape %v", ErrLimit, rows, n.out)
	}
	y := tensor.New(append([]int{rows}, n.out...)...)
	block := max(1, min(blockSamples, blockBytes/max(1, n.fast().late), (rows+1)/2))
	if n.single {
		block = 1
	}
	blocks := (rows + block - 1) / block
	errs := make([]error, blocks)
	var next atomic.Int64
	var wg sync.WaitGroup
	procs := runtime.GOMAXPROCS(0)
	workers := min(procs, blocks)
	for range workers {
		wg.Go(func() {
			var team *kernel.Team // processors without a block of their own help
			if procs/workers > 1 {
				team = kernel.NewTeam(procs / workers)
				defer team.Close()
			}
			for b := int(next.Add(1) - 1); b < blocks; b = int(next.Add(1) - 1) {
				lo, hi := b*block, min(rows, (b+1)*block)
				errs[b] = n.block(y.Data[lo*outLen:hi*outLen], x.Data[lo*size:hi*size], hi-lo, team)
			}
		})
	}
	wg.Wait()
	return y, errors.Join(errs...)
}

// block runs n samples.
func (n *Net) block(y, x []float32, rows int, team *kernel.Team) error {
	in, err := n.inputValue(x, append([]int{rows}, n.sample...))
	if err != nil {
		return err
	}
	arena, ok := n.arenas.Get().(*ops.Arena)
	if !ok {
		arena = &ops.Arena{}
	}
	arena.Max = max(arena.Max, rows*n.fast().late+n.fast().bytes)
	m := &ops.Meter{MaxBytes: math.Inf(1), MaxWork: math.Inf(1), Arena: arena}
	out, err := n.fast().runRows(in, m, team)
	if err != nil {
		return err
	}
	if len(out.F) != len(y) {
		return fmt.Errorf("%w: an output of shape %v", ErrInternal, out.Shape)
	}
	copy(y, out.F)
	out.Release(m)
	n.arenas.Put(arena)
	return nil
}

// inputValue is the input in the type that the graph takes. Token ids come as floats.
func (n *Net) inputValue(x []float32, shape []int) (*ops.Value, error) {
	t := n.p.input.Type
	if t.Floating() {
		return &ops.Value{Type: t, Shape: shape, F: x, Known: true}, nil
	}
	v := &ops.Value{Type: t, Shape: shape, I: make([]int64, len(x)), Known: true}
	for i, f := range x {
		if v.I[i] = int64(f); float32(v.I[i]) != f {
			return nil, fmt.Errorf("value %d is %v: the model takes whole numbers (%s), such as token ids; export it with an input of float32 otherwise", i, f, t)
		}
	}
	return v, nil
}

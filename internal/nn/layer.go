package nn

import (
	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// layer is one layer with its parameters. All of it but the parameters is
// fixed once built; what belongs to one run lives in the slot, so that one
// network can be run from several goroutines.
type layer interface {
	// outShape checks the shape of one sample and returns that of its output.
	outShape(in []int) ([]int, error)
	// params lists parameters and buffers in PyTorch's order.
	params() []*param
	// forward reckons samples lo … hi-1 of s.y from s.x.
	forward(s *slot, lo, hi int)
	// backward reckons samples lo … hi-1 of s.dx from s.dy. It is called only
	// where s.dx is wanted.
	backward(s *slot, lo, hi int)
	// grads reckons part `part` of `parts` of the gradients of the layer's
	// parameters from the whole batch. Parts cut the parameters, never the
	// batch, so that every sum has one order.
	grads(s *slot, part, parts int)
}

// batchLayer is a layer that looks across the samples of a training batch
// before it can reckon any one of them (BatchNorm). Parts cut the features.
type batchLayer interface {
	preparedLayer
	forwardStats(s *slot, part, parts int)
	backwardStats(s *slot, part, parts int)
}

// preparedLayer is a layer with something to do once a batch, before any other
// layer's work on it goes on: checking its input (Embedding's indices), counting
// batches (BatchNorm).
type preparedLayer interface {
	layer
	prepare(s *slot) error
}

// roomyLayer is a layer that keeps things in its slot between forward and
// backward: alloc makes room for a batch of capacity samples.
type roomyLayer interface {
	layer
	alloc(s *slot, capacity int)
}

// innerLayer is a layer whose backward must run for the sake of its own
// gradients, even where nobody wants its input's.
type innerLayer interface{ inner() }

// greedyLayer is a layer that needs much more memory than its input and output:
// so many floats for each sample.
type greedyLayer interface{ extra(in []int) int }

// slot is the part of a run that belongs to one layer.
type slot struct {
	in, out       []int // shapes of a sample
	inLen, outLen int   // their products
	n             int   // samples in this batch
	first         int   // the number of the first of them, for errors
	train         bool
	key           uint64 // seeds this layer's random numbers in this step

	x, y   []float32 // [n, inLen], [n, outLen]
	dx, dy []float32 // as x and y; dx is nil where nobody wants it
	// Room for what backward needs from forward; each layer documents its own.
	saved   []float32
	moments []float64
	index   []int32
	work    any
	fused   fusion // of a linear layer or a convolution
	wide    bool   // of a linear layer
	sums    []float32
}

// fusion is what a linear layer or a convolution does on behalf of the layers behind it.
type fusion struct {
	relu    bool
	dropout *dropout
	mask    *slot // the dropout's
}

// mask is the room for a dropout mask over samples lo … hi-1.
func (s *slot) mask(lo, hi int) []float32 { return s.saved[lo*s.inLen : hi*s.inLen] }

func (s *slot) xs(lo, hi int) []float32  { return s.x[lo*s.inLen : hi*s.inLen] }
func (s *slot) ys(lo, hi int) []float32  { return s.y[lo*s.outLen : hi*s.outLen] }
func (s *slot) dxs(lo, hi int) []float32 { return s.dx[lo*s.inLen : hi*s.inLen] }
func (s *slot) dys(lo, hi int) []float32 { return s.dy[lo*s.outLen : hi*s.outLen] }

// span cuts n things into parts and returns the bounds of one part.
func span(n, part, parts int) (lo, hi int) { return kernel.Span(n, part, parts) }

// noParams is embedded by layers without parameters.
type noParams struct{}

func (noParams) params() []*param      { return nil }
func (noParams) grads(*slot, int, int) {}

// idler is a layer that may have nothing to do: its output is its input, under
// another shape perhaps. The run lets the two share their memory.
type idler interface{ idle(train bool) bool }

// view is embedded by layers that only change the shape.
type view struct{ noParams }

func (view) forward(*slot, int, int)  {}
func (view) backward(*slot, int, int) {}
func (view) idle(bool) bool           { return true }

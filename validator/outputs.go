package validator

import (
	"context"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

const (
	// chunkTime is how long a chunk should take: ctx is checked between chunks.
	chunkTime = 100 * time.Millisecond
	// chunkOutputs bounds the outputs of a chunk (16 MiB), however many classes
	// a head has.
	chunkOutputs = 4 << 20
)

// chunks returns how many samples the next chunk has, after one of n samples took
// the given time; n is 0 at the start. No result depends on it.
type chunks func(n int, took time.Duration) int

// steadyChunks starts with one sample, since the head's speed is not known yet,
// and then aims at chunkTime.
func steadyChunks(n int, took time.Duration) int {
	switch {
	case n == 0:
		return 1
	case took < chunkTime/8:
		return 4 * n
	case took < chunkTime/2:
		return 2 * n
	case took > 2*chunkTime:
		return max(1, n/2)
	}
	return n
}

// outputs are a head's outputs over a split, computed by forEach.
type outputs struct {
	split
	net     *nn.Net
	classes int
}

// outputsOf checks that the head takes the split's embeddings and knows its labels.
func (s split) outputsOf(head packagefmt.Network) (outputs, error) {
	o := outputs{split: s}
	var err error
	if o.net, err = nn.NewGraph(nn.Nodes(head.Layers, head.Inputs, head.Tied), head.Weights); err != nil {
		return o, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	out, err := o.net.OutputShape([]int{s.dim})
	if err != nil {
		return o, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	if len(out) != 1 {
		return o, fmt.Errorf("%w: outputs of shape %v are not one number per class", ErrInvalidHead, out)
	}
	o.classes = out[0]
	for i, l := range s.labels {
		if l >= o.classes {
			return o, fmt.Errorf("%w: sample %d has label %d, but the head answers with classes 0 to %d", ErrInvalidHead, i, l, o.classes-1)
		}
	}
	return o, nil
}

// forward returns the outputs of samples lo … hi-1. It fails at one that is not finite.
func (o outputs) forward(lo, hi int) ([]float32, error) {
	y, err := o.net.Forward(o.rows(lo, hi))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidHead, err)
	}
	for _, v := range y.Data {
		if v-v != 0 {
			return nil, fmt.Errorf("%w: an output is %v: weights are too large", ErrInvalidHead, v)
		}
	}
	return y.Data, nil
}

// forChunks calls f with the outputs of samples lo … hi-1, in order.
func (o outputs) forChunks(ctx context.Context, next chunks, f func(lo, hi int, y []float32) error) error {
	n, took := 0, time.Duration(0)
	for lo := 0; lo < len(o.labels); lo += n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n = min(next(n, took), max(1, chunkOutputs/o.classes), len(o.labels)-lo)
		start := time.Now()
		y, err := o.forward(lo, lo+n)
		if err != nil {
			return err
		}
		if err := f(lo, lo+n, y); err != nil {
			return err
		}
		took = time.Since(start)
	}
	return nil
}

// forEach calls f with every sample's outputs [classes] and label, in order.
func (o outputs) forEach(ctx context.Context, next chunks, f func(output []float32, label int)) error {
	return o.forChunks(ctx, next, func(lo, hi int, y []float32) error {
		for i := range hi - lo {
			f(y[i*o.classes:][:o.classes], o.labels[lo+i])
		}
		return nil
	})
}

// split is a test split, checked and cut to its limit.
type split struct {
	data   []float32 // [len(labels), dim]
	dim    int
	labels []int
}

func newSplit(t Test) (split, error) {
	x, n := t.Embeddings, len(t.Labels)
	if n == 0 {
		return split{}, fmt.Errorf("%w: there are no samples", ErrTest)
	}
	if t.Limit < 0 {
		return split{}, fmt.Errorf("%w: a limit of %d samples", ErrTest, t.Limit)
	}
	if len(x.Shape) != 2 || x.Shape[0] != n || x.Shape[1] < 1 || len(x.Data)%n != 0 || len(x.Data)/n != x.Shape[1] {
		return split{}, fmt.Errorf("%w: %d labels for embeddings of shape %v (%d values): is it the split the package was built from?", ErrTest, n, x.Shape, len(x.Data))
	}
	s := split{data: x.Data, dim: x.Shape[1], labels: t.Labels}
	for i, v := range s.data {
		if v-v != 0 {
			return split{}, fmt.Errorf("%w: embedding %d holds %v", ErrTest, i/s.dim, v)
		}
	}
	for i, l := range s.labels {
		if l < 0 {
			return split{}, fmt.Errorf("%w: sample %d has label %d", ErrTest, i, l)
		}
	}
	if t.Limit > 0 && t.Limit < n {
		s.labels = s.labels[:t.Limit]
	}
	return s, nil
}

// rows are the embeddings of samples lo … hi-1.
func (s split) rows(lo, hi int) safetensors.Tensor {
	return safetensors.Tensor{Shape: []int{hi - lo, s.dim}, Data: s.data[lo*s.dim : hi*s.dim]}
}

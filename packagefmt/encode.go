package packagefmt

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// encoder turns samples into features [n, dim].
type encoder struct {
	net  executable // nil if the encoder has no layers
	pre  Preprocessing
	dim  int
	cost sampleCost // 0 if the encoder has no layers

	fast    Session         // of a Runner; nil: there is none, or it has failed
	dropped func(why error) // is told that fast has failed
}

// newEncoder checks that the network can run the samples, within the limits.
func newEncoder(n Network, pre Preprocessing) (*encoder, error) {
	if err := pre.Check(); err != nil {
		return nil, err
	}
	e := &encoder{pre: pre}
	out := pre.Shape
	if !n.empty() {
		var err error
		if e.net, err = n.executable(pre.Shape); err != nil {
			return nil, err
		}
		if out, err = e.net.OutputShape(pre.Shape); err == nil {
			e.cost, err = checkCost(e.net, pre.Shape, sampleCost{maxEncoderBytes, maxEncoderCost})
		}
		if err != nil {
			return nil, fmt.Errorf("%w: samples of shape %v: %w", ErrInvalid, pre.Shape, err)
		}
	}
	e.dim = featureDim(out)
	return e, nil
}

// featureDim is the number of features that pool returns for an output of this
// shape (without the batch).
func featureDim(shape []int) int {
	switch len(shape) {
	case 0:
		return 1
	case 2:
		return shape[1]
	}
	return shape[0]
}

// pool reduces an encoder's output to [batch, features] as the public kits do:
// 4 and 5 dimensions by global average pooling, 3 by taking the first token, 1
// as a column.
func pool(x safetensors.Tensor) (safetensors.Tensor, error) {
	switch len(x.Shape) {
	case 1:
		return safetensors.Tensor{Shape: []int{x.Shape[0], 1}, Data: x.Data}, nil
	case 2:
		return x, nil
	case 3:
		n, tokens, dim := x.Shape[0], x.Shape[1], x.Shape[2]
		out := safetensors.Tensor{Shape: []int{n, dim}, Data: make([]float32, n*dim)}
		for i := range n {
			copy(out.Data[i*dim:(i+1)*dim], x.Data[i*tokens*dim:])
		}
		return out, nil
	case 4, 5:
		n, channels := x.Shape[0], x.Shape[1]
		out := safetensors.Tensor{Shape: []int{n, channels}, Data: make([]float32, n*channels)}
		plane := len(x.Data) / len(out.Data)
		for i := range out.Data {
			sum := 0.0
			for _, v := range x.Data[i*plane : (i+1)*plane] {
				sum += float64(v)
			}
			out.Data[i] = float32(sum / float64(plane))
		}
		return out, nil
	}
	return x, fmt.Errorf("%w: an encoder's output of shape %v cannot be reduced to features: want 1 to 5 dimensions", ErrUnsupported, x.Shape)
}

// run encodes one batch.
func (e *encoder) run(x safetensors.Tensor) (safetensors.Tensor, error) {
	if e.net != nil {
		var err error
		if x, err = e.net.Forward(x); err != nil {
			return x, err
		}
	}
	return pool(x)
}

// encodeAll encodes the first n samples of ds, a batch at a time: memory holds
// one batch of samples, and the features.
func (e *encoder) encodeAll(ctx context.Context, ds dataset.Dataset, n, batch int, progress func(done, total int)) (safetensors.Tensor, []int, error) {
	batch = sampleCost{max(e.cost.bytes, 4*e.pre.features()), e.cost.ops}.batch(batch)
	out := safetensors.Tensor{Shape: []int{n, e.dim}, Data: make([]float32, n*e.dim)}
	labels := make([]int, 0, n)
	indices := make([]int, 0, batch)
	for from := 0; from < n; from += batch {
		if err := ctx.Err(); err != nil {
			return out, nil, context.Cause(ctx)
		}
		indices = indices[:0]
		for i := from; i < min(from+batch, n); i++ {
			indices = append(indices, i)
		}
		x, y, err := e.pre.batch(ds, indices)
		if err != nil {
			return out, nil, err
		}
		features, err := e.encode(ctx, x)
		if err != nil {
			return out, nil, err
		}
		if err := features.Check(); err != nil {
			return out, nil, fmt.Errorf("%w: embeddings of samples %d to %d: %w", ErrInvalid, from, from+len(indices)-1, err)
		}
		copy(out.Data[from*e.dim:], features.Data)
		labels = append(labels, y...)
		if progress != nil {
			progress(len(labels), n)
		}
	}
	return out, labels, nil
}

// Embed computes the head's inputs from a data set: preprocessing, then the
// package's encoder. features is [ds.Len(), EmbeddingDim]; labels are the data
// set's. It fails with ErrNoEncoder on a package without one.
func (p *Package) Embed(ctx context.Context, ds dataset.Dataset) (features safetensors.Tensor, labels []int, err error) {
	return Embedder{}.Embed(ctx, p, ds)
}

func (p *Package) encoder() (*encoder, error) {
	if p.Encoder == nil {
		return nil, fmt.Errorf("%w: its head can only be trained on the %d embeddings in the package", ErrNoEncoder, p.samples())
	}
	if p.Config.Preprocessing == nil {
		return nil, fmt.Errorf("%w: an encoder without preprocessing", ErrInvalid)
	}
	return newEncoder(*p.Encoder, *p.Config.Preprocessing)
}

// embeddingTolerance bounds the difference between an embedding and the
// recomputed one, relative to the sample's largest: other machines sum in other
// orders, and a difference this small gains a creator nothing.
const embeddingTolerance = 1e-3

// CheckEmbeddings recomputes the embeddings from the test split with the
// package's encoder, and fails with ErrInvalid if the package's differ: it
// detects a creator who lies about them. test must be the data set's test split
// in its order. It fails with ErrNoEncoder on a package without one.
func (p *Package) CheckEmbeddings(ctx context.Context, test dataset.Dataset) error {
	return Embedder{}.CheckEmbeddings(ctx, p, test)
}

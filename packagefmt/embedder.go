package packagefmt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Runner runs encoders by other means than this package's own engine: on a GPU, say.
// Module onnxruntime has one.
type Runner interface {
	// Load prepares an encoder for samples of a shape (without the batch). file is an ONNX
	// file as this package writes it, of what it has read, checked and bounded: never a
	// stranger's bytes. An error says why the encoder is run by this package's engine instead.
	Load(ctx context.Context, file []byte, sample []int) (Session, error)
	// Speedup is how many times as fast as this package's engine it may be at best, 1 or
	// more: what cannot be done in time even so is refused before it begins.
	Speedup() float64
}

// Session is an encoder that a [Runner] has loaded. One call is made at a time.
type Session interface {
	// Run encodes x [n, …] into [n, …]. It ends soon after ctx does.
	Run(ctx context.Context, x safetensors.Tensor) (safetensors.Tensor, error)
	// String says what it runs on: "ONNX Runtime 1.23.2 on CPU".
	String() string
	// Close frees what the session holds.
	Close() error
}

// RunnerTolerance is the largest difference between a [Runner]'s embedding of a sample and that of
// this package's engine, relative to the sample's largest, with which the Runner is used.
const RunnerTolerance = 1e-4

// compared is how many samples a Runner's embeddings are compared on, spread over the data set.
const compared = 8

// OwnEngine is what [Ran].Where says of this package's engine.
const OwnEngine = "decloud's own engine"

// Ran says what computes embeddings.
type Ran struct {
	Where string // what a [Session] calls itself, or [OwnEngine]
	// Why is the reason why it is not the Runner; nil if it is.
	Why error
	// Difference is the largest difference from this package's engine, relative to the sample's
	// largest embedding, on Compared samples; both are 0 where there was no comparison.
	Difference float64
	Compared   int
}

// String is a line about it.
func (r Ran) String() string {
	switch {
	case r.Why != nil:
		return fmt.Sprintf("encoder on %s: %v", r.Where, r.Why)
	case r.Compared > 0:
		return fmt.Sprintf("encoder on %s: within %.1e of %s on %d samples", r.Where, r.Difference, OwnEngine, r.Compared)
	}
	return "encoder on " + r.Where
}

// Embedder computes embeddings with a [Runner] where that agrees with this package's own engine on
// samples of the data at hand, and otherwise with that engine. The zero value is the engine alone, which is
// what the methods of [Package] use, and [Build].
//
// A Runner's embeddings differ in their last digits, from one machine to the next, too. That is harmless
// to train on, and to check a package's embeddings with, since those are compared with a tolerance. It is
// not harmless to anything that others compute again to the bit.
//
// Encoders of layers always run on this package's engine: there is no ONNX file of them.
type Embedder struct {
	Runner Runner
	// OnRan, if set, is told what computes before all but the first samples are computed, and again
	// if that changes, since the Runner has failed.
	OnRan func(Ran)
	// OnProgress, if set, is called after every batch with the number of samples encoded so
	// far and in total; from the start again where a check is made a second time.
	OnProgress func(done, total int)
}

// Embed is [Package.Embed].
func (m Embedder) Embed(ctx context.Context, p *Package, ds dataset.Dataset) (features safetensors.Tensor, labels []int, err error) {
	e, err := p.encoder()
	if err != nil {
		return safetensors.Tensor{}, nil, err
	}
	if ds, err = p.AdaptUntil(ctx, ds); err != nil {
		return safetensors.Tensor{}, nil, err
	}
	stop, err := m.start(ctx, p, e, ds, ds.Len())
	if err != nil {
		return safetensors.Tensor{}, nil, err
	}
	defer stop()
	return e.encodeAll(ctx, ds, ds.Len(), defaultBatch, m.OnProgress)
}

// start gives the encoder a session, if the Runner has one that agrees with it on n samples of ds. An
// error is about the samples, or ctx's.
func (m Embedder) start(ctx context.Context, p *Package, e *encoder, ds dataset.Dataset, n int) (stop func(), err error) {
	tell := m.OnRan
	if tell == nil {
		tell = func(Ran) {}
	}
	s, ran, err := m.session(ctx, p, e, ds, n)
	if err != nil {
		return nil, err
	}
	tell(ran)
	if s == nil {
		return func() {}, nil
	}
	e.fast, e.dropped = s, func(why error) { tell(Ran{Where: OwnEngine, Why: why}) }
	return func() { _ = s.Close() }, nil // nothing was written that could be lost
}

// session loads the encoder and compares it; nil if the encoder has to run here.
func (m Embedder) session(ctx context.Context, p *Package, e *encoder, ds dataset.Dataset, n int) (Session, Ran, error) {
	own := func(why error) (Session, Ran, error) { return nil, Ran{Where: OwnEngine, Why: why}, nil }
	net, isONNX := e.net.(onnxNet)
	switch {
	case m.Runner == nil:
		return own(nil)
	case !isONNX:
		return own(errors.New("this package's encoder is of layers, of which there is no ONNX file"))
	case n == 0:
		return own(errors.New("there are no samples to compare on"))
	}
	s, err := m.Runner.Load(ctx, net.net.Encode(), p.Config.Preprocessing.Shape)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
		if s != nil {
			err = errors.Join(err, s.Close())
		}
		return nil, Ran{}, err
	}
	if err != nil {
		return own(err)
	}
	diff, k, err := e.compare(ctx, s, ds, n)
	ran := Ran{Where: s.String(), Difference: diff, Compared: k}
	switch {
	case err == nil && diff <= RunnerTolerance:
		return s, ran, nil
	case err == nil:
		ran.Where, ran.Why = OwnEngine, fmt.Errorf("%s differs by %.1e of the largest value on %d samples, more than %.0e", s, diff, k, RunnerTolerance)
	case errors.As(err, new(runnerError)):
		ran = Ran{Where: OwnEngine, Why: err}
		err = nil
	}
	return nil, ran, errors.Join(err, s.Close())
}

// runnerError is an error of a Session, after which the encoder runs here.
type runnerError struct {
	session string
	error
}

func (e runnerError) Error() string { return fmt.Sprintf("%s: %v", e.session, e.error) }

func (e runnerError) Unwrap() error { return e.error }

// compare encodes some of n samples both ways; diff is the largest difference, relative to a sample's largest
// feature.
func (e *encoder) compare(ctx context.Context, s Session, ds dataset.Dataset, n int) (diff float64, k int, err error) {
	k = min(compared, n)
	indices := make([]int, k)
	for i := range indices {
		indices[i] = i * (n - 1) / max(1, k-1)
	}
	x, _, err := e.pre.batch(ds, indices)
	if err != nil {
		return 0, 0, err
	}
	want, err := e.run(x)
	if err != nil {
		return 0, 0, err
	}
	got, err := e.runIn(ctx, s, x)
	if err != nil {
		return 0, 0, err
	}
	for i := range k {
		d, largest := rowDifference(got.Data[i*e.dim:(i+1)*e.dim], want.Data[i*e.dim:(i+1)*e.dim])
		if d > 0 {
			diff = max(diff, d/largest)
		}
	}
	return diff, k, nil
}

// rowDifference is the largest difference between two samples' features, and the largest feature of a.
func rowDifference(a, b []float32) (diff, largest float64) {
	for j, v := range a {
		largest = max(largest, math.Abs(float64(v)))
		diff = max(diff, math.Abs(float64(v)-float64(b[j])))
	}
	return diff, largest
}

// encode encodes one batch with the session, if there is one that has not failed.
func (e *encoder) encode(ctx context.Context, x safetensors.Tensor) (safetensors.Tensor, error) {
	if e.fast != nil {
		y, err := e.runIn(ctx, e.fast, x)
		if err == nil || ctx.Err() != nil {
			return y, err
		}
		e.dropped(err)
		e.fast = nil
	}
	return e.run(x)
}

// runIn encodes one batch with a session: sample by sample where the encoder takes no more at a time.
func (e *encoder) runIn(ctx context.Context, s Session, x safetensors.Tensor) (safetensors.Tensor, error) {
	n, size := x.Shape[0], len(x.Data)/x.Shape[0]
	step := n
	if net, ok := e.net.(onnxNet); ok && net.net.Single() {
		step = 1
	}
	shape, err := e.net.OutputShape(x.Shape[1:])
	if err != nil {
		return x, err
	}
	out := safetensors.Tensor{Shape: []int{n, e.dim}, Data: make([]float32, 0, n*e.dim)}
	for from := 0; from < n; from += step {
		y, err := s.Run(ctx, safetensors.Tensor{Shape: append([]int{step}, x.Shape[1:]...), Data: x.Data[from*size : (from+step)*size]})
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		if want := append([]int{step}, shape...); err == nil && !slices.Equal(y.Shape, want) {
			err = fmt.Errorf("an output of shape %v, want %v", y.Shape, want)
		}
		if err == nil {
			err = y.Check()
		}
		if err == nil {
			y, err = pool(y)
		}
		if err != nil {
			return out, runnerError{s.String(), err}
		}
		out.Data = append(out.Data, y.Data...)
	}
	return out, nil
}

// CheckEmbeddings is [Package.CheckEmbeddings]. This package's own engine has the last word: what a Runner finds
// nearer to the package's embeddings than half of what is allowed passes, all else is computed again.
func (m Embedder) CheckEmbeddings(ctx context.Context, p *Package, test dataset.Dataset) error {
	e, err := p.encoder()
	if err != nil {
		return err
	}
	if test, err = p.AdaptUntil(ctx, test); err != nil {
		return err
	}
	n := p.Embeddings.Shape[0]
	if test.Len() < n {
		return fmt.Errorf("%w: %s holds %d samples, but the test split has only %d: it is another split", ErrInvalid, EmbeddingsFile, n, test.Len())
	}
	stop, err := m.start(ctx, p, e, test, n)
	if err != nil {
		return err
	}
	defer stop()
	if e.fast != nil {
		err := p.checkAgainst(ctx, e, test, embeddingTolerance/2, m.OnProgress)
		if !errors.Is(err, ErrInvalid) {
			return err
		}
		e.fast = nil
	}
	return p.checkAgainst(ctx, e, test, embeddingTolerance, m.OnProgress)
}

// checkAgainst compares the package's embeddings with what the encoder computes.
func (p *Package) checkAgainst(ctx context.Context, e *encoder, test dataset.Dataset, tolerance float64, progress func(done, total int)) error {
	n, dim := p.Embeddings.Shape[0], p.Embeddings.Shape[1]
	features, _, err := e.encodeAll(ctx, test, n, defaultBatch, progress)
	if err != nil {
		return err
	}
	for i := range n {
		diff, largest := rowDifference(features.Data[i*dim:(i+1)*dim], p.Embeddings.Data[i*dim:(i+1)*dim])
		if diff > tolerance*largest {
			return fmt.Errorf("%w: %s: sample %d differs by %.3g from what the encoder computes: "+
				"the package's embeddings are not those of this test split", ErrInvalid, EmbeddingsFile, i, diff)
		}
	}
	return nil
}

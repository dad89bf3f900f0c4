// Package trainer trains heads on a trainer's own samples ([Fit]).
package trainer

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Options says how [Fit] trains. The zero value is usable: one epoch of Adam at
// 0.001 over batches of 32.
type Options struct {
	// Epochs is how often every sample is seen. Default 1.
	Epochs int
	// BatchSize is the number of samples in a step. Default 32; the last batch
	// of an epoch may be smaller.
	BatchSize int
	// LearningRate of Adam. Default 0.001.
	LearningRate float64
	// MaxBatches ends each epoch after so many batches. Default 0: all.
	MaxBatches int
	// Seed decides the order of the samples and the dropout masks. The same
	// seed, options and data give the same weights to the last bit on one
	// machine, whatever the number of threads.
	Seed uint64
	// Threads to work with. Default 0: as many as Go uses (GOMAXPROCS).
	Threads int
	// OnProgress, if set, is called after every batch from the goroutine that
	// called Fit. A panic in it passes through Fit to its caller.
	OnProgress func(Progress)
	// Now tells the time for OnProgress. Default time.Now.
	Now func() time.Time
}

// Progress is what [Options.OnProgress] is told after a batch.
type Progress struct {
	Epoch, Epochs    int     // from 1
	Batch, Batches   int     // in this epoch, from 1
	Samples          int     // seen in all epochs so far
	Loss             float64 // cross-entropy in nats, mean over this epoch so far
	Accuracy         float64 // 0 … 1, of the batches of this epoch as they were trained on
	SamplesPerSecond float64
	Elapsed          time.Duration
	Remaining        time.Duration // at this speed
}

// Epoch is what came of one pass over the samples.
type Epoch struct {
	Loss     float64 // cross-entropy in nats, mean over the epoch
	Accuracy float64 // 0 … 1, of the batches as they were trained on
}

// Result is what came of training.
type Result struct {
	Epochs   []Epoch
	Steps    int // optimizer steps
	Samples  int // samples seen, counted once per epoch
	Duration time.Duration
}

// Fit trains a head as a classifier on x [n, …] with labels y (0 … classes-1),
// by Adam on the cross-entropy, and returns the trained head; the one passed in
// is left as it is. It fails, without a head, where the samples do not fit
// ([ErrSamples]), where the loss stops being a number ([ErrDiverged]) and where
// ctx ends, which is noticed before the next batch.
func Fit(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, y []int, opts Options) (packagefmt.Network, Result, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := checkSamples(x, y); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	net, err := nn.New(specs(head.Layers), head.Weights)
	if err != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("head: %w", err)
	}
	t, err := net.NewTrainer(x.Shape[1:], nn.TrainConfig{
		Batch:   min(opts.BatchSize, len(y)),
		Threads: opts.Threads,
		Seed:    opts.Seed,
	})
	if err != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("head: %w", err)
	}
	defer t.Close()
	if err := checkLabels(y, t.Outputs()); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	f := &fit{opts: opts, t: t, x: x.Data, y: y, size: len(x.Data) / len(y), began: opts.Now()}
	if err := f.run(ctx); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := net.CheckFinite(); err != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	f.result.Duration = opts.Now().Sub(f.began)
	return packagefmt.Network{Layers: head.Layers, Weights: net.Weights()}, f.result, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Epochs < 0 || o.BatchSize < 0 || o.LearningRate < 0 || o.MaxBatches < 0 || o.Threads < 0 || o.LearningRate > maxRate {
		return o, fmt.Errorf("%w: epochs %d, batch size %d, learning rate %v, max batches %d, threads %d: none may be negative, the rate at most %v",
			ErrOptions, o.Epochs, o.BatchSize, o.LearningRate, o.MaxBatches, o.Threads, maxRate)
	}
	if o.LearningRate != o.LearningRate {
		return o, fmt.Errorf("%w: the learning rate is not a number", ErrOptions)
	}
	if o.Epochs == 0 {
		o.Epochs = 1
	}
	if o.BatchSize == 0 {
		o.BatchSize = 32
	}
	if o.LearningRate == 0 {
		o.LearningRate = 0.001
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// maxRate is where a learning rate must be a slip of the pen.
const maxRate = 1e3

func specs(layers []packagefmt.Layer) []nn.Spec {
	s := make([]nn.Spec, len(layers))
	for i, l := range layers {
		s[i] = nn.Spec(l)
	}
	return s
}

package fit

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Train trains a head as a classifier on x [n, …] with labels y (0 … classes-1)
// on the cross-entropy and returns the trained head; the one passed in is left
// as it is. It fails, without a head, if the options are out of range
// ([ErrOptions]), the samples do not fit ([ErrSamples]), the loss is no longer
// finite ([ErrDiverged]) or ctx ends, which is noticed before the next batch.
func Train(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, y []int, opts Options) (packagefmt.Network, Result, error) {
	t := &training{x: x.Data, y: y}
	return t.train(ctx, head, x, len(y), opts)
}

// TrainRegression trains a head on the mean squared error from targets [n,
// outputs]: regression, which the protocol does not score. Options.ClassWeights
// must be nil, and accuracies are 0. It fails as [Train] does.
func TrainRegression(ctx context.Context, head packagefmt.Network, x, targets safetensors.Tensor, opts Options) (packagefmt.Network, Result, error) {
	if !isMatrix(targets) {
		return packagefmt.Network{}, Result{}, fmt.Errorf("%w: targets of shape %v (%d values): want [n, outputs]", ErrSamples, targets.Shape, len(targets.Data))
	}
	if opts.ClassWeights != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("%w: a regression has no classes: leave ClassWeights nil", ErrOptions)
	}
	t := &training{x: x.Data, targets: targets.Data, outputs: targets.Shape[1]}
	return t.train(ctx, head, x, targets.Shape[0], opts)
}

// isMatrix reports whether t is [rows, columns], both at least 1, with as many
// values.
func isMatrix(t safetensors.Tensor) bool {
	if len(t.Shape) != 2 || t.Shape[0] < 1 || t.Shape[1] < 1 {
		return false
	}
	rows, columns := t.Shape[0], t.Shape[1]
	return len(t.Data)%rows == 0 && len(t.Data)/rows == columns
}

// train checks everything, trains and returns the trained head.
func (t *training) train(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, n int, opts Options) (packagefmt.Network, Result, error) {
	if err := t.prepare(head, x, n, opts); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	defer t.trainer.Close()
	if err := t.start(); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := t.run(ctx); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	trained, err := t.trained()
	if err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	t.result.Duration = t.opts.Now().Sub(t.began)
	return trained, t.result, nil
}

// prepare checks options and inputs and makes the trainer, which the caller
// closes.
func (t *training) prepare(head packagefmt.Network, x safetensors.Tensor, n int, opts Options) (err error) {
	if t.opts, err = opts.withDefaults(); err != nil {
		return err
	}
	if err := checkSamples(x, n); err != nil {
		return err
	}
	t.base, t.n, t.size, t.shape = head, n, len(x.Data)/n, x.Shape[1:]
	t.divide()
	weights := head.Weights
	if c := t.opts.Resume; c != nil {
		weights = c.Head.Weights
	}
	if t.net, err = nn.NewGraph(nn.Nodes(head.Layers, head.Inputs, head.Tied), weights); err != nil {
		return fmt.Errorf("head: %w", err)
	}
	t.trainer, err = t.net.NewTrainer(t.shape, t.opts.config(min(t.opts.BatchSize, len(t.learnt)), t.net.Work(t.shape)))
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	return nil
}

// start checks labels or targets and resumes from a checkpoint.
func (t *training) start() error {
	if err := t.checkAnswers(); err != nil {
		return err
	}
	t.began = t.opts.Now()
	t.saved = t.began
	return t.resume()
}

// trained is the head to return: the best one if there is a held-out part.
func (t *training) trained() (packagefmt.Network, error) {
	if err := t.net.CheckFinite(); err != nil {
		return packagefmt.Network{}, fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	head := t.base.With(t.net.Weights())
	if t.best.weights != nil {
		head.Weights = t.best.weights
	}
	addNoise(head, t.opts.WeightNoise, t.opts.Seed)
	if p := t.opts.Privacy; p != nil {
		norm, err := p.release(head, t.base)
		if err != nil {
			return packagefmt.Network{}, err
		}
		budget := p.budget()
		t.result.Privacy, t.result.UpdateNorm = &budget, norm
	}
	return head, nil
}

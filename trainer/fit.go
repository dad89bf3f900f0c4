// Package trainer trains heads on a trainer's own samples ([Fit]).
package trainer

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Fit trains a head as a classifier on x [n, …] with labels y (0 … classes-1)
// on the cross-entropy and returns the trained head; the one passed in is left
// as it is. It fails, without a head, where the samples do not fit
// ([ErrSamples]), where the loss stops being a number ([ErrDiverged]) and where
// ctx ends, which is noticed before the next batch.
func Fit(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, y []int, opts Options) (packagefmt.Network, Result, error) {
	f := &fit{x: x.Data, y: y}
	return f.fit(ctx, head, x, len(y), opts)
}

// FitValues trains a head on the mean squared difference from targets [n,
// outputs]: regression, which the protocol does not score. Labels, class weights
// and accuracies have no meaning here. It fails as [Fit] does.
func FitValues(ctx context.Context, head packagefmt.Network, x, targets safetensors.Tensor, opts Options) (packagefmt.Network, Result, error) {
	if len(targets.Shape) != 2 || targets.Shape[0] < 1 || targets.Shape[1] < 1 || len(targets.Data)%targets.Shape[0] != 0 || len(targets.Data)/targets.Shape[0] != targets.Shape[1] {
		return packagefmt.Network{}, Result{}, fmt.Errorf("%w: targets of shape %v (%d values): want [n, outputs]", ErrSamples, targets.Shape, len(targets.Data))
	}
	if opts.ClassWeights != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("%w: class weights without classes", ErrOptions)
	}
	f := &fit{x: x.Data, targets: targets.Data, outputs: targets.Shape[1]}
	return f.fit(ctx, head, x, targets.Shape[0], opts)
}

// fit checks everything, trains and packs up.
func (f *fit) fit(ctx context.Context, head packagefmt.Network, x safetensors.Tensor, n int, opts Options) (_ packagefmt.Network, _ Result, err error) {
	if f.opts, err = opts.withDefaults(); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := checkSamples(x, n); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	f.n, f.size, f.shape = n, len(x.Data)/n, x.Shape[1:]
	f.divide()
	weights := head.Weights
	if r := f.opts.Resume; r != nil {
		weights = r.Head.Weights
	}
	if f.net, err = nn.New(nn.Specs(head.Layers), weights); err != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("head: %w", err)
	}
	f.t, err = f.net.NewTrainer(f.shape, f.opts.config(min(f.opts.BatchSize, len(f.train)), f.net.Work(f.shape)))
	if err != nil {
		return packagefmt.Network{}, Result{}, fmt.Errorf("head: %w", err)
	}
	defer f.t.Close()
	if err := f.checkAnswers(); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	f.base, f.began = head, f.opts.Now()
	if err := f.resume(); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := f.run(ctx); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	trained, err := f.trained()
	if err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	f.result.Duration = f.opts.Now().Sub(f.began)
	return trained, f.result, nil
}

// trained is the head to hand out: the best one where there is a held-out part.
func (f *fit) trained() (packagefmt.Network, error) {
	if err := f.net.CheckFinite(); err != nil {
		return packagefmt.Network{}, fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	head := packagefmt.Network{Layers: f.base.Layers, Weights: f.net.Weights()}
	if f.best.weights != nil {
		head.Weights = f.best.weights
	}
	addNoise(head, f.opts.WeightNoise, f.opts.Seed)
	if p := f.opts.Privacy; p != nil {
		norm, err := p.release(head, f.base)
		if err != nil {
			return packagefmt.Network{}, err
		}
		budget := p.budget()
		f.result.Privacy, f.result.UpdateNorm = &budget, norm
	}
	return head, nil
}

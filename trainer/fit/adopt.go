package fit

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// ErrNoGain is wrapped by the error of [Adopt] about a head that is no better than the one it was trained from.
var ErrNoGain = errors.New("training gained nothing")

// Divide is which of n samples [Train] learns from with these options, and which it holds out, by their indices: what
// trains by other means, for [Adopt], gets the samples of learnt.
func (o Options) Divide(n int) (learnt, heldOut []int) {
	t := &training{opts: o, n: n}
	t.divide()
	return t.learnt, t.heldOut
}

// Adopt makes of a head that something else has trained what [Train] would return: it checks the layers' weights, measures
// the head on samples x with labels y, and blurs it as WeightNoise or Privacy say. base is the head that training started from,
// and gives the layers; of trained the weights count. Result has one epoch, with loss and accuracy on the samples that
// [Options.Divide] gives for learning and on those held out, as they were measured here.
//
// It fails with [ErrNoGain] unless the loss is lower than the base's: on the samples that are held out, or on all without any.
// Options that say how to train are only checked; Resume and the callbacks are not used.
func Adopt(ctx context.Context, base, trained packagefmt.Network, x safetensors.Tensor, y []int, opts Options) (packagefmt.Network, Result, error) {
	opts.Resume = nil
	t := &training{x: x.Data, y: y}
	if err := t.prepare(base, x, len(y), opts); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	defer t.trainer.Close()
	if err := t.start(); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	if err := t.adopt(ctx, trained); err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	head, err := t.trained()
	if err != nil {
		return packagefmt.Network{}, Result{}, err
	}
	t.result.Duration = t.opts.Now().Sub(t.began)
	return head, t.result, nil
}

// adopt takes over the weights, if they are better than the base's.
func (t *training) adopt(ctx context.Context, trained packagefmt.Network) error {
	learnt, heldOut := t.learnt, t.heldOut
	judge := heldOut
	if len(judge) == 0 {
		judge = learnt
	}
	on := func(samples []int) (loss, accuracy float64, err error) {
		t.heldOut = samples // what evaluate runs
		return t.evaluate(ctx)
	}
	before, _, err := on(judge)
	if err != nil {
		return err
	}
	own, err := nn.NewGraph(nn.Nodes(t.base.Layers, t.base.Inputs, t.base.Tied), trained.Weights)
	if err != nil {
		return fmt.Errorf("the trained head: %w", err)
	}
	t.net = own
	if err := t.net.CheckFinite(); err != nil {
		return fmt.Errorf("%w: %w", ErrDiverged, err)
	}
	var e Epoch
	if e.Loss, e.Accuracy, err = on(learnt); err != nil {
		return err
	}
	after := e.Loss
	if len(heldOut) > 0 {
		if e.HeldOutLoss, e.HeldOutAccuracy, err = on(heldOut); err != nil {
			return err
		}
		after = e.HeldOutLoss
	}
	t.heldOut = heldOut
	if !(after < before) { // NaN, too
		return fmt.Errorf("%w: a loss of %.4g on %d samples, the head that it started from has %.4g", ErrNoGain, after, len(judge), before)
	}
	t.result.Epochs, t.result.Samples = []Epoch{e}, len(learnt)
	return nil
}

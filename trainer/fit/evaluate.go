package fit

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// outputBytes bounds the outputs that are computed at a time.
const outputBytes = 64 << 20

// Evaluation is what a model makes of samples whose answers are known.
type Evaluation struct {
	// Loss is the mean cross-entropy in nats, over the samples or, of a language model, over
	// all tokens that have a label.
	Loss float64
	// Correct of the Counted answers are right.
	Correct, Counted int
	// Losses are those of the samples, each the mean over its labels, without samples that have none.
	Losses []float64
}

// Accuracy is the share of the answers that are right.
func (e Evaluation) Accuracy() float64 { return float64(e.Correct) / float64(max(e.Counted, 1)) }

// Evaluate runs the model in eval mode, with the adapter unless that is nil, on x [n, …] with labels y as for
// [TrainAdapter]. The result has the same bits on every processor. It fails as TrainAdapter
// does, with [ErrDiverged] if outputs are not finite.
func Evaluate(ctx context.Context, model packagefmt.Model, adapter *lora.Adapter, x safetensors.Tensor, y []int) (Evaluation, error) {
	net, err := network(model)
	if err != nil {
		return Evaluation{}, err
	}
	if adapter != nil {
		if err := adapt(net, model.Names, adapter.Config, adapter.Weights); err != nil {
			return Evaluation{}, err
		}
	}
	t := adapting{net: net, x: x, y: y}
	if err := t.checkSamples(); err != nil {
		return Evaluation{}, err
	}
	return t.evaluate(ctx)
}

func (t *adapting) evaluate(ctx context.Context) (e Evaluation, err error) {
	n, size := t.x.Shape[0], len(t.x.Data)/t.x.Shape[0]
	shape, err := t.net.OutputShape(t.x.Shape[1:])
	if err != nil {
		return e, err
	}
	some, total := atOnce(tensor.Size(shape)), 0.0
	for lo := 0; lo < n; lo += some {
		if ctx.Err() != nil {
			return e, fmt.Errorf("evaluation stopped after %d samples: %w", lo, context.Cause(ctx))
		}
		hi := min(lo+some, n)
		x := safetensors.Tensor{Shape: append([]int{hi - lo}, t.x.Shape[1:]...), Data: t.x.Data[lo*size : hi*size]}
		out, err := t.net.Forward(x)
		if err != nil {
			return e, err
		}
		if total, err = e.add(total, out.Data, t.y[lo*t.rows:hi*t.rows], t.rows); err != nil {
			return e, err
		}
	}
	e.Loss = total / float64(e.Counted)
	return e, nil
}

// add counts the outputs, of which a sample has so many rows, and adds their losses to total, one after another.
func (e *Evaluation) add(total float64, outputs []float32, labels []int, rows int) (float64, error) {
	classes, sample, n := len(outputs)/len(labels), 0.0, 0
	for i, l := range labels {
		if i%rows == 0 {
			sample, n = 0, 0
		}
		if l != Ignore {
			one, err := e.answer(outputs[i*classes:][:classes], l)
			if err != nil {
				return 0, err
			}
			total, sample, n = total+one, sample+one, n+1
		}
		if i%rows == rows-1 && n > 0 {
			e.Losses = append(e.Losses, sample/float64(n))
		}
	}
	return total, nil
}

// answer counts one row of outputs, and returns its loss.
func (e *Evaluation) answer(row []float32, label int) (float64, error) {
	loss := nn.CrossEntropy(row, label)
	if loss-loss != 0 {
		return 0, fmt.Errorf("%w: %w", ErrDiverged, errors.New("the model's outputs are not finite"))
	}
	e.Counted++
	if nn.Argmax(row) == label {
		e.Correct++
	}
	return loss, nil
}

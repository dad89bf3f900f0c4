package packagefmt

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/copies"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// calibrated is how many rows of either kind a cut is calibrated on.
const calibrated = 2000

// calibrate finds the cosine of encoder outputs from which on rows of the package's task are copies
// ([copies.Calibrate]), and returns the task with it. train are honest rows.
func (p *Package) calibrate(ctx context.Context, train, test dataset.Dataset) (*Task, error) {
	t := *p.Config.Task
	a, err := p.prints(ctx, train)
	if err != nil {
		return nil, fmt.Errorf("honest rows: %w", err)
	}
	b, err := p.prints(ctx, test)
	if err != nil {
		return nil, fmt.Errorf("test set: %w", err)
	}
	t.Schema.Near = copies.Calibrate(a, b)
	return &t, nil
}

// calibrates reports whether a task has a cut that is left to be calibrated.
func (t *Task) calibrates() bool {
	return t.Schema.Near == 0 && (t.Schema.Kind == submission.Values || t.Schema.Kind == submission.Pictures)
}

// prints are what the first rows of a set are compared by.
func (p *Package) prints(ctx context.Context, ds dataset.Dataset) (list []copies.Print, err error) {
	x, _, err := p.Samples(ctx, ds, calibrated)
	if err != nil || x.Shape[0] == 0 {
		return nil, err
	}
	var net *nn.Net
	if len(p.Encoder.Layers) > 0 {
		if net, err = nn.NewGraph(nn.Nodes(p.Encoder.Layers, p.Encoder.Inputs, p.Encoder.Tied), p.Encoder.Weights); err != nil {
			return nil, err
		}
	}
	size := len(x.Data) / x.Shape[0]
	for lo := 0; lo < len(x.Data); lo += size {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		sample := safetensors.Tensor{Shape: append([]int{1}, x.Shape[1:]...), Data: x.Data[lo : lo+size]}
		out := sample
		if net != nil {
			if out, err = net.Forward(sample); err != nil {
				return nil, err
			}
		}
		list = append(list, copies.OfSample(sample.Data, out.Data))
	}
	return list, nil
}

package validator

import (
	"context"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/copies"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The encoder runs so many samples at a time, fewer where their outputs take more bytes than that.
const (
	printBatch = 32
	printBytes = 32 << 20
)

// encoderRun runs an encoder with the same bits on every processor, which a package's own
// embeddings need not have.
type encoderRun struct{ net *nn.Net } // nil: the sample is its own output

func newEncoderRun(enc packagefmt.Network) (*encoderRun, error) {
	if len(enc.Layers) == 0 {
		return &encoderRun{}, nil
	}
	net, err := nn.NewGraph(nn.Nodes(enc.Layers, enc.Inputs, enc.Tied), enc.Weights)
	return &encoderRun{net}, err
}

// values is how many the output for a sample of shape has.
func (e *encoderRun) values(shape []int) (int, error) {
	var err error
	if e.net != nil {
		shape, err = e.net.OutputShape(shape)
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n, err
}

// each calls add with every sample and what the encoder makes of it.
func (e *encoderRun) each(ctx context.Context, x safetensors.Tensor, add func(sample, output []float32)) error {
	values, err := e.values(x.Shape[1:])
	if err != nil {
		return err
	}
	size, some := len(x.Data)/x.Shape[0], max(1, min(printBatch, printBytes/(4*values)))
	for lo := 0; lo < x.Shape[0]; lo += some {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := min(some, x.Shape[0]-lo)
		batch := safetensors.Tensor{Shape: append([]int{n}, x.Shape[1:]...), Data: x.Data[lo*size : (lo+n)*size]}
		out := batch
		if e.net != nil {
			if out, err = e.net.Forward(batch); err != nil {
				return err
			}
		}
		width := len(out.Data) / n
		for i := range n {
			add(batch.Data[i*size:(i+1)*size], out.Data[i*width:(i+1)*width])
		}
	}
	return nil
}

// prints are what rows are compared by: of texts and conversations what the model is told of what they say, since whoever
// copies could hide it behind what is cut off; of others the sample and the encoder's output.
func (j *DataJudge) prints(ctx context.Context, x safetensors.Tensor, data dataset.Dataset) ([]copies.Print, error) {
	list := make([]copies.Print, 0, x.Shape[0])
	if j.words() {
		adapted, err := j.cfg.Package.AdaptUntil(ctx, data)
		if err != nil {
			return nil, err
		}
		for i := range x.Shape[0] {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			said, err := dataset.Seen(adapted, i)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if err != nil {
				return nil, err
			}
			list = append(list, copies.OfText(strings.Join(said, "\n")))
		}
		return list, nil
	}
	err := j.encoder.each(ctx, x, func(sample, output []float32) { list = append(list, copies.OfSample(sample, output)) })
	return list, err
}

// rowBytes is what a row takes that is kept for comparing.
func rowBytes(p *packagefmt.Package) (int64, error) {
	t := taskSizeOf(&p.Config)
	if k := p.Config.Task.Schema.Kind; p.Encoder == nil || k != datasub.Values && k != datasub.Pictures {
		return t.rowBytes, nil
	}
	e, err := newEncoderRun(*p.Encoder)
	if err != nil {
		return 0, err
	}
	values, err := e.values(p.Config.Preprocessing.Shape)
	return max(t.rowBytes, sampleRowBytes+2*int64(values)), err
}

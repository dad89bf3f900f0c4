package packagefmt

import (
	"context"
	"fmt"
	"strconv"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Whole is encoder and head as one model, which is what adapters are trained on. Its layers
// are named by their paths, as a task's targets name them: "encoder.layers.0", "head.layers.2";
// between them lies what reduces an encoder's output to features, named "pool". An encoder that is
// an ONNX file becomes layers, as in [Model.Layered], or fails with [ErrUnsupported]. Without an encoder
// it fails with [ErrNoEncoder].
func (p *Package) Whole() (Model, error) {
	if p.Encoder == nil || p.Config.Preprocessing == nil {
		return Model{}, fmt.Errorf("%w: the model is not whole", ErrNoEncoder)
	}
	encoder, err := p.layeredEncoder()
	if err != nil {
		return Model{}, fmt.Errorf("%s: %w", EncoderONNXFile, err)
	}
	between, err := poolLayers(encoder, p.Config.Preprocessing.Shape)
	if err != nil {
		return Model{}, err
	}
	j := joining{weights: map[string]safetensors.Tensor{}, tied: map[string]string{}}
	j.add(encoder, "encoder.layers.")
	j.add(Network{Layers: between}, "pool.")
	j.add(p.Head, "head.layers.")
	m := Model{Network: Network{Layers: j.layers, Weights: j.weights}, Names: j.names}
	if j.graph {
		m.Inputs, m.Tied = j.inputs, j.tied
	}
	return m, m.Check()
}

// layeredEncoder is the encoder as layers.
func (p *Package) layeredEncoder() (Network, error) {
	if p.Encoder.ONNX == nil {
		return *p.Encoder, nil
	}
	n, _, err := p.Encoder.ONNX.layered(p.Config.Preprocessing.Shape)
	return n, err
}

// poolLayers are layers that do what pool does with an encoder's outputs for samples of a shape.
func poolLayers(encoder Network, shape []int) ([]Layer, error) {
	if !encoder.empty() {
		net, err := encoder.net()
		if err != nil {
			return nil, err
		}
		if shape, err = net.OutputShape(shape); err != nil {
			return nil, err
		}
	}
	mean := func(dims string) []Layer {
		return []Layer{{Type: "AdaptiveAvgPool" + dims, Params: map[string]any{"output_size": 1.0}}, {Type: "Flatten"}}
	}
	switch len(shape) {
	case 1:
		return nil, nil
	case 2:
		return []Layer{{Type: "Select", Params: map[string]any{"dim": 1.0, "index": 0.0}}}, nil
	case 3:
		return mean("2d"), nil
	case 4:
		return mean("3d"), nil
	}
	return nil, fmt.Errorf("%w: adapters of a model whose encoder's outputs have the shape %v", ErrUnsupported, shape)
}

// joining puts networks one behind the other.
type joining struct {
	layers  []Layer
	names   []string
	inputs  [][]int
	weights map[string]safetensors.Tensor
	tied    map[string]string
	graph   bool // some layer takes other values than that of the layer before
}

func (j *joining) add(n Network, prefix string) {
	offset := len(j.layers)
	renamed := func(name string) string {
		i, param, err := splitName(name)
		if err != nil {
			return name // no layer's: the check of the whole says so
		}
		return weightName(i+offset, param)
	}
	for i, l := range n.Layers {
		inputs := []int{offset + i}
		if n.Inputs != nil {
			inputs = nil
			for _, v := range n.Inputs[i] {
				inputs = append(inputs, v+offset)
			}
		}
		j.layers, j.inputs = append(j.layers, l), append(j.inputs, inputs)
		j.names = append(j.names, prefix+strconv.Itoa(i))
		j.graph = j.graph || n.Inputs != nil || l.Type == "Select"
	}
	for name, w := range n.Weights {
		j.weights[renamed(name)] = w
	}
	for name, to := range n.Tied {
		j.tied[renamed(name)] = renamed(to)
	}
}

// Samples reads a data set as the encoder takes it: adapted and preprocessed, [n, shape…], and
// the labels. They are all in memory at once: n times the values of a sample, four bytes each.
// limit, unless it is 0, is how many are read at most. Of conversations a sample is a row of token
// ids, each of which has a label: the next one, or [dataset.NoLabel] where that is not to be predicted.
func (p *Package) Samples(ctx context.Context, ds dataset.Dataset, limit int) (x safetensors.Tensor, labels []int, err error) {
	if p.Config.Preprocessing == nil {
		return x, nil, fmt.Errorf("%w: a package without preprocessing", ErrNoEncoder)
	}
	if ds, err = p.AdaptUntil(ctx, ds); err != nil {
		return x, nil, err
	}
	pre, n := *p.Config.Preprocessing, ds.Len()
	if limit > 0 {
		n = min(n, limit)
	}
	if p.talks() {
		return p.sequences(ctx, ds, n)
	}
	x = safetensors.Tensor{Shape: append([]int{n}, pre.Shape...), Data: make([]float32, 0, n*pre.features())}
	for i := range n {
		if ctx.Err() != nil {
			return x, nil, context.Cause(ctx)
		}
		one, label, err := pre.batch(ds, []int{i})
		if err != nil {
			return x, nil, err
		}
		x.Data, labels = append(x.Data, one.Data...), append(labels, label[0])
	}
	return x, labels, nil
}

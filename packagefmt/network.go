package packagefmt

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Errors that callers branch on; they come wrapped with the file's name, the
// facts and what to do next.
var (
	// ErrInvalid means that a package, or a part of it, is malformed or
	// contradicts itself.
	ErrInvalid = errors.New("packagefmt: invalid package")
	// ErrUnsupported means that a model or package is of a kind that this
	// version cannot handle: an unknown layer, a whole language model,
	// TorchScript.
	ErrUnsupported = errors.New("packagefmt: not supported")
	// ErrNoEncoder means that a package holds no encoder, so that no data but
	// its own embeddings can be used with its head.
	ErrNoEncoder = errors.New("packagefmt: package has no encoder")
	// ErrNoSplit means that a model cannot be cut into encoder and head.
	ErrNoSplit = errors.New("packagefmt: model cannot be split")
)

// Layer is one layer of a network: the name of its class in torch.nn and the
// constructor's arguments as JSON values (float64, bool, string, []any, nil).
// An absent argument has PyTorch's default.
type Layer struct {
	Type   string         `json:"type"`   // the class: "Linear"
	Params map[string]any `json:"params"` // the arguments by name: "in_features"
}

// Network is layers with their weights, named layers.<i>.<param>: i counts every
// layer from 0, param and the layout are PyTorch's ("weight" of a Linear is [out, in]).
// Mostly they run one after the other; Inputs makes a graph of them.
type Network struct {
	Layers []Layer // in the order in which they run
	// Inputs are the values that each layer takes: 0 is the network's input, i+1 the
	// output of layer i. nil means that each takes that of the layer before.
	Inputs [][]int
	// Tied names weights that are those of earlier layers, in another place:
	// "layers.2.weight" → "layers.0.weight". They have one set of numbers, under the
	// second name, and one gradient.
	Tied    map[string]string
	Weights map[string]safetensors.Tensor // by name: "layers.0.weight"
	// ONNX, if not nil, is the network instead of layers. It runs, but cannot be
	// trained: an encoder, or a model that is not cut yet.
	ONNX *Graph
}

// executable is a network that runs samples of one shape (the batch is not part of
// shapes).
type executable interface {
	// Forward runs [batch, …].
	Forward(x safetensors.Tensor) (safetensors.Tensor, error)
	OutputShape(sample []int) ([]int, error)
	// SampleBytes and SampleCost are the memory in bytes and the multiply-adds of one
	// sample.
	SampleBytes(sample []int) (int, error)
	SampleCost(sample []int) (float64, error)
}

// executable builds the network for samples of one shape.
func (n Network) executable(sample []int) (executable, error) {
	if n.ONNX != nil {
		return n.ONNX.executable(sample)
	}
	return n.net()
}

// empty reports whether the network does nothing: the sample is its own output.
func (n Network) empty() bool { return len(n.Layers) == 0 && n.ONNX == nil }

// Model is a trained model as it was read, before it is split.
type Model struct {
	Network
	// Names holds, where known, each layer's path in the model it came from
	// ("features.0", "classifier"): Build can cut at a name.
	Names []string
	// Assumed lists what the file does not say and the reader assumed, for the
	// user to confirm.
	Assumed []string
}

// net builds the executable network of layers, which has the weights in common with n; it
// checks every layer and weight.
func (n Network) net() (*nn.Net, error) {
	if n.Inputs != nil && len(n.Inputs) != len(n.Layers) {
		return nil, fmt.Errorf("%w: inputs of %d layers, but there are %d", ErrInvalid, len(n.Inputs), len(n.Layers))
	}
	for _, l := range n.Layers {
		if n.Inputs == nil && nn.GraphOnly(l.Type) {
			return nil, fmt.Errorf(`%w: layer type %q stands in graphs ("nodes") only`, ErrUnsupported, l.Type)
		}
	}
	for name := range n.Tied {
		if i, _, err := splitName(name); err != nil || i >= len(n.Layers) {
			return nil, fmt.Errorf("%w: %.100q is tied, but there is no such layer", ErrInvalid, name)
		}
	}
	net, err := nn.Frozen(nn.Nodes(n.Layers, n.Inputs, n.Tied), n.Weights)
	if errors.Is(err, nn.ErrUnsupported) {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return net, nil
}

// With is the network with other weights.
func (n Network) With(weights map[string]safetensors.Tensor) Network {
	n.Weights = weights
	return n
}

// Check returns an error unless every layer is supported and has all its
// weights, of the right shape and finite, and there are no others.
func (n Network) Check() error {
	if n.ONNX != nil {
		return nil // it was checked when it was read
	}
	_, err := n.net()
	return err
}

// slice returns the layers i with from ≤ i < to as a network of its own,
// numbered from 0.
//
// What is tied to a layer of the part stays so, and the part becomes a graph. It fails
// if a weight is tied to one in front of the part, since each side would have its own, and
// if a layer takes a value from there.
func (n Network) slice(from, to int) (Network, error) {
	part := Network{Layers: slices.Clone(n.Layers[from:to]), Weights: map[string]safetensors.Tensor{}}
	for name, owner := range n.Tied {
		i, param, err := splitName(name)
		if err != nil {
			return Network{}, err
		}
		j, other, err := splitName(owner)
		if err != nil {
			return Network{}, err
		}
		switch {
		case i < from || i >= to:
		case j < from:
			return Network{}, fmt.Errorf("%w: layer %d shares its %s with layer %d, on the other side of the cut", ErrNoSplit, i, param, j)
		default:
			if part.Tied == nil {
				part.Tied = map[string]string{}
			}
			part.Tied[weightName(i-from, param)] = weightName(j-from, other)
		}
	}
	for name, t := range n.Weights {
		i, param, err := splitName(name)
		if err != nil {
			return Network{}, err
		}
		if i >= from && i < to {
			part.Weights[weightName(i-from, param)] = t
		}
	}
	for i := range part.Layers {
		switch {
		case n.Inputs != nil:
			inputs := slices.Clone(n.Inputs[from+i])
			for k := range inputs {
				if inputs[k] -= from; inputs[k] < 0 {
					return Network{}, fmt.Errorf("%w: layer %d takes a value from in front of layer %d", ErrNoSplit, from+i, from)
				}
			}
			part.Inputs = append(part.Inputs, inputs)
		case part.Tied != nil: // only a graph can say so
			part.Inputs = append(part.Inputs, []int{i})
		}
	}
	return part, nil
}

// untied is the network with a copy of every tied weight: for what is never trained.
func (n Network) untied() Network {
	if n.Tied == nil {
		return n
	}
	n.Weights = maps.Clone(n.Weights)
	for name, owner := range n.Tied {
		n.Weights[name] = n.Weights[owner]
	}
	if n.Tied = nil; n.isList() {
		n.Inputs = nil
	}
	return n
}

// isList reports whether a list of layers says as much as the graph.
func (n Network) isList() bool {
	for i, inputs := range n.Inputs {
		if !slices.Equal(inputs, []int{i}) || nn.GraphOnly(n.Layers[i].Type) {
			return false
		}
	}
	return n.Tied == nil
}

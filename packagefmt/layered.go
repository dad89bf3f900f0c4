package packagefmt

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Layered is the model as layers, which can be trained and adapted, for samples of one shape (without
// the batch): a graph of those that an ONNX file's nodes are, numbered in their order. Weights that
// the model uses twice stay tied. A model of layers is returned as it is.
//
// Its outputs are the graph's, which it compares on two samples of its own. It fails with
// ErrUnsupported where a node is no layer of this package's (the message names it).
func (m Model) Layered(sample []int) (Model, error) {
	if m.ONNX == nil {
		return m, nil
	}
	n, _, err := m.ONNX.layered(sample)
	return Model{Network: n, Assumed: m.Assumed}, err
}

// layered is the graph as layers, and what each of them was in it.
func (g *Graph) layered(sample []int) (n Network, origins []string, err error) {
	net, err := g.program.Specialize(sample, onnxLimits) // a part of a graph does not know the dimensions of all its values
	if err != nil {
		return n, nil, onnxError(err)
	}
	low, err := lower.Whole(net)
	if err != nil {
		return n, nil, fmt.Errorf("the model cannot be trained as a whole: %w", onnxError(err))
	}
	made := networkOf(low)
	layers, err := made.net()
	if err != nil {
		return n, nil, err
	}
	x := trySamples(sample, net.Program().Input().Type.Integer())
	want, err := net.Forward(x)
	if err != nil {
		return n, nil, fmt.Errorf("%w: samples of shape %v: %w", ErrInvalid, sample, err)
	}
	got, err := layers.Forward(x)
	if err == nil {
		err = closeTo(want.Data, got.Data, onnxTolerance)
	}
	if err != nil {
		return n, nil, fmt.Errorf("%w: the layers do not compute what the graph does: %w", ErrUnsupported, err)
	}
	return made, low.Origins, nil
}

// networkOf is what was lowered, as a list of layers where it is one.
func networkOf(low lower.Head) Network {
	n := Network{Weights: low.Weights}
	for i, nd := range low.Nodes {
		n.Layers, n.Inputs = append(n.Layers, Layer(nd.Spec)), append(n.Inputs, nd.Inputs)
		for param, to := range nd.Tied {
			if n.Tied == nil {
				n.Tied = map[string]string{}
			}
			n.Tied[weightName(i, param)] = to
		}
	}
	if n.isList() {
		n.Inputs = nil
	}
	return n
}

// trySamples are two samples that most models take: token ids 0 and 1, or numbers in [−1, 1).
func trySamples(shape []int, whole bool) safetensors.Tensor {
	size := Preprocessing{Shape: shape}.features()
	x := safetensors.Tensor{Shape: append([]int{2}, shape...), Data: make([]float32, 2*size)}
	for i := range x.Data {
		if bits := uint32(i+1) * 2654435761; whole { // the golden ratio's: Knuth, volume 3, 6.4
			x.Data[i] = float32(bits >> 31)
		} else {
			x.Data[i] = float32(int32(bits)) / (1 << 31)
		}
	}
	return x
}

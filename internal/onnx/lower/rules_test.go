package lower_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/lower"
	"github.com/decloud-sdk/decloud-go/internal/onnx/onnxtest"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// A model whose last step has no layer has no head at all: everything lies in front of it. LogSoftmax is how models end that
// were trained with NLLLoss, PyTorch's example of MNIST among them.
func TestLastStepsAreLayers(t *testing.T) {
	const in, out = 6, 5
	weights := &wire.Tensor{Name: "w", Type: wire.Float, Dims: []int64{in, out}}
	for i := range in * out {
		weights.Raw = binary.LittleEndian.AppendUint32(weights.Raw, math.Float32bits(float32(math.Sin(float64(i)))))
	}
	x := tensor.New(3, in)
	for i := range x.Data {
		x.Data[i] = float32(i%7) - 3
	}
	for op, layer := range map[string]string{
		"ZipMap": "Linear", "Softmax": "Softmax", "LogSoftmax": "LogSoftmax", "Celu": "CELU", "Elu": "ELU", "Softplus": "Softplus", "Mish": "Mish", "Relu": "ReLU", "Tanh": "Tanh",
	} {
		p, err := onnx.Load(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 18, "ai.onnx.ml": 3}, Graph: &wire.Graph{
			Nodes: []*wire.Node{
				{Name: "t", OpType: "Tanh", Inputs: []string{"x"}, Outputs: []string{"t"}},
				{Name: "m", OpType: "MatMul", Inputs: []string{"t", "w"}, Outputs: []string{"m"}},
				{Name: "y", OpType: op, Domain: map[string]string{"ZipMap": "ai.onnx.ml"}[op], Inputs: []string{"m"}, Outputs: []string{"y"}},
			},
			Initializers: []*wire.Tensor{weights},
			Inputs:       []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, in}}},
			Outputs:      []*wire.ValueInfo{{Name: "y", Type: wire.Float}},
		}}), onnx.Options{})
		require.NoError(t, err, op)
		n, err := p.Specialize([]int{in}, onnx.Limits{Bytes: 1 << 20, Work: 1 << 20})
		require.NoError(t, err, op)
		cuts := n.Cuts()
		require.NotEmpty(t, cuts, op)
		head, err := lower.Tail(n, cuts[0])
		require.NoError(t, err, op)
		require.Equal(t, layer, head.Nodes[len(head.Nodes)-1].Type)
		net, err := nn.NewGraph(head.Nodes, head.Weights)
		require.NoError(t, err, op)
		front, err := n.Front(cuts[0]).Forward(x)
		require.NoError(t, err, op)
		got, err := net.Forward(front)
		require.NoError(t, err, op)
		want, err := n.Forward(x)
		require.NoError(t, err, op)
		onnxtest.RequireClose(t, want, got)
	}
}

package nn_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

type benchCase struct {
	name  string
	in    []int
	specs []nn.Spec
}

// benchCases are small networks of every kind, whose overheads show.
func benchCases() []benchCase {
	type p = map[string]any
	layer := func(typ string, params p) nn.Spec { return nn.Spec{Type: typ, Params: params} }
	linear := func(in, out int) nn.Spec { return layer("Linear", p{"in_features": in, "out_features": out}) }
	conv := func(in, out int) nn.Spec {
		return layer("Conv2d", p{"in_channels": in, "out_channels": out, "kernel_size": 3, "padding": 1})
	}
	relu, flatten := layer("ReLU", nil), layer("Flatten", nil)
	return []benchCase{
		{"small", []int{64}, []nn.Spec{linear(64, 32), relu, layer("Dropout", p{"p": 0.1}), linear(32, 10)}},
		{"cnn", []int{3, 16, 16}, []nn.Spec{conv(3, 8), layer("BatchNorm2d", p{"num_features": 8}), relu,
			layer("MaxPool2d", p{"kernel_size": 2}), conv(8, 16), relu, flatten, linear(1024, 10)}},
		{"encoder", []int{16, 64}, []nn.Spec{
			layer("TransformerEncoderLayer", p{"d_model": 64, "nhead": 4, "dim_feedforward": 128, "batch_first": true}),
			layer("AdaptiveAvgPool1d", p{"output_size": 1}), flatten, linear(16, 10)}},
		{"lstm", []int{16, 32}, []nn.Spec{
			layer("LSTM", p{"input_size": 32, "hidden_size": 32, "bidirectional": true, "batch_first": true}), flatten, linear(1024, 10)}},
	}
}

func benchNet(b *testing.B, specs []nn.Spec) *nn.Net {
	rng := rand.New(rand.NewPCG(1, 2))
	weights := map[string]tensor.Tensor{}
	for i, s := range specs {
		shapes, err := nn.ParamShapes(s)
		require.NoError(b, err)
		for name, shape := range shapes {
			n := 1
			for _, d := range shape {
				n *= d
			}
			t := tensor.Tensor{Shape: shape, Data: make([]float32, n)}
			for j := range t.Data {
				t.Data[j] = rng.Float32() / 4
			}
			weights[fmt.Sprintf("layers.%d.%s", i, name)] = t
		}
	}
	n, err := nn.New(specs, weights)
	require.NoError(b, err)
	return n
}

const benchBatch = 32

// BenchmarkStep is one step of Adam on a batch of 32.
func BenchmarkStep(b *testing.B) {
	for _, c := range benchCases() {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads%d", c.name, threads), func(b *testing.B) {
				tr, err := benchNet(b, c.specs).NewTrainer(c.in, nn.TrainConfig{Batch: benchBatch, Threads: threads})
				require.NoError(b, err)
				defer tr.Close()
				x, labels := benchInput(c.in), make([]int, benchBatch)
				for b.Loop() {
					_, err := tr.Step(x, labels, 1e-4)
					require.NoError(b, err)
				}
			})
		}
	}
}

// BenchmarkForward is a batch of 32 in eval, preparations included.
func BenchmarkForward(b *testing.B) {
	for _, c := range benchCases() {
		b.Run(c.name, func(b *testing.B) {
			n := benchNet(b, c.specs)
			x := tensor.Tensor{Shape: append([]int{benchBatch}, c.in...), Data: benchInput(c.in)}
			for b.Loop() {
				_, err := n.Forward(x)
				require.NoError(b, err)
			}
		})
	}
}

func benchInput(in []int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	n := benchBatch
	for _, d := range in {
		n *= d
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = rng.Float32() - 0.5
	}
	return x
}

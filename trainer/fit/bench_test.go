package fit_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// testdata/bench/bench.sh runs these beside PyTorch, on the same data and
// weights: spread is in bench.py too.

// spread is a tensor of numbers in −scale/2 … scale/2 that are spread evenly
// (Knuth's multiplicative hashing of the index).
func spread(scale float32, shape ...int) safetensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	t := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
	for i := range t.Data {
		t.Data[i] = (float32(uint32(i)*2654435761>>8)/(1<<24) - 0.5) * scale
	}
	return t
}

// layered is a network whose weights are spread over ±1/√(inputs of an output).
func layered(tb testing.TB, layers ...packagefmt.Layer) packagefmt.Network {
	net := packagefmt.Network{Layers: layers, Weights: map[string]safetensors.Tensor{}}
	for i, spec := range nn.Specs(layers) {
		shapes, err := nn.ParamShapes(spec)
		require.NoError(tb, err)
		inputs := 1
		for _, d := range shapes["weight"] {
			inputs *= d
		}
		for name, shape := range shapes {
			scale := 2 / math.Sqrt(float64(inputs)/float64(shape[0]))
			net.Weights[fmt.Sprintf("layers.%d.%s", i, name)] = spread(float32(scale), shape...)
		}
	}
	return net
}

func layer(class string, args ...any) packagefmt.Layer {
	l := packagefmt.Layer{Type: class, Params: map[string]any{}}
	for i := 0; i < len(args); i += 2 {
		l.Params[args[i].(string)] = args[i+1]
	}
	return l
}

const samples = 10_000

// referenceHead is what speeds are compared on: Linear 512→256, ReLU, Dropout
// 0.1, Linear 256→10.
func referenceHead(tb testing.TB) packagefmt.Network {
	return layered(tb, layer("Linear", "in_features", 512.0, "out_features", 256.0), layer("ReLU"), layer("Dropout", "p", 0.1),
		layer("Linear", "in_features", 256.0, "out_features", 10.0))
}

// BenchmarkTrain is one epoch of Adam over 10,000 samples.
func BenchmarkTrain(b *testing.B) {
	x, y := spread(4, samples, 512), make([]int, samples)
	for i := range y {
		y[i] = i % 10
	}
	for _, batch := range []int{32, 256} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch%d/threads%d", batch, threads), func(b *testing.B) {
				head := referenceHead(b)
				for b.Loop() {
					_, _, err := fit.Train(b.Context(), head, x, y, fit.Options{BatchSize: batch, Threads: threads})
					require.NoError(b, err)
				}
				b.ReportMetric(samples*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			})
		}
	}
}

// forward times a network in eval mode, on as many processors as -cpu says, and
// reports the mean of its outputs too.
func forward(b *testing.B, net packagefmt.Network, x safetensors.Tensor) {
	n, err := nn.Frozen(nn.List(nn.Specs(net.Layers)), net.Weights) // as validators do
	require.NoError(b, err)
	var y safetensors.Tensor
	for b.Loop() {
		y, err = n.Forward(x)
		require.NoError(b, err)
	}
	sum := 0.0
	for _, v := range y.Data {
		sum += math.Abs(float64(v))
	}
	b.ReportMetric(sum/float64(len(y.Data)), "mean-output")
	b.ReportMetric(float64(x.Shape[0])*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

// BenchmarkScoring is the reference head over 10,000 samples.
func BenchmarkScoring(b *testing.B) { forward(b, referenceHead(b), spread(4, samples, 512)) }

// BenchmarkEncoder is a small CNN (77 MFLOP a picture) over 1,000 pictures.
func BenchmarkEncoder(b *testing.B) {
	conv := func(in, out float64) packagefmt.Layer {
		return layer("Conv2d", "in_channels", in, "out_channels", out, "kernel_size", 3.0, "padding", 1.0)
	}
	forward(b, layered(b, conv(3, 32), layer("ReLU"), conv(32, 64), layer("ReLU"), layer("MaxPool2d", "kernel_size", 2.0),
		conv(64, 128), layer("ReLU"), layer("AdaptiveAvgPool2d", "output_size", 1.0), layer("Flatten")), spread(2, 1000, 3, 32, 32))
}

package trainer_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// BenchmarkFit is one epoch of the reference head (Linear 512→256, ReLU, Dropout
// 0.1, Linear 256→10; Adam) over 10,000 samples, as a trainer runs it;
// internal/nn/testdata/bench.sh runs PyTorch beside it.
func BenchmarkFit(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	tensor := func(shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
		for i := range t.Data {
			t.Data[i] = (rng.Float32() - 0.5) / 16
		}
		return t
	}
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{linear(512, 256), {Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.1}}, linear(256, 10)},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": tensor(256, 512), "layers.0.bias": tensor(256),
			"layers.3.weight": tensor(10, 256), "layers.3.bias": tensor(10),
		},
	}
	const samples = 10_000
	x, y := tensor(samples, 512), make([]int, samples)
	for i := range y {
		y[i] = rng.IntN(10)
	}
	for _, batch := range []int{32, 256} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("batch%d/threads%d", batch, threads), func(b *testing.B) {
				for b.Loop() {
					if _, _, err := trainer.Fit(b.Context(), head, x, y, trainer.Options{BatchSize: batch, Threads: threads}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(samples*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			})
		}
	}
}

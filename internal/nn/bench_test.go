package nn

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// referenceHead is the head that speeds are compared with: Linear 512→256,
// ReLU, Dropout 0.1, Linear 256→10.
func referenceHead(t testing.TB) *Net {
	rng := rand.New(rand.NewPCG(1, 1))
	uniform := func(bound float32, shape ...int) safetensors.Tensor {
		x := tensor(make([]float32, elements(shape)), shape...)
		for i := range x.Data {
			x.Data[i] = (rng.Float32()*2 - 1) * bound
		}
		return x
	}
	n, err := New([]Spec{
		linearSpec(512, 256), {Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.1}}, linearSpec(256, 10),
	}, map[string]safetensors.Tensor{
		"layers.0.weight": uniform(0.044, 256, 512), "layers.0.bias": uniform(0.044, 256),
		"layers.3.weight": uniform(0.0625, 10, 256), "layers.3.bias": uniform(0.0625, 10),
	})
	require.NoError(t, err)
	return n
}

// BenchmarkEpoch is one epoch of Adam on 10,000 samples; testdata/bench.py does
// the same with PyTorch.
func BenchmarkEpoch(b *testing.B) {
	const samples = 10_000
	rng := rand.New(rand.NewPCG(2, 2))
	x, y := make([]float32, samples*512), make([]int, samples)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for i := range y {
		y[i] = rng.IntN(10)
	}
	for class := kernel.Portable; class <= kernel.Best(); class++ {
		for _, batch := range []int{32, 256} {
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("%v/batch%d/threads%d", class, batch, threads), func(b *testing.B) {
					before, err := kernel.Use(class)
					require.NoError(b, err)
					defer func() { _, _ = kernel.Use(before) }()
					tr, err := referenceHead(b).NewTrainer([]int{512}, TrainConfig{Batch: batch, Threads: threads})
					require.NoError(b, err)
					defer tr.Close()
					for b.Loop() {
						for lo := 0; lo < samples; lo += batch {
							hi := min(lo+batch, samples)
							_, err := tr.Step(x[lo*512:hi*512], y[lo:hi], 0.001)
							require.NoError(b, err)
						}
					}
					b.ReportMetric(samples*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
				})
			}
		}
	}
}

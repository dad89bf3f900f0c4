package localtest

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Samples is how many digits [Package] embeds.
const Samples = 100

// Package is a small model over the built-in digits (784 → 16 → 10) whose random
// weights are always the same, so that tests are fast and repeatable. Its test
// split is the first [Samples] of dataset.Mnist's. All callers share it: change a
// copy.
func Package() (*packagefmt.Package, error) { return build() }

var build = sync.OnceValues(func() (*packagefmt.Package, error) {
	sets, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return nil, err
	}
	first := make([]int, Samples)
	for i := range first {
		first[i] = i
	}
	test, err := dataset.Subset(sets.Test, first)
	if err != nil {
		return nil, err
	}
	pkg, _, err := packagefmt.Build(context.Background(), model(), test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Split: packagefmt.SplitOptions{Ratio: 0.01},
	})
	return pkg, err
})

func model() packagefmt.Model {
	rng := rand.New(rand.NewPCG(1, 2))
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	weight := func(shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		data := make([]float32, n)
		for i := range data {
			data[i] = (rng.Float32() - 0.5) / 8
		}
		return safetensors.Tensor{Shape: shape, Data: data}
	}
	return packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, linear(784, 16), {Type: "ReLU"}, linear(16, 10)},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": weight(16, 784), "layers.1.bias": weight(16),
			"layers.3.weight": weight(10, 16), "layers.3.bias": weight(10),
		},
	}}
}

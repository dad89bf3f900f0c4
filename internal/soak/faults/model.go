package faults

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The model that rounds are about: digits through random weights (784 → 128), which suffice for a head (128 → 64 → 10)
// that has not been trained to get better. Its package takes half a megabyte.
const (
	modelFeatures = 128
	modelHidden   = 64
	modelSamples  = 500
)

// model builds the package, once.
var model = sync.OnceValues(func() (*packagefmt.Package, error) {
	digits, err := dataset.Builtin(dataset.Mnist)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(9, 9))
	random := func(shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
		for i := range t.Data {
			t.Data[i] = (rng.Float32() - 0.5) / 8
		}
		return t
	}
	layer := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out), "bias": false}}
	}
	pkg, _, err := packagefmt.Build(context.Background(), packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, layer(784, modelFeatures), {Type: "ReLU"}, layer(modelFeatures, modelHidden), {Type: "ReLU"}, layer(modelHidden, 10)},
		Weights: map[string]safetensors.Tensor{"layers.1.weight": random(modelFeatures, 784), "layers.3.weight": random(modelHidden, modelFeatures),
			"layers.5.weight": random(10, modelHidden)},
	}}, digits.Test, packagefmt.BuildOptions{Dataset: dataset.Mnist, Limit: modelSamples, Split: packagefmt.SplitOptions{Ratio: 0.07}})
	return pkg, err
})

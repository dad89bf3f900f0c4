// Command memory trains the reference head (512→256→10, 10,000 samples, one
// epoch) and prints the peak of its resident memory; memory.py does the same with
// PyTorch, and both print it before anything but loading themselves was done.
//
//	go run ./trainer/fit/testdata/memory
//	python trainer/fit/testdata/memory/memory.py
package main

import (
	"context"
	"log"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

func main() {
	memory.Print("idle")
	rng := rand.New(rand.NewPCG(1, 1))
	random := func(scale float32, shape ...int) safetensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		t := safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
		for i := range t.Data {
			t.Data[i] = (2*rng.Float32() - 1) * scale
		}
		return t
	}
	x, y := random(1, 10_000, 512), make([]int, 10_000)
	for i := range y {
		y[i] = rng.IntN(10)
	}
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 512.0, "out_features": 256.0}}, {Type: "ReLU"},
			{Type: "Dropout", Params: map[string]any{"p": 0.1}}, {Type: "Linear", Params: map[string]any{"in_features": 256.0, "out_features": 10.0}},
		},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": random(0.04, 256, 512), "layers.0.bias": random(0.04, 256),
			"layers.3.weight": random(0.06, 10, 256), "layers.3.bias": random(0.06, 10),
		},
	}
	memory.Print("with the samples")
	if _, _, err := fit.Train(context.Background(), head, x, y, fit.Options{}); err != nil {
		log.Fatal(err)
	}
	memory.Print("after an epoch")
}

package aggregate

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// pkg is a package with a small head that has running statistics. Its numbers are
// the same on every machine.
func pkg() *packagefmt.Package {
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 12.0, "out_features": 7.0}},
			{Type: "BatchNorm1d", Params: map[string]any{"num_features": 7.0}},
			{Type: "Linear", Params: map[string]any{"in_features": 7.0, "out_features": 3.0}},
		},
		Weights: map[string]safetensors.Tensor{},
	}
	for name, shape := range map[string][]int{
		"layers.0.weight": {7, 12}, "layers.0.bias": {7}, "layers.1.weight": {7}, "layers.1.bias": {7},
		"layers.1.running_mean": {7}, "layers.1.running_var": {7}, "layers.1.num_batches_tracked": {},
		"layers.2.weight": {3, 7}, "layers.2.bias": {3},
	} {
		n, _ := safetensors.Count(shape)
		head.Weights[name] = safetensors.Tensor{Shape: shape, Data: make([]float32, n)}
	}
	fill(head.Weights, 1, 1)
	for i := range head.Weights["layers.1.running_var"].Data {
		head.Weights["layers.1.running_var"].Data[i] = 0.5
	}
	return &packagefmt.Package{Head: head, Config: packagefmt.Config{Layers: head.Layers, Metadata: packagefmt.Metadata{EmbeddingDim: 12}}}
}

// fill sets values of [−size, size), without a function that differs between
// machines.
func fill(weights map[string]safetensors.Tensor, seed uint64, size float32) {
	rng := rand.New(rand.NewPCG(seed, seed))
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		for i := range weights[name].Data {
			weights[name].Data[i] = size * (float32(rng.Int32N(1<<24)-1<<23) / (1 << 23))
		}
	}
}

// changeOf is a random change of a head.
func changeOf(head packagefmt.Network, seed uint64, size float32) update.Change {
	c := update.Change{}
	for name, t := range head.Weights {
		c[name] = safetensors.Tensor{Shape: t.Shape, Data: make([]float32, len(t.Data))}
	}
	fill(c, seed, size)
	return c
}

func changes(head packagefmt.Network, n int) []update.Change {
	out := make([]update.Change, n)
	for i := range out {
		out[i] = changeOf(head, uint64(100+i), 0.01)
	}
	return out
}

// scaled is c times a factor, plus a little of other.
func scaled(c update.Change, factor float32, other update.Change, little float32) update.Change {
	out := update.Change{}
	for name, t := range c {
		data := make([]float32, len(t.Data))
		for i, v := range t.Data {
			data[i] = factor*v + little*other[name].Data[i]
		}
		out[name] = safetensors.Tensor{Shape: t.Shape, Data: data}
	}
	return out
}

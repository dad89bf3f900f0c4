package validator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// pixels are the first n samples of a set as a head takes them.
func pixels(t *testing.T, set dataset.Dataset, n int) (safetensors.Tensor, []int) {
	t.Helper()
	set = roundtest.First(t, set, n)
	x, labels := safetensors.Tensor{Shape: []int{n, 784}, Data: make([]float32, 784*n)}, make([]int, n)
	for i := range n {
		label, err := set.Sample(i, x.Data[784*i:][:784])
		require.NoError(t, err)
		labels[i] = label
	}
	return x, labels
}

// mlp is an untrained head of two Linears with a ReLU between them, or another layer.
func mlp(hidden int, seed uint64, between ...packagefmt.Layer) packagefmt.Network {
	rng := rand.New(rand.NewPCG(seed, 5))
	linear := func(in, out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
	}
	n := packagefmt.Network{Weights: map[string]safetensors.Tensor{}}
	n.Layers = append(append([]packagefmt.Layer{linear(784, hidden)}, between...), linear(hidden, 10))
	add := func(layer int, shape ...int) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		w := safetensors.Tensor{Shape: shape, Data: make([]float32, size)}
		for i := range w.Data {
			w.Data[i] = (rng.Float32() - 0.5) / 10
		}
		name := "weight"
		if len(shape) == 1 {
			name = "bias"
		}
		n.Weights[fmt.Sprintf("layers.%d.%s", layer, name)] = w
	}
	add(0, hidden, 784)
	add(0, hidden)
	add(len(n.Layers)-1, 10, hidden)
	add(len(n.Layers)-1, 10)
	return n
}

// tiedHead answers in pairs of classes whose outputs are the same sum in another order: which of the two is
// larger, and so the score, is decided by roundings alone. gain scales the weights of each of its layers.
func tiedHead(gain float32, between ...packagefmt.Layer) packagefmt.Network {
	const half = 48
	h := mlp(2*half, 9, between...)
	first, last := h.Weights["layers.0.weight"].Data, h.Weights[fmt.Sprintf("layers.%d.weight", len(h.Layers)-1)].Data
	bias := h.Weights["layers.0.bias"].Data
	for i := range half {
		twin := 2*half - 1 - i
		copy(first[784*twin:][:784], first[784*i:][:784])
		bias[twin] = bias[i]
		for c := 0; c < 10; c += 2 {
			last[2*half*c+twin], last[2*half*(c+1)+i] = 0, 0
			last[2*half*(c+1)+twin] = last[2*half*c+i]
		}
	}
	clear(h.Weights[fmt.Sprintf("layers.%d.bias", len(h.Layers)-1)].Data)
	for i := range first {
		first[i] *= gain
	}
	for i := range last {
		last[i] *= gain
	}
	return h
}

// Validators with processors of other kinds give any head whatever the same score: trained ones, and ones that
// are made so that roundings, overflows and denormals decide.
func TestProcessorsOfAllKindsAgreeOnAScore(t *testing.T) {
	if kernel.Best() == kernel.Portable {
		t.Log("this processor has one kind of kernels only")
	}
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	samples, epochs := 500, []int{1, 8}
	if testing.Short() {
		samples, epochs = 100, []int{1}
	}
	test, labels := pixels(t, sets.Test, samples)
	train, trainLabels := pixels(t, sets.Train, samples/2)
	layer := func(name string) packagefmt.Layer { return packagefmt.Layer{Type: name} }
	heads := map[string]packagefmt.Network{
		"ReLU": mlp(64, 1, layer("ReLU")), "GELU": mlp(37, 2, layer("GELU")), "Tanh": mlp(129, 3, layer("Tanh")), "linear": mlp(16, 4),
		"tied, ReLU": tiedHead(1, layer("ReLU")), "tied, linear": tiedHead(1), "tied, GELU": tiedHead(1, layer("GELU")), "tied, Mish": tiedHead(1, layer("Mish")),
		"tied, Softmax": tiedHead(1, layer("Softmax")), "tied, ELU": tiedHead(1, layer("ELU")), "tied, Softplus": tiedHead(1, layer("Softplus")),
		"tied and huge": tiedHead(1e18, layer("ReLU")), "tied and denormal": tiedHead(1e-21, layer("ReLU")), "overflowing": tiedHead(1e21, layer("ReLU")),
		"tied, overflowing inside": tiedHead(1e21, layer("Sigmoid")),
	}
	for _, name := range []string{"ReLU", "GELU", "Tanh", "linear"} {
		for _, epochs := range epochs {
			trained, _, err := fit.Train(t.Context(), heads[name], train, trainLabels, fit.Options{Epochs: epochs, LearningRate: 0.01, Seed: 3})
			require.NoError(t, err)
			heads[fmt.Sprintf("%s after %d epochs", name, epochs)] = trained
		}
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			var all []string
			for class := kernel.Portable; class <= kernel.Best(); class++ {
				before, err := kernel.Use(class)
				require.NoError(t, err)
				score, err := validator.Accuracy(t.Context(), head, test, labels, 0)
				_, _ = kernel.Use(before)
				all = append(all, fmt.Sprint(score, err))
			}
			t.Log(all[0])
			for class, got := range all {
				require.Equal(t, all[0], got, kernel.Class(class))
			}
		})
	}
}

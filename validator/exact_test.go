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

// Validators with processors of other kinds give the same head scores that differ by no more than two test samples, the
// tolerance of our rounds: heads that were trained for nothing, a little and long, deep and wide.
func TestProcessorsOfAllKindsAgreeOnAScore(t *testing.T) {
	if kernel.Best() == kernel.Portable {
		t.Log("this processor has one kind of kernels only")
	}
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	const samples = 1000
	test, labels := pixels(t, sets.Test, samples)
	train, trainLabels := pixels(t, sets.Train, 500)
	worst := 0
	for name, head := range map[string]packagefmt.Network{
		"ReLU": mlp(64, 1, packagefmt.Layer{Type: "ReLU"}), "GELU": mlp(37, 2, packagefmt.Layer{Type: "GELU"}),
		"Tanh": mlp(129, 3, packagefmt.Layer{Type: "Tanh"}), "linear": mlp(16, 4),
	} {
		for _, epochs := range []int{0, 1, 8} {
			trained := head
			if epochs > 0 {
				trained, _, err = fit.Train(t.Context(), head, train, trainLabels, fit.Options{Epochs: epochs, LearningRate: 0.01, Seed: 3})
				require.NoError(t, err)
			}
			low, high := 10_000, 0
			for class := kernel.Portable; class <= kernel.Best(); class++ {
				before, err := kernel.Use(class)
				require.NoError(t, err)
				score, err := validator.Accuracy(t.Context(), trained, test, labels, 0)
				_, _ = kernel.Use(before)
				require.NoError(t, err)
				low, high = min(low, int(score)), max(high, int(score))
			}
			require.LessOrEqual(t, high-low, 2*10_000/samples, "%s after %d epochs: %d to %d", name, epochs, low, high)
			worst = max(worst, high-low)
		}
	}
	t.Logf("largest difference: %d hundredths of a percent, over %v to %v", worst, kernel.Portable, kernel.Best())
}

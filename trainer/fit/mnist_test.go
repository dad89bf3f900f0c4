package fit

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// digits is a part of the built-in MNIST as one tensor.
func digits(t *testing.T, part dataset.Described) (safetensors.Tensor, []int) {
	t.Helper()
	x := safetensors.Tensor{Shape: []int{part.Len(), 784}, Data: make([]float32, part.Len()*784)}
	y := make([]int, part.Len())
	for i := range y {
		var err error
		y[i], err = part.Sample(i, x.Data[i*784:][:784])
		require.NoError(t, err)
	}
	return x, y
}

// uniform are the initial weights of testdata/mnist.py: SplitMix64 from 0.
func uniform(bound float64, shape ...int) safetensors.Tensor {
	t := safetensors.Tensor{Shape: shape, Data: make([]float32, shape[0]*shape[1])}
	for i := range t.Data {
		z := uint64(i+1) * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		t.Data[i] = float32((float64(z>>32)/(1<<31) - 1) * bound)
	}
	return t
}

// TestAccuracyMatchesPyTorch: after five epochs on real digits, the mean accuracy
// of five seeds is within 0.3 points of PyTorch's, which draws other numbers.
func TestAccuracyMatchesPyTorch(t *testing.T) {
	data, err := os.ReadFile("testdata/mnist.json")
	require.NoError(t, err)
	var torch struct{ Mean float64 }
	require.NoError(t, json.Unmarshal(data, &torch))
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	x, y := digits(t, sets.Train)
	testX, testY := digits(t, sets.Test)
	base := head(784, 64, 10)
	base.Weights = map[string]safetensors.Tensor{
		"layers.0.weight": uniform(1.0/28, 64, 784), "layers.0.bias": {Shape: []int{64}, Data: make([]float32, 64)},
		"layers.3.weight": uniform(1.0/8, 10, 64), "layers.3.bias": {Shape: []int{10}, Data: make([]float32, 10)},
	}
	mean := 0.0
	for seed := range uint64(5) {
		var trained packagefmt.Network
		trained, _, err = Train(t.Context(), base, x, y, Options{Epochs: 5, Seed: seed + 1})
		require.NoError(t, err)
		a := accuracy(t, trained, testX, testY)
		t.Logf("seed %d: %.1f", seed+1, 100*a)
		mean += 100 * a / 5
	}
	require.InDelta(t, torch.Mean, mean, 0.3)
}

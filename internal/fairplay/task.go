package fairplay

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// A Task is a built-in data set, and how models of it are made and trained.
type Task struct {
	ID              dataset.ID
	encoder, hidden int // widths of the encoder's only layer, and of the head's hidden one
	seen            int // samples that the base model was trained on
	base, honest    fit.Options
}

// Tasks are the data sets of the table. The base has seen little, as one has that somebody pays to have improved.
func Tasks() []Task {
	table := func(id dataset.ID, seen int) Task {
		return Task{ID: id, encoder: 32, hidden: 16, seen: seen,
			base:   fit.Options{Epochs: 3, BatchSize: 8, LearningRate: 0.002},
			honest: fit.Options{Epochs: 30, BatchSize: 8, LearningRate: 0.005}}
	}
	return []Task{
		{ID: dataset.Mnist, encoder: 64, hidden: 128, seen: 100, base: fit.Options{Epochs: 10}, honest: fit.Options{Epochs: 10}},
		table(dataset.Iris, 12), table(dataset.Wine, 12), table(dataset.BreastCancer, 12),
	}
}

// TaskOf is the task of that name.
func TaskOf(name string) (Task, error) {
	for _, t := range Tasks() {
		if t.ID.String() == name {
			return t, nil
		}
	}
	return Task{}, fmt.Errorf("fairplay: no task is named %q", name)
}

// headLayer is the layer at which models are cut: the frozen encoder is in front.
const headLayer = 3

// model is an untrained model: PyTorch's initial weights, drawn from rng.
func (t Task) model(features, classes int, rng *rand.Rand) packagefmt.Network {
	relu := packagefmt.Layer{Type: "ReLU"}
	n := packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Flatten"}, linear(features, t.encoder), relu,
			linear(t.encoder, t.hidden), relu, linear(t.hidden, classes)},
		Weights: map[string]safetensors.Tensor{},
	}
	for layer, shape := range map[int][2]int{1: {t.encoder, features}, 3: {t.hidden, t.encoder}, 5: {classes, t.hidden}} {
		n.Weights[fmt.Sprintf("layers.%d.weight", layer)] = safetensors.Tensor{Shape: shape[:]}
		n.Weights[fmt.Sprintf("layers.%d.bias", layer)] = safetensors.Tensor{Shape: shape[:1]}
	}
	return n.With(drawn(n.Weights, rng))
}

func linear(in, out int) packagefmt.Layer {
	return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
}

// drawn are random weights of the same shapes, uniform within ±1/√(inputs).
func drawn(like map[string]safetensors.Tensor, rng *rand.Rand) map[string]safetensors.Tensor {
	out := map[string]safetensors.Tensor{}
	for _, name := range names(like) {
		size, inputs := 1, like[name].Shape[len(like[name].Shape)-1]
		for _, d := range like[name].Shape {
			size *= d
		}
		t := safetensors.Tensor{Shape: like[name].Shape, Data: make([]float32, size)}
		for i := range t.Data {
			t.Data[i] = float32((2*rng.Float64() - 1) / math.Sqrt(float64(inputs)))
		}
		out[name] = t
	}
	return out
}

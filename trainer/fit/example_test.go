package fit_test

import (
	"context"
	"fmt"
	"log"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// A head of one layer learns which of two numbers is larger.
func ExampleTrain() {
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{2, 2}, Data: []float32{0, 0, 0, 0}},
			"layers.0.bias":   {Shape: []int{2}, Data: []float32{0, 0}},
		},
	}
	x := safetensors.Tensor{Shape: []int{4, 2}, Data: []float32{1, 0, 0.9, 0.2, 0, 1, 0.3, 0.8}}
	labels := []int{0, 0, 1, 1}

	trained, result, err := fit.Train(context.Background(), head, x, labels, fit.Options{
		Epochs:       20,
		LearningRate: 0.1,
		Seed:         1,
	})
	if err != nil {
		log.Fatal(err)
	}
	last := result.Epochs[len(result.Epochs)-1]
	fmt.Printf("%d steps, accuracy %.0f %%\n", result.Steps, 100*last.Accuracy)
	fmt.Println(trained.Weights["layers.0.weight"].Shape)
	// Output:
	// 20 steps, accuracy 100 %
	// [2 2]
}

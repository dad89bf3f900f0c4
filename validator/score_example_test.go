package validator_test

import (
	"context"
	"fmt"
	"log"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A head that answers with the larger of two numbers has two of three right.
func ExampleAccuracy() {
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0, "bias": false}}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{2, 2}, Data: []float32{1, 0, 0, 1}},
		},
	}
	embeddings := safetensors.Tensor{Shape: []int{3, 2}, Data: []float32{1, 0, 0, 1, 0.2, 0.1}}
	accuracy, err := validator.Accuracy(context.Background(), head, embeddings, []int{0, 1, 1}, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d.%02d %%\n", accuracy/100, accuracy%100)
	// Output: 66.66 %
}

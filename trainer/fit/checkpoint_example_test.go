package fit_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"reflect"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// A training that was cut short after its first epoch ends at the very weights
// that it would have had without a break.
func ExampleReadCheckpoint() {
	head := packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{2, 2}, Data: []float32{0, 0, 0, 0}},
			"layers.0.bias":   {Shape: []int{2}, Data: []float32{0, 0}},
		},
	}
	x := safetensors.Tensor{Shape: []int{4, 2}, Data: []float32{1, 0, 0.9, 0.2, 0, 1, 0.3, 0.8}}
	labels := []int{0, 0, 1, 1}

	var file bytes.Buffer
	opts := fit.Options{Epochs: 5, Seed: 1, OnCheckpoint: func(c fit.Checkpoint) error {
		if len(c.Result.Epochs) > 1 {
			return nil
		}
		_, err := c.WriteTo(&file)
		return err
	}}
	whole, _, err := fit.Train(context.Background(), head, x, labels, opts)
	if err != nil {
		log.Fatal(err)
	}
	checkpoint, err := fit.ReadCheckpoint(&file, int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	resumed, result, err := fit.Train(context.Background(), head, x, labels, fit.Options{Epochs: 5, Seed: 1, Resume: &checkpoint})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(result.Epochs), "epochs, the same weights:", reflect.DeepEqual(whole, resumed))
	// Output: 5 epochs, the same weights: true
}

package fit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// newHead is a head of one layer that knows nothing yet.
func newHead(outputs int) packagefmt.Network {
	return packagefmt.Network{
		Layers: []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": float64(outputs)}}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{outputs, 2}, Data: make([]float32, 2*outputs)},
			"layers.0.bias":   {Shape: []int{outputs}, Data: make([]float32, outputs)},
		},
	}
}

// larger are eight samples, labelled by which of their two numbers is larger.
func larger() (x safetensors.Tensor, labels []int) {
	return safetensors.Tensor{Shape: []int{8, 2}, Data: []float32{1, 0, 0.9, 0.2, 0, 1, 0.3, 0.8, 0.7, 0.1, 0.2, 0.6, 0.8, 0.4, 0.1, 0.9}},
		[]int{0, 0, 1, 1, 0, 1, 0, 1}
}

func ExampleOptions_Check() {
	err := fit.Options{Epochs: 3, HoldOut: 1.5}.Check()
	fmt.Println(errors.Is(err, fit.ErrOptions), err)
	// Output: true training options: HoldOut is 1.5, want 0 to 0.9
}

// A learning rate that warms up over a tenth of the steps and then falls along a
// cosine to a hundredth.
func ExampleWarmup() {
	schedule := fit.Warmup(10, fit.Cosine(0.01))
	for _, step := range []int{0, 4, 9, 10, 55, 99} {
		fmt.Printf("%.2f ", schedule(step, 100))
	}
	fmt.Println()
	// Output: 0.10 0.50 1.00 1.00 0.51 0.01
}

func ExampleStepDecay() {
	schedule := fit.StepDecay(30, 0.1)
	for _, step := range []int{0, 29, 30, 60} {
		fmt.Printf("%.2f ", schedule(step, 100))
	}
	fmt.Println()
	// Output: 1.00 1.00 0.10 0.01
}

// A quarter of the samples is held out; training stops once ten epochs have not
// helped on them, and the best epoch's weights are returned.
func ExampleOptions_holdOut() {
	x, labels := larger()
	_, result, err := fit.Train(context.Background(), newHead(2), x, labels, fit.Options{
		Epochs: 100, LearningRate: 1, Seed: 2, HoldOut: 0.25, Patience: 10,
	})
	if err != nil {
		log.Fatal(err)
	}
	best := result.Epochs[result.Best]
	fmt.Println(len(result.Epochs), result.Best, best.HeldOutAccuracy)
	// Output: 22 11 1
}

// The result says how much a head that was released with noise reveals at most.
func ExamplePrivacy() {
	x, labels := larger()
	_, result, err := fit.Train(context.Background(), newHead(2), x, labels, fit.Options{
		Epochs: 5, Seed: 1, Privacy: &fit.Privacy{MaxNorm: 1, NoiseMultiplier: 2},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("(%.2f, %v) for %d release\n", result.Privacy.Epsilon, result.Privacy.Delta, result.Privacy.Releases)
	// Output: (1.99, 1e-05) for 1 release
}

// Numbers instead of classes: training makes the mean squared error small.
func ExampleTrainRegression() {
	x, _ := larger()
	targets := safetensors.Tensor{Shape: []int{8, 1}, Data: make([]float32, 8)}
	for i := range targets.Data {
		targets.Data[i] = x.Data[2*i] - x.Data[2*i+1]
	}
	_, result, err := fit.TrainRegression(context.Background(), newHead(1), x, targets, fit.Options{
		Epochs: 200, LearningRate: 0.1, Seed: 1, Optimizer: fit.SGD, Momentum: 0.9,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Epochs[len(result.Epochs)-1].Loss < 1e-4)
	// Output: true
}

// The curves of loss and accuracy as a picture for a report.
func ExampleResult_WriteSVG() {
	x, labels := larger()
	_, result, err := fit.Train(context.Background(), newHead(2), x, labels, fit.Options{Epochs: 3, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	var picture bytes.Buffer
	if err := result.WriteSVG(&picture); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(picture.String(), "<svg"), strings.Count(picture.String(), "<svg"))
	// Output: true 1
}

// Training can be watched, and stopped by its context.
func ExampleProgress() {
	x, labels := larger()
	ctx, stop := context.WithCancelCause(context.Background())
	_, _, err := fit.Train(ctx, newHead(2), x, labels, fit.Options{
		Epochs: 100, BatchSize: 4, Seed: 1,
		OnProgress: func(p fit.Progress) {
			if p.Epoch == 2 {
				stop(errors.New("somebody needs the machine"))
			}
		},
	})
	fmt.Println(err)
	// Output: training stopped in epoch 2, batch 2: somebody needs the machine
}

package validator_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/validator"
)

// twoByTwo is a head of one layer with these weights.
func twoByTwo(w ...float32) packagefmt.Network {
	return packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0, "bias": false}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": {Shape: []int{2, 2}, Data: w}},
	}
}

// test is a split of four samples; the larger number is the label.
func test() validator.Test {
	return validator.Test{
		Embeddings: safetensors.Tensor{Shape: []int{4, 2}, Data: []float32{1, 0, 0, 1, 0.9, 0.2, 0.1, 0.3}},
		Labels:     []int{0, 1, 0, 1},
	}
}

// An honest submission, a copy of the base, and one that is no head.
func ExampleJudge_Score() {
	ctx := context.Background()
	judge, err := validator.NewJudge(ctx, twoByTwo(1, 0, 0, 0.1), test())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("base", rating.FormatAccuracy(judge.Base()))
	for _, submission := range []packagefmt.Network{
		twoByTwo(1, 0, 0, 1),
		twoByTwo(1, 0, 0, 0.1),
		twoByTwo(1, 0, 0, float32(math.NaN())),
	} {
		score, err := judge.Score(ctx, submission, nil)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(score.Verdict, rating.FormatAccuracy(score.Accuracy))
	}
	// Output:
	// base 75.00 %
	// scored 100.00 %
	// copy 75.00 %
	// invalid 0.00 %
}

// A trainer who submits what an earlier one has submitted scores as the base.
func ExampleEarlier() {
	ctx := context.Background()
	judge, err := validator.NewJudge(ctx, twoByTwo(1, 0, 0, 0.1), test())
	if err != nil {
		log.Fatal(err)
	}
	first := twoByTwo(1, 0, 0, 1)
	earlier := []validator.Earlier{{
		ID: "the first submission", Norm: validator.Norm(first),
		Open: func() (packagefmt.Network, error) { return first, nil },
	}}
	score, err := judge.Score(ctx, twoByTwo(1, 0, 0, 1), earlier)
	fmt.Println(score.Verdict, score.Reason, err)
	// Output: copy a copy of the first submission: relative distance 0.0e+00 <nil>
}

// Accuracy, confusion matrix, precision and recall of a head.
func ExampleEvaluate() {
	t := test()
	report, err := validator.Evaluate(context.Background(), twoByTwo(1, 0, 0, 0.1), t.Embeddings, t.Labels, t.Limit)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %v precision %.2f recall %.2f\n", rating.FormatAccuracy(report.Accuracy), report.Confusion, report.Precision, report.Recall)
	// Output: 75.00 % [[2 0] [1 1]] precision [0.67 1.00] recall [1.00 0.50]
}

func ExampleRelativeDistance() {
	d, err := validator.RelativeDistance(twoByTwo(1, 0, 0, 1.1), twoByTwo(1, 0, 0, 1))
	fmt.Printf("%.3f %v %v\n", d, d <= validator.CopyTolerance, err)
	// Output: 0.071 false <nil>
}

func ExampleNewJudge() {
	wrong := test()
	wrong.Labels = wrong.Labels[1:]
	_, err := validator.NewJudge(context.Background(), twoByTwo(1, 0, 0, 1), wrong)
	fmt.Println(errors.Is(err, validator.ErrTest), err)
	// Output: true test split: 3 labels for embeddings of shape [4 2] (8 values): is it the split the package was built from?
}

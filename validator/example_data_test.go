package validator_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/validator"
)

// points are so many points of a plane, counted from one on; the label says on which side of a line they lie.
func points(from, n int) *dataset.Memory {
	x, y := make([]float32, 2*n), make([]int, n)
	for i := range n {
		a, b := float32((from+i)*37%101)/50-1, float32((from+i)*59%97)/48-1
		x[2*i], x[2*i+1] = a, b
		if a > b {
			y[i] = 1
		}
	}
	set, err := dataset.New([]int{2}, 2, x, y)
	if err != nil {
		log.Fatal(err)
	}
	return set
}

// plane is the package of a data round about such points, whose base always answers 0.
func plane(test dataset.Dataset) *packagefmt.Package {
	base := packagefmt.Model{Network: packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Identity"}, {Type: "Linear", Params: map[string]any{"in_features": 2.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{"layers.1.weight": {Shape: []int{2, 2}, Data: make([]float32, 4)}, "layers.1.bias": {Shape: []int{2}, Data: []float32{0.1, 0}}},
	}}
	pkg, _, err := packagefmt.Build(context.Background(), base, test, packagefmt.BuildOptions{Task: &packagefmt.Task{
		Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Values, Near: 1}, Rows: packagefmt.TaskRows{Min: 10, Max: 100},
		Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 1, Alpha: 2, Targets: []string{"head"}},
		Training: packagefmt.TaskTraining{Epochs: 10, BatchSize: 20, LearningRate: 0.1, Optimizer: "adam", Schedule: "constant"},
		Metric:   packagefmt.MetricAccuracy,
	}})
	if err != nil {
		log.Fatal(err)
	}
	return pkg
}

// Data that teaches, somebody else's copy of it, and the rows of the test.
func ExampleDataJudge_Score() {
	ctx, test := context.Background(), points(0, 50)
	pkg := plane(test)
	judge, err := validator.NewDataJudge(ctx, validator.DataConfig{Package: pkg, Test: test})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	schema, err := pkg.Submission()
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []struct {
		trainer string
		rows    *dataset.Memory
	}{{"ann", points(50, 100)}, {"bob", points(50, 90)}, {"carl", test}} {
		to := filepath.Join(dir, s.trainer)
		if _, err := submission.Build(to, s.rows, schema, submission.About{Trainer: s.trainer}); err != nil {
			log.Fatal(err)
		}
		score, err := judge.Score(ctx, validator.DataSubmission{CID: s.trainer, Trainer: s.trainer, Files: os.DirFS(to)})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.trainer, "is", score.Verdict, "and beats the base:", score.Accuracy > judge.Base())
		if score.Reason != "" {
			fmt.Println("  since", score.Reason)
		}
	}
	// Output:
	// ann is scored and beats the base: true
	// bob is copy and beats the base: false
	//   since 90 of 90 rows are those of others, 90 of ann
	// carl is invalid and beats the base: false
	//   since 50 of 50 rows are near the test's
}

package validator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// A base that came from an ONNX file learns what the data says, in its encoder too.
func TestDataJudgeOfONNXModel(t *testing.T) {
	model, err := packagefmt.OpenONNX("../packagefmt/testdata/onnx/skip.onnx", packagefmt.ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, _, err := packagefmt.Build(t.Context(), model, sets.Test, packagefmt.BuildOptions{
		Dataset: dataset.Mnist, Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}}, Limit: 200,
		Task: &packagefmt.Task{
			Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Pictures}, Rows: packagefmt.TaskRows{Min: 10, Max: 200},
			Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 4, Alpha: 8, Targets: []string{"encoder", "head"}},
			Training: packagefmt.TaskTraining{Epochs: 3, BatchSize: 32, LearningRate: 5e-3, Optimizer: "adam", Schedule: "linear", Seed: 7},
			Metric:   packagefmt.MetricAccuracy,
		},
	})
	require.NoError(t, err)
	judge, err := NewDataJudge(t.Context(), DataConfig{Package: p, Test: sets.Test, Threads: 1})
	require.NoError(t, err)
	score := func(name string, from int, change func(i int, x []float32, y int) int) uint32 {
		got, err := judge.Score(t.Context(), submitted(t, p, name, rowsFrom(t, sets.Train, from, 200, change)))
		require.NoError(t, err)
		require.Equal(t, Scored, got.Verdict)
		t.Logf("base %d, %s %d", judge.Base(), name, got.Accuracy)
		return got.Accuracy
	}
	require.Greater(t, score("clean", 200, nil), uint32(8000))
	require.Less(t, score("each digit is the next", 600, func(_ int, _ []float32, y int) int { return (y + 1) % 10 }), uint32(6000))
}

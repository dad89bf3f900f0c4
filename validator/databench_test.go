package validator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// BenchmarkDataJudge judges a round of 100 submissions of 1,000 rows, all of them different, so that each is compared with all
// rows before it and trained on: of 64 values with a small network, and of texts of 24 words with two transformer blocks. peak-MB is what the
// process had resident at most.
func BenchmarkDataJudge(b *testing.B) {
	rows := func(n int) packagefmt.TaskRows { return packagefmt.TaskRows{Min: 10, Max: n, Bytes: 4 << 20} }
	training := packagefmt.TaskTraining{Epochs: 3, BatchSize: 32, LearningRate: 2e-3, Optimizer: "adam", Schedule: "linear", Seed: 7}
	b.Run("values", func(b *testing.B) {
		test := clouds(b, 1000, 1)
		layers := []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 64.0, "out_features": 64.0}}, {Type: "ReLU"},
			{Type: "Linear", Params: map[string]any{"in_features": 64.0, "out_features": 10.0}},
		}
		p, _, err := packagefmt.Build(b.Context(), packagefmt.Model{Network: packagefmt.Network{Layers: layers, Weights: randomWeights(b, layers)}}, test, packagefmt.BuildOptions{
			Preprocessing: packagefmt.Preprocessing{Shape: []int{64}, Classes: strings.Split("0123456789", "")},
			Task: &packagefmt.Task{Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: datasub.Values}, Rows: rows(1000),
				Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 8, Alpha: 16, Targets: []string{"head.layers.0", "head.layers.2"}},
				Training: training, Metric: packagefmt.MetricLoss},
		})
		require.NoError(b, err)
		judgeHundred(b, p, test, func(seed uint64) dataset.Described { return clouds(b, 1000, seed) })
	})
	b.Run("texts", func(b *testing.B) {
		test := longSentences(b, 500, 1)
		block := packagefmt.Layer{Type: "TransformerEncoderLayer", Params: map[string]any{"d_model": 64.0, "nhead": 4.0, "dim_feedforward": 256.0, "activation": "gelu", "norm_first": true, "batch_first": true}}
		p := textRoundOf(b, test, 24, 64, func(task *packagefmt.Task) {
			task.Rows, task.Training, task.Metric = rows(1000), training, packagefmt.MetricLoss
			task.Adapter.Targets = []string{"head.layers.1.self_attn", "head.layers.2.self_attn"}
		}, block, block)
		judgeHundred(b, p, test, func(seed uint64) dataset.Described { return longSentences(b, 1000, seed) })
	})
}

func judgeHundred(b *testing.B, p *packagefmt.Package, test dataset.Dataset, rows func(seed uint64) dataset.Described) {
	const n = 100
	all := make([]DataSubmission, n)
	for i := range all {
		all[i] = submitted(b, p, fmt.Sprint("miner ", i), rows(uint64(i+2)))
	}
	for b.Loop() {
		judge, err := NewDataJudge(b.Context(), DataConfig{Package: p, Test: test})
		require.NoError(b, err)
		for _, s := range all {
			score, err := judge.Score(b.Context(), s)
			require.NoError(b, err)
			require.Equal(b, Scored, score.Verdict, score.Reason)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/round")
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
		var kilobytes float64
		_, _ = fmt.Sscan(string(rest), &kilobytes)
		b.ReportMetric(kilobytes/1000, "peak-MB")
	}
}

// clouds are points around ten places.
func clouds(t testing.TB, n int, seed uint64) *dataset.Memory {
	t.Helper()
	places, rng := rand.New(rand.NewPCG(9, 9)), rand.New(rand.NewPCG(seed, 1))
	centre := make([]float32, 640)
	for i := range centre {
		centre[i] = float32(places.NormFloat64())
	}
	x, y := make([]float32, 64*n), make([]int, n)
	for i := range n {
		y[i] = rng.IntN(10)
		for k := range 64 {
			x[64*i+k] = centre[64*y[i]+k] + 2*float32(rng.NormFloat64())
		}
	}
	m, err := dataset.New([]int{64}, 10, x, y)
	require.NoError(t, err)
	return m
}

// longSentences are texts of 24 words, of which half are those of the class.
func longSentences(t testing.TB, n int, seed uint64) *dataset.TextSet {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	texts, labels := make([]string, n), make([]int, n)
	for i := range texts {
		labels[i] = rng.IntN(2)
		var list []string
		for range 12 {
			list = append(list, fmt.Sprint("w", 20*labels[i]+rng.IntN(20)), fmt.Sprint("w", rng.IntN(40)))
		}
		texts[i] = strings.Join(list, " ")
	}
	set, err := dataset.NewTexts(texts, labels, []string{"low", "high"})
	require.NoError(t, err)
	return set
}

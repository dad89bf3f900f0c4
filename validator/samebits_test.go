package validator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// A whole judgement, from files to score, comes to the same with every class of kernels, and on every processor: .ci/samebits
// runs this on several. Losses are scored, in ten-thousandths of the inverse perplexity: accuracies would hide small differences.
func TestJudgementsHaveTheSameBits(t *testing.T) {
	loss := func(task *packagefmt.Task) { task.Metric = packagefmt.MetricLoss; task.Training.Epochs = 2 }
	digits, sets := dataRound(t, loss)
	test := sentences(t, 60, 1)
	block := packagefmt.Layer{Type: "TransformerEncoderLayer", Params: map[string]any{"d_model": 8.0, "nhead": 2.0, "dim_feedforward": 16.0, "activation": "gelu", "norm_first": true, "batch_first": true, "is_causal": true}}
	texts := textRound(t, test, func(task *packagefmt.Task) {
		loss(task)
		task.Adapter.Targets = []string{"head.layers.1.self_attn", "head.layers.1.linear1", "head.layers.1.linear2", "head.layers.3"}
	}, block)
	talks := questions(t, 20, 1, true)
	for name, c := range map[string]struct {
		round *packagefmt.Package
		test  dataset.Dataset
		rows  []dataset.Described
		want  []uint32 // of the base, and of the rows
	}{
		"digits": {digits, sets.Test, []dataset.Described{
			rowsFrom(t, sets.Train, 200, 300, nil), rowsFrom(t, sets.Train, 800, 120, nil),
			rowsFrom(t, sets.Train, 1200, 300, func(i int, _ []float32, y int) int { return (y + 3*(i%3)) % 10 }),
			rowsFrom(t, sets.Train, 200, 200, nil),
		}, []uint32{4160, 4599, 4337, 4032, 4160}},
		"texts": {texts, test, []dataset.Described{sentences(t, 200, 2), sentences(t, 40, 3), sentences(t, 150, 2)}, []uint32{5084, 5509, 5644, 5084}},
		"conversations": {talkRound(t, talks, func(task *packagefmt.Task) { task.Training.Epochs = 4 }), talks,
			[]dataset.Described{questions(t, 60, 2, true), questions(t, 30, 3, false)}, []uint32{39, 733, 15}},
	} {
		for class := kernel.Portable; class <= kernel.Best(); class++ {
			if testing.Short() && class != kernel.Best() {
				continue
			}
			before, err := kernel.Use(class)
			require.NoError(t, err)
			judge, err := NewDataJudge(t.Context(), DataConfig{Package: c.round, Test: c.test, Threads: 2})
			require.NoError(t, err)
			got := []uint32{judge.Base()}
			for i, rows := range c.rows {
				s, err := judge.Score(t.Context(), submitted(t, c.round, string(rune('a'+i)), rows))
				require.NoError(t, err)
				got = append(got, s.Accuracy)
			}
			_, _ = kernel.Use(before)
			require.Equal(t, c.want, got, "%s with %v", name, class)
		}
	}
}

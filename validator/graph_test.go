package validator

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A head that is a graph is judged like a list, and one that takes other values is not
// its base's.
func TestJudgeAGraph(t *testing.T) {
	base := packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 3.0, "out_features": 3.0}},
			{Type: "Add"},
		},
		Inputs: [][]int{{0}, {0, 1}},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": tensor([]float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3),
			"layers.0.bias":   tensor([]float32{0, 0, 0}, 3),
		},
	}
	judge, err := NewJudge(t.Context(), base, sevenSamples())
	require.NoError(t, err)
	require.EqualValues(t, 5714, judge.Base())

	better := base
	better.Weights = map[string]safetensors.Tensor{"layers.0.weight": base.Weights["layers.0.weight"], "layers.0.bias": tensor([]float32{0, 0.1, 0}, 3)}
	score, err := judge.Score(t.Context(), better, nil)
	require.NoError(t, err)
	require.Equal(t, Score{Accuracy: 5714, Verdict: Scored}, score) // the tie goes the other way now

	better.Inputs = [][]int{{0}, {1, 0}}
	score, err = judge.Score(t.Context(), better, nil)
	require.NoError(t, err)
	require.Equal(t, Invalid, score.Verdict)
}

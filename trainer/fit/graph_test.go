package fit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// TestTrainAGraph trains a head with a residual connection, and resumes it from a file.
func TestTrainAGraph(t *testing.T) {
	base := head(8, 8, 3)
	base.Layers = append(base.Layers[:2:2], packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": 8.0, "out_features": 8.0}},
		packagefmt.Layer{Type: "Add"}, packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": 8.0, "out_features": 3.0}})
	base.Inputs = [][]int{{0}, {1}, {2}, {0, 3}, {4}}
	x, y := clouds(120, 8, 3, 1)
	weights := head(8, 8, 8).Weights
	out := head(8, 8, 3).Weights
	base.Weights["layers.2.weight"], base.Weights["layers.2.bias"] = weights["layers.3.weight"], weights["layers.3.bias"]
	base.Weights["layers.4.weight"], base.Weights["layers.4.bias"] = out["layers.3.weight"], out["layers.3.bias"]
	delete(base.Weights, "layers.3.weight")
	delete(base.Weights, "layers.3.bias")

	var saved []Checkpoint
	opts := Options{Epochs: 8, Seed: 3, LearningRate: 0.01, OnCheckpoint: func(c Checkpoint) error { saved = append(saved, c); return nil }}
	got, result, err := Train(t.Context(), base, x, y, opts)
	require.NoError(t, err)
	require.NoError(t, packagefmt.SameNetwork(got, base))
	require.NoError(t, got.Check())
	require.Less(t, result.Epochs[7].Loss, 0.7*result.Epochs[0].Loss)

	resume := roundTrip(t, saved[2])
	again, _, err := Train(t.Context(), base, x, y, Options{Epochs: 8, Seed: 3, LearningRate: 0.01, Resume: &resume})
	require.NoError(t, err)
	require.Equal(t, got, again)
}

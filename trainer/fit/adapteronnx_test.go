package fit

import (
	"archive/zip"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A language model that came as an ONNX file is layers once samples have a shape, and gets adapters as any other: of
// its embedding, of the attention's products and of those after it. Merged, the adapter is the same model.
func TestAdapterOfLanguageModelFromONNX(t *testing.T) {
	z, err := zip.OpenReader("../../internal/onnx/testdata/gpt.zip")
	require.NoError(t, err)
	defer z.Close()
	b, err := fs.ReadFile(z, "nano/dynamo.onnx")
	require.NoError(t, err)
	graph, err := packagefmt.ReadONNX(b, packagefmt.ONNXOptions{})
	require.NoError(t, err)
	model, err := graph.Layered([]int{7})
	require.NoError(t, err)
	require.Len(t, model.Tied, 1, "the output weight is the embedding")
	again, err := model.Layered([]int{7})
	require.NoError(t, err)
	require.Equal(t, model, again)

	config := lora.Config{Rank: 4, Alpha: 8}
	matrices, err := lora.Matrices(model)
	require.NoError(t, err)
	require.Len(t, matrices, 6, "embedding, queries to values, their output, up, down, logits")
	config.Targets = matrices
	x, y := counting(40, 7, 23)
	adapter, result, err := TrainAdapter(t.Context(), model, config, x, y, AdapterOptions{Steps: 60, BatchSize: 8, LearningRate: 0.02, Seed: 1})
	require.NoError(t, err)
	first, last := result.Losses[0], result.Losses[len(result.Losses)-1]
	require.Less(t, last, 0.8*first)

	merged, err := adapter.Merge(model)
	require.NoError(t, err)
	e, err := Evaluate(t.Context(), packagefmt.Model{Network: merged}, nil, x, y)
	require.NoError(t, err)
	with, err := Evaluate(t.Context(), model, &adapter, x, y)
	require.NoError(t, err)
	require.InDelta(t, with.Loss, e.Loss, 1e-5)
	_, _, err = TrainAdapter(t.Context(), graph, config, safetensors.Tensor{Shape: []int{40, 7}, Data: x.Data}, y, AdapterOptions{})
	require.ErrorIs(t, err, lora.ErrUnsupported)
	require.ErrorContains(t, err, "Layered")
}

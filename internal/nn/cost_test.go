package nn

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// zeroNet builds layers with weights of zero.
func zeroNet(t *testing.T, specs ...Spec) *Net {
	t.Helper()
	weights := map[string]tensor.Tensor{}
	for i, s := range specs {
		shapes, err := ParamShapes(s)
		require.NoError(t, err)
		for name, shape := range shapes {
			weights[weightName(i, name)] = tensor.Tensor{Shape: shape, Data: make([]float32, tensor.Size(shape))}
		}
	}
	n, err := New(specs, weights)
	require.NoError(t, err)
	return n
}

func TestSampleCostCountsMultiplyAdds(t *testing.T) {
	type p = map[string]any
	for name, c := range map[string]struct {
		in   []int
		spec Spec
		want float64 // of the matrix products or windows, by hand
		most float64 // with what else it takes
	}{
		"Linear":           {[]int{1000}, Spec{Type: "Linear", Params: p{"in_features": 1000, "out_features": 500}}, 500_000, 1.2},
		"Linear over rows": {[]int{7, 100}, Spec{Type: "Linear", Params: p{"in_features": 100, "out_features": 900}}, 630_000, 2.4},
		"Conv2d":           {[]int{64, 56, 56}, Spec{Type: "Conv2d", Params: p{"in_channels": 64, "out_channels": 128, "kernel_size": 3, "padding": 1}}, 56 * 56 * 64 * 128 * 9, 1.5},
		"Conv2d in groups": {[]int{64, 56, 56}, Spec{Type: "Conv2d", Params: p{"in_channels": 64, "out_channels": 64, "groups": 64, "kernel_size": 15, "padding": 7}}, 56 * 56 * 64 * 225, 18},
		"Conv1d":           {[]int{2, 1000}, Spec{Type: "Conv1d", Params: p{"in_channels": 2, "out_channels": 16, "kernel_size": 100, "stride": 10}}, 91 * 2 * 16 * 100, 4},
		"Conv3d":           {[]int{8, 16, 20, 20}, Spec{Type: "Conv3d", Params: p{"in_channels": 8, "out_channels": 32, "kernel_size": 3, "padding": 1}}, 6400 * 8 * 32 * 27, 3},
		"ConvTranspose2d":  {[]int{32, 28, 28}, Spec{Type: "ConvTranspose2d", Params: p{"in_channels": 32, "out_channels": 16, "kernel_size": 4, "stride": 2}}, 784 * 32 * 16 * 16, 4},
		"MaxPool3d":        {[]int{4, 20, 20, 20}, Spec{Type: "MaxPool3d", Params: p{"kernel_size": 5, "stride": 1, "padding": 2}}, 4 * 8000 * 30, 35},
		"EmbeddingBag":     {[]int{500}, Spec{Type: "EmbeddingBag", Params: p{"num_embeddings": 10, "embedding_dim": 16}}, 500 * 16, 18},
		"MaxPool2d":        {[]int{4, 99, 99}, Spec{Type: "MaxPool2d", Params: p{"kernel_size": 31, "stride": 1, "padding": 15}}, 4 * 99 * 99 * 31 * 31, 17},
		"AdaptiveAvgPool":  {[]int{4, 64, 64}, Spec{Type: "AdaptiveAvgPool2d", Params: p{"output_size": 2}}, 4 * 64 * 64, 20},
		"LSTM":             {[]int{50, 30}, Spec{Type: "LSTM", Params: p{"input_size": 30, "hidden_size": 20, "batch_first": true}}, 50 * 80 * 50, 6},
		"LSTM, both ways":  {[]int{50, 30}, Spec{Type: "LSTM", Params: p{"input_size": 30, "hidden_size": 20, "batch_first": true, "bidirectional": true}}, 2 * 50 * 80 * 50, 7},
		"attention":        {[]int{100, 64}, Spec{Type: "MultiheadAttention", Params: p{"embed_dim": 64, "num_heads": 4, "batch_first": true}}, 100*64*64*4 + 2*100*100*64, 5},
		"Upsample":         {[]int{1, 16, 16}, Spec{Type: "Upsample", Params: p{"scale_factor": 128}}, 2048 * 2048 * 4, 33},
		"GELU":             {[]int{1 << 20}, Spec{Type: "GELU", Params: nil}, 1 << 20, 130},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := zeroNet(t, c.spec).SampleCost(c.in)
			require.NoError(t, err)
			require.GreaterOrEqual(t, got, c.want)
			require.LessOrEqual(t, got, c.want*c.most)
		})
	}
	free, err := zeroNet(t, Spec{Type: "Flatten", Params: nil}, Spec{Type: "Identity", Params: nil}, Spec{Type: "Dropout", Params: nil}).SampleCost([]int{3, 4})
	require.NoError(t, err)
	require.Zero(t, free)
	_, err = zeroNet(t, Spec{Type: "Linear", Params: p{"in_features": 3, "out_features": 3}}).SampleCost([]int{4})
	require.ErrorContains(t, err, "layer 0")
}

// TestTablesCountAsBytes: small weights and small outputs may go with large tables.
func TestTablesCountAsBytes(t *testing.T) {
	n := zeroNet(t, Spec{Type: "Conv1d", Params: map[string]any{"in_channels": 1, "out_channels": 1, "kernel_size": 1 << 16, "padding": 1 << 16, "bias": false}})
	got, err := n.SampleBytes([]int{1, 1 << 10})
	require.NoError(t, err)
	require.GreaterOrEqual(t, got, math.MaxInt32, "2^16 places of the kernel at 2^16 outputs")

	pool := zeroNet(t, Spec{Type: "AdaptiveMaxPool1d", Params: map[string]any{"output_size": 1 << 16}})
	got, err = pool.SampleBytes([]int{1, 4})
	require.NoError(t, err)
	require.GreaterOrEqual(t, got, 32<<16)
}

// TestBranchesCountAsBytes: many nodes with small outputs may each have a share
// of the gradient of one large value.
func TestBranchesCountAsBytes(t *testing.T) {
	pool := layer("MaxPool1d", map[string]any{"kernel_size": 1, "stride": 1 << 12})
	nodes := []Node{at(layer("ReLU", nil), 0)}
	var all []int
	for range 100 {
		nodes = append(nodes, at(pool, 1))
		all = append(all, len(nodes))
	}
	n, err := NewGraph(append(nodes, at(layer("Add", nil), all...)), nil)
	require.NoError(t, err)
	got, err := n.SampleBytes([]int{1, 1 << 16})
	require.NoError(t, err)
	require.GreaterOrEqual(t, got, 4*100<<16)
	cost, err := n.SampleCost([]int{1, 1 << 16})
	require.NoError(t, err)
	require.GreaterOrEqual(t, cost, 128.0*(1<<16))
}

package packagefmt

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Heads end in scores, also those of models that end in probabilities. A LogisticRegression has nothing in front of it: its
// samples are their own embeddings.
func TestHeadsEndInScores(t *testing.T) {
	sets, err := dataset.Builtin(dataset.Iris)
	require.NoError(t, err)
	const features, classes = 4, 3
	weights := make([]float32, features*classes)
	for i := range weights {
		weights[i] = float32(math.Sin(float64(i)))
	}
	list := Model{Network: Network{
		Layers: []Layer{{Type: "Tanh"}, {Type: "Linear", Params: map[string]any{"in_features": 4.0, "out_features": 3.0, "bias": false}}, {Type: "Softmax", Params: map[string]any{"dim": 1.0}}},
		Weights: map[string]safetensors.Tensor{
			"layers.1.weight": {Shape: []int{classes, features}, Data: weights},
		},
	}}
	classifier := &wire.Node{
		OpType: "LinearClassifier", Domain: "ai.onnx.ml", Inputs: []string{"x"}, Outputs: []string{"label", "probabilities"},
		Attributes: []*wire.Attribute{
			{Name: "coefficients", Type: wire.AttrFloats, Floats: weights}, {Name: "intercepts", Type: wire.AttrFloats, Floats: []float32{1, 2, 3}},
			{Name: "classlabels_ints", Type: wire.AttrInts, Ints: []int64{0, 1, 2}}, {Name: "post_transform", Type: wire.AttrString, S: "SOFTMAX"},
		},
	}
	graph, err := ReadONNX(wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17, "ai.onnx.ml": 1}, Graph: &wire.Graph{
		Nodes:   []*wire.Node{classifier},
		Inputs:  []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, features}}},
		Outputs: []*wire.ValueInfo{{Name: "label", Type: wire.Int64}, {Name: "probabilities", Type: wire.Float}},
	}}), ONNXOptions{})
	require.NoError(t, err)
	for name, model := range map[string]Model{"a list": list, "LogisticRegression": graph} {
		t.Run(name, func(t *testing.T) {
			pkg, report, err := Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Iris})
			require.NoError(t, err)
			require.Contains(t, report.Notes, scoresNote)
			require.Equal(t, "Linear", pkg.Head.Layers[len(pkg.Head.Layers)-1].Type)
			files, err := pkg.FS()
			require.NoError(t, err)
			_, err = Read(files)
			require.NoError(t, err)
			net, err := model.executable([]int{features})
			require.NoError(t, err)
			x, labels, err := pkg.Samples(t.Context(), sets.Test, sets.Test.Len())
			require.NoError(t, err)
			y, err := net.Forward(x)
			require.NoError(t, err)
			right := 0
			for i, label := range labels {
				row := y.Data[i*classes : (i+1)*classes]
				if slices.Index(row, slices.Max(row)) == label {
					right++
				}
			}
			require.EqualValues(t, 10_000*right/len(labels), report.Accuracy)
		})
	}
}

package kitcompat

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/pyclients"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A trainer's kit copies the base's config.json into its gradient, with the checksum of the base's head where our
// creator wrote one. Its head gets the score that it deserves all the same.
func TestKitTrainsOurPackages(t *testing.T) {
	sets, err := dataset.Builtin(dataset.Iris)
	require.NoError(t, err)
	for _, omit := range []bool{false, true} {
		t.Run(fmt.Sprintf("encoder omitted %v", omit), func(t *testing.T) {
			base, _, err := packagefmt.Build(t.Context(), model(), sets.Test, packagefmt.BuildOptions{
				Dataset: dataset.Iris, OmitEncoder: omit, Split: packagefmt.SplitOptions{Ratio: 0.3},
			})
			require.NoError(t, err)
			dir := t.TempDir()
			require.NoError(t, base.Write(filepath.Join(dir, "base")))
			out, err := exec.CommandContext(t.Context(), pyclients.Python(t), "-B", "-m", "kit.gradient", filepath.Join(dir, "base"), filepath.Join(dir, "gradient")).CombinedOutput()
			require.NoError(t, err, string(out))

			head, err := packagefmt.ReadGradient(os.DirFS(filepath.Join(dir, "gradient")), base)
			require.NoError(t, err)
			require.NotEqual(t, base.Head.Weights, head.Weights, "it is another head")
			labels, err := base.Labels(sets.Test)
			require.NoError(t, err)
			score := func(head packagefmt.Network) uint32 {
				accuracy, err := validator.Accuracy(t.Context(), head, base.Embeddings, labels, 0)
				require.NoError(t, err)
				return accuracy
			}
			require.Greater(t, score(base.Head), uint32(8000))
			require.InDelta(t, score(base.Head), score(head), 1000, "a little noise changes little")
		})
	}
}

// model tells irises apart by the length of their petals, through two layers.
func model() packagefmt.Model {
	linear := func(out int) packagefmt.Layer {
		return packagefmt.Layer{Type: "Linear", Params: map[string]any{"in_features": 4.0, "out_features": float64(out)}}
	}
	return packagefmt.Model{Network: packagefmt.Network{
		Layers: []packagefmt.Layer{linear(4), linear(3)},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight": {Shape: []int{4, 4}, Data: []float32{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}},
			"layers.0.bias":   {Shape: []int{4}, Data: make([]float32, 4)},
			"layers.1.weight": {Shape: []int{3, 4}, Data: []float32{0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 1, 0}},
			"layers.1.bias":   {Shape: []int{3}, Data: []float32{2.5, 0, -4.9}},
		},
	}}
}

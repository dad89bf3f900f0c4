//go:build minilm

package packagefmt

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// The published all-MiniLM-L6-v2 as an encoder: its embeddings of sentences are
// PyTorch's. testdata/minilm/minilm.py writes the folder that DECLOUD_MINILM names.
func TestPublishedMiniLM(t *testing.T) {
	dir := os.Getenv("DECLOUD_MINILM")
	model, err := OpenONNX(filepath.Join(dir, "minilm.onnx"), ONNXOptions{})
	require.NoError(t, err)
	tokenizer, err := os.ReadFile(filepath.Join(dir, "tokenizer.json"))
	require.NoError(t, err)
	sentences, err := dataset.Open(200, "../dataset/testdata/languages", dataset.Test, dataset.Options{Text: []string{"text"}})
	require.NoError(t, err)
	pkg, report, err := Build(t.Context(), model, sentences, BuildOptions{
		Dataset: 200, Tokenizer: tokenizer, Limit: 32, Preprocessing: Preprocessing{Shape: []int{128}},
	})
	require.NoError(t, err)
	t.Log(report)
	raw, err := os.ReadFile(filepath.Join(dir, "want.f32"))
	require.NoError(t, err)
	require.Equal(t, []int{32, 384}, pkg.Embeddings.Shape)
	require.Len(t, raw, 4*len(pkg.Embeddings.Data))
	most, worst := 0.0, 0.0
	for i, got := range pkg.Embeddings.Data {
		want := float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		most, worst = max(most, math.Abs(want)), max(worst, math.Abs(want-float64(got)))
	}
	t.Logf("at most %.2g off, values up to %.2g", worst, most)
	require.Less(t, worst, 1e-5*most)
}

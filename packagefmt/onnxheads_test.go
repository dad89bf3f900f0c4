package packagefmt

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// A padding mask goes past all places in front of the last attention: the head is what is left behind it, and the report says
// why and what to do.
func TestMaskAcrossTheCutIsExplained(t *testing.T) {
	z, err := zip.OpenReader("../internal/onnx/testdata/padded.zip")
	require.NoError(t, err)
	defer z.Close()
	b, err := fs.ReadFile(z, "encoder/legacy.onnx")
	require.NoError(t, err)
	m, err := ReadONNX(b, ONNXOptions{})
	require.NoError(t, err)
	x := make([]float32, 20*7)
	for i := range x {
		x[i] = float32(i * i % 23)
	}
	test, err := dataset.New([]int{7}, 4, x, make([]int, 20))
	require.NoError(t, err)
	_, report, err := Build(t.Context(), m, test, BuildOptions{Dataset: dataset.Iris, Split: SplitOptions{Ratio: 0.6}})
	require.NoError(t, err)
	require.Less(t, report.Ratio, 0.6)
	notes := strings.Join(report.Notes, "\n")
	require.Contains(t, notes, "less than the wanted 60 %")
	require.Contains(t, notes, "pass side by side, such as a padding mask")
	t.Log(notes)
}

// Heads cut from exported models hold whole encoder blocks and recurrent layers: the
// shortest tail with a share of the parameters, whatever it is made of. Packages and
// submissions with them are written and read.
func TestAttentionAndRecurrentHeads(t *testing.T) {
	z, err := zip.OpenReader("../internal/onnx/testdata/heads.zip")
	require.NoError(t, err)
	defer z.Close()
	for name, c := range map[string]struct {
		shape []int
		ratio float64
		has   string
	}{
		"vit.dynamo":           {[]int{3, 8, 8}, 0.4, "MatMul"},
		"bert.legacy":          {[]int{7}, 0.4, "MatMul"},
		"encoder_first.legacy": {[]int{7}, 0.4, "MatMul"},
		"lstm_both.legacy":     {[]int{6}, DefaultRatio, "LSTM"},
		"gru.legacy":           {[]int{6}, DefaultRatio, "GRU"},
		"rnn_relu.legacy":      {[]int{6}, DefaultRatio, "RNN"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := z.Open(name + "/model.onnx")
			require.NoError(t, err)
			defer f.Close()
			b, err := io.ReadAll(f)
			require.NoError(t, err)
			m, err := ReadONNX(b, ONNXOptions{})
			require.NoError(t, err)

			x := make([]float32, 20*product(c.shape))
			for i := range x {
				x[i] = float32(i * i % 29)
			}
			test, err := dataset.New(c.shape, 4, x, make([]int, 20))
			require.NoError(t, err)
			p, report, err := Build(t.Context(), m, test, BuildOptions{Dataset: dataset.Iris, Split: SplitOptions{Ratio: c.ratio}})
			require.NoError(t, err)
			require.Contains(t, types(p.Head), c.has)
			require.GreaterOrEqual(t, report.Ratio, c.ratio)
			for _, note := range report.Notes {
				require.NotContains(t, note, "less than the wanted")
			}

			dir := filepath.Join(t.TempDir(), "package")
			require.NoError(t, p.Write(dir))
			back, err := Read(os.DirFS(dir))
			require.NoError(t, err)
			require.Equal(t, p.Head, back.Head)
			require.NoError(t, back.CheckEmbeddings(t.Context(), test))
			files, err := GradientFS(p.Head, back)
			require.NoError(t, err)
			head, err := ReadGradient(files, back)
			require.NoError(t, err)
			require.Equal(t, p.Head, head)
		})
	}
}

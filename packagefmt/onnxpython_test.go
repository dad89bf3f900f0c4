package packagefmt

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// onnxPython is a Python with onnxruntime, which .ci/install makes.
func onnxPython(t *testing.T) string {
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	python := filepath.Join(cache, "decloud-ci", "onnxruntime", "bin", "python")
	if exec.Command(python, "-c", "import onnxruntime").Run() != nil {
		t.Skip("no Python with onnxruntime: .ci/install makes one")
	}
	return python
}

// onnxruntime runs our encoder.onnx, and gives the embeddings of the package.
func TestPythonRunsOurEncoders(t *testing.T) {
	python := onnxPython(t)
	for _, name := range []string{"plain.onnx", "skip_batch.onnx", "dynamo.onnx"} {
		p, _, test := buildONNX(t, name, SplitOptions{})
		dir := filepath.Join(t.TempDir(), "package")
		require.NoError(t, p.Write(dir))
		indices := make([]int, p.Embeddings.Shape[0])
		for i := range indices {
			indices[i] = i
		}
		x, _, err := p.Config.Preprocessing.batch(test, indices)
		require.NoError(t, err)
		var in, out, problems bytes.Buffer
		require.NoError(t, binary.Write(&in, binary.LittleEndian, x.Data))
		cmd := exec.Command(python, "testdata/onnx/run.py", filepath.Join(dir, EncoderONNXFile))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &problems
		require.NoError(t, cmd.Run(), problems.String())
		got := make([]float32, len(p.Embeddings.Data))
		require.NoError(t, binary.Read(&out, binary.LittleEndian, got))
		require.Zero(t, out.Len())
		require.NoError(t, closeTo(p.Embeddings.Data, got, onnxTolerance), name)
	}
}

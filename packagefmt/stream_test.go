package packagefmt

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// files are the package's files in memory.
func (p *Package) files() (memFS, error) {
	fsys, err := p.FS()
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(fsys, ".")
	files := memFS{}
	for _, e := range entries {
		if files[e.Name()], err = fs.ReadFile(fsys, e.Name()); err != nil {
			return nil, err
		}
	}
	return files, err
}

func TestFilesAreThoseThatAreWritten(t *testing.T) {
	p, err := Read(os.DirFS("testdata/kit-creator"))
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	files, err := p.files()
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, len(entries))
	for name, b := range files {
		written, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, written, b, name)
	}
}

// Publishing a model must not take its size in memory once more.
func TestFilesHoldNoCopyOfTheWeights(t *testing.T) {
	p := small(t, 4000, 512, 3)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fsys, err := p.FS()
	require.NoError(t, err)
	f, err := fsys.Open(EmbeddingsFile)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	runtime.ReadMemStats(&after)
	require.Greater(t, n, int64(8_000_000))
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(n)/4)
}

// Nor must writing a trained head, beside which the one that it was trained from is in memory.
func TestAHeadIsWrittenWithoutACopy(t *testing.T) {
	const in, out = 1024, 1024
	w := safetensors.Tensor{Shape: []int{out, in}, Data: make([]float32, in*out)}
	head := Network{
		Layers:  []Layer{{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out), "bias": false}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": w},
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, WriteGradient(filepath.Join(t.TempDir(), "head"), head, &Package{Head: head}))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4*in*out/4))
}

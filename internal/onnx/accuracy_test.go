//go:build accuracy

package onnx_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestAccuracy says how far models of testdata/whole/accuracy.py stray from float64
// here and in onnxruntime (ACCURACY.md). Those with the weights that they were made with
// stray by at most 1e-4 of the largest output.
func TestAccuracy(t *testing.T) {
	dir := os.Getenv("DECLOUD_ONNX_ACCURACY")
	require.NotEmpty(t, dir, "DECLOUD_ONNX_ACCURACY names the folder that testdata/whole/accuracy.py wrote")
	files, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		base := strings.TrimSuffix(file, ".onnx")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := onnx.Load(b, onnx.Options{})
		require.NoError(t, err)
		n, err := p.Specialize([]int{3, 64, 64}, onnx.Limits{Bytes: 1 << 29, Work: 1 << 37})
		require.NoError(t, err)
		x := numbers(t, base+".x", 4)
		y, err := n.Forward(tensor.Tensor{Shape: []int{len(x) / (3 * 64 * 64), 3, 64, 64}, Data: float32s(x)})
		require.NoError(t, err)
		want := numbers(t, base+".y64", 8)
		ours, theirs := strays(want, y.Data), strays(want, float32s(numbers(t, base+".ort", 4)))
		t.Logf("%s: ours %.1e, onnxruntime %.1e", filepath.Base(base), ours, theirs)
		if strings.HasSuffix(base, ".own") {
			require.LessOrEqual(t, ours, 1e-4)
		}
	}
}

// numbers reads a file of float32s (4 bytes) or float64s.
func numbers(t *testing.T, path string, size int) []float64 {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	out := make([]float64, len(b)/size)
	for i := range out {
		if size == 8 {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		} else {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])))
		}
	}
	return out
}

func float32s(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// strays is the largest difference relative to the largest output.
func strays(want []float64, got []float32) float64 {
	largest, diff := 0.0, 0.0
	for i, w := range want {
		largest, diff = max(largest, math.Abs(w)), max(diff, math.Abs(w-float64(got[i])))
	}
	return diff / largest
}

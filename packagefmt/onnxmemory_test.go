//go:build !race

// The race detector needs memory of its own.

package packagefmt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// TestONNXMemory opens a model of 64 MB in a process of its own: its peak is at most
// 1.5 times the file above what it was before.
func TestONNXMemory(t *testing.T) {
	const name = "DECLOUD_TEST_ONNX_MEMORY"
	if file := os.Getenv(name); file != "" {
		before, err := memory.Peak(os.Getpid())
		require.NoError(t, err)
		m, err := packagefmt.OpenONNX(file, packagefmt.ONNXOptions{})
		require.NoError(t, err)
		after, err := memory.Peak(os.Getpid())
		require.NoError(t, err)
		info, err := os.Stat(file)
		require.NoError(t, err)
		t.Logf("%.2f times the file", float64(after-before)/float64(info.Size()))
		require.LessOrEqual(t, float64(after-before), 1.5*float64(info.Size()))
		runtime.KeepAlive(m)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process is read on Linux only")
	}
	file := filepath.Join(t.TempDir(), "model.onnx")
	require.NoError(t, os.WriteFile(file, deepModel(16, 1024), 0o600))
	cmd := exec.Command(os.Args[0], "-test.run=^TestONNXMemory$", "-test.v")
	cmd.Env = append(os.Environ(), name+"="+file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "times the file") {
			t.Log(line)
		}
	}
}

// deepModel has so many products with square matrices of that width.
func deepModel(layers, width int) []byte {
	w := int64(width)
	g := &wire.Graph{Name: "deep", Inputs: []*wire.ValueInfo{{Name: "x", Type: wire.Float, HasShape: true, Dims: []int64{-1, w}}}}
	at := "x"
	for i := range layers {
		weight, next := "w"+string(rune('a'+i)), "y"+string(rune('a'+i))
		g.Initializers = append(g.Initializers, &wire.Tensor{Name: weight, Type: wire.Float, Dims: []int64{w, w}, Raw: make([]byte, 4*width*width)})
		g.Nodes = append(g.Nodes, &wire.Node{OpType: "MatMul", Inputs: []string{at, weight}, Outputs: []string{next}})
		at = next
	}
	g.Outputs = []*wire.ValueInfo{{Name: at, Type: wire.Float, HasShape: true, Dims: []int64{-1, w}}}
	return wire.Encode(&wire.Model{IRVersion: 8, Opsets: map[string]int64{"": 17}, Graph: g})
}

//go:build python

package packagefmt

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A trained head goes back into the PyTorch model that was exported, by examples/creator/putback.py, and the model computes
// what encoder and head do: a graph with batch norms that the exporter folded into convolutions.
func TestPyTorchTakesTheHeadBack(t *testing.T) {
	const digits = 40
	dir := t.TempDir()
	run := func(step string) {
		out, err := exec.Command(cmp.Or(os.Getenv("DECLOUD_PYTHON"), "python3"), fixture("onnx/putback.py"), step, dir, strconv.Itoa(digits)).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	run("export")
	model, err := OpenONNX(filepath.Join(dir, "model.onnx"), ONNXOptions{})
	require.NoError(t, err)
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	p, _, err := Build(t.Context(), model, sets.Test, BuildOptions{Dataset: dataset.Mnist, Limit: digits, Split: SplitOptions{Ratio: 0.8},
		Preprocessing: Preprocessing{Shape: []int{1, 28, 28}, Mean: []float32{0}, Std: []float32{1}}})
	require.NoError(t, err)
	require.NoError(t, p.Write(filepath.Join(dir, "package")))
	require.Contains(t, types(p.Head), "Conv2d")

	trained := p.Head
	trained.Weights = map[string]safetensors.Tensor{}
	for name, w := range p.Head.Weights {
		w.Data = append([]float32(nil), w.Data...)
		for i := range w.Data {
			w.Data[i] = 1.25*w.Data[i] + 0.01*float32(i%3)
		}
		trained.Weights[name] = w
	}
	require.NoError(t, WriteGradient(filepath.Join(dir, "won"), trained, p))
	run("put")
	b, err := os.ReadFile(filepath.Join(dir, "logits.safetensors"))
	require.NoError(t, err)
	logits, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	require.NoError(t, Model{Network: trained}.CheckOutputs(p.Embeddings, logits["logits"]))
	require.Error(t, Model{Network: p.Head}.CheckOutputs(p.Embeddings, logits["logits"]))
}

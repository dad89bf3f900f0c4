package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// A .safetensors file comes in with its layers; those are named, since the file does
// not keep their order.
func TestOpenSafetensors(t *testing.T) {
	want, err := packagefmt.OpenPyTorch(model, packagefmt.PyTorchOptions{})
	require.NoError(t, err)
	dir := t.TempDir()
	path, listed := filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "layers.json")
	_, err = (&recipe{model: path}).open()
	require.ErrorContains(t, err, "--layers")
	require.ErrorContains(t, err, packagefmt.ExportLine)

	renamed := map[string]safetensors.Tensor{}
	var list []map[string]any
	for i, l := range want.Layers {
		list = append(list, map[string]any{"type": l.Type, "params": l.Params, "name": ""})
		prefix := fmt.Sprintf("layers.%d.", i)
		for name, w := range want.Weights {
			if param, ok := strings.CutPrefix(name, prefix); ok {
				part := string(rune('z'-i)) + "part"
				renamed["_orig_mod."+part+"."+param], list[i]["name"] = w, part
			}
		}
	}
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, safetensors.Write(f, renamed))
	require.NoError(t, f.Close())
	data, err := json.Marshal(list)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(listed, data, 0o600))
	got, err := (&recipe{model: path, layers: listed}).open()
	require.NoError(t, err)
	require.Equal(t, want.Weights, got.Weights)
}

// A directory is called what it is, with the command that makes a model of it.
func TestOpenDirectory(t *testing.T) {
	for file, says := range map[string]string{
		"config.json":    "optimum-cli export onnx",
		"saved_model.pb": "tf2onnx",
		"model.onnx":     "model.onnx",
		"readme.txt":     "wants a model's file",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), nil, 0o600))
		_, err := (&recipe{model: dir}).open()
		require.ErrorContains(t, err, says)
	}
}

// --check proves the layers that were listed, and refuses others that fit the same
// weights.
func TestCheckFlag(t *testing.T) {
	const doors = "../../../packagefmt/testdata/doors_"
	listed := filepath.Join(t.TempDir(), "layers.json")
	for activation, says := range map[string]string{"ReLU": "", "Tanh": "differ by"} {
		layers := `[{"type":"Linear","params":{"in_features":3,"out_features":4}},{"type":"` + activation + `"},{"type":"Linear","params":{"in_features":4,"out_features":2}}]`
		require.NoError(t, os.WriteFile(listed, []byte(layers), 0o600))
		m, err := (&recipe{model: doors + "compiled.pt", layers: listed}).open()
		require.NoError(t, err)
		n, err := checkOutputs(m, doors+"check.npz")
		if says == "" {
			require.NoError(t, err)
			require.Equal(t, 5, n)
			continue
		}
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, packagefmt.ExportLine)
	}
	_, err := checkOutputs(packagefmt.Model{}, listed)
	require.ErrorContains(t, err, "numpy.savez")
}

package packagefmt

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The files doors*.pt are written by testdata/doors.py.

// TestDoors loads models that are saved beside other things, in wrappers, or of
// layers that are lists themselves; they compute what PyTorch computes.
func TestDoors(t *testing.T) {
	b, err := os.ReadFile(fixture("doors.safetensors"))
	require.NoError(t, err)
	out, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	for name, opts := range map[string]PyTorchOptions{
		"beside": {}, "beside_state": {Layers: plainLayers}, "checkpoint": {}, "checkpoint_state": {Layers: plainLayers}, "compiled": {Layers: plainLayers}, "parallel_state": {Layers: plainLayers},
		"parallel": {}, "encoder": {}, "tied": {}, "pictures": {}, "volumes": {}, "words": {},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := OpenPyTorch(fixture("doors_"+name+".pt"), opts)
			require.NoError(t, err)
			net, err := nn.NewGraph(nn.Nodes(m.Layers, m.Inputs, m.Tied), m.Weights)
			require.NoError(t, err)
			y, err := net.Forward(out[name+".x"])
			require.NoError(t, err)
			require.Equal(t, out[name+".y"].Shape, y.Shape)
			require.InDeltaSlice(t, out[name+".y"].Data, y.Data, 1e-5)
			for _, layer := range m.Names {
				require.NotContains(t, layer, "module")
				require.NotContains(t, layer, "_orig_mod")
			}
			require.Equal(t, name == "tied", m.Tied != nil)
			require.NotContains(t, strings.Join(m.Assumed, " "), "share")
		})
	}
}

// A checkpoint of a later protocol, and what says of its weights that it cannot be read.
func TestCheckpointsOfAnything(t *testing.T) {
	want, err := OpenPyTorch(fixture("doors_checkpoint.pt"), PyTorchOptions{})
	require.NoError(t, err)
	got, err := OpenPyTorch(fixture("doors_checkpoint4.pt"), PyTorchOptions{})
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = OpenPyTorch(fixture("doors_quantized_state.pt"), PyTorchOptions{Layers: plainLayers[:1]})
	require.ErrorContains(t, err, "_rebuild_qtensor")
	require.ErrorContains(t, err, "x.dequantize()")
}

// TestForeignFiles: what is no file of torch.save is called by its name, and the way
// out is in the message.
func TestForeignFiles(t *testing.T) {
	archive := func(names ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			w, err := z.Create(name)
			require.NoError(t, err)
			_, err = w.Write([]byte("{}"))
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
		return b.String()
	}
	for says, file := range map[string]string{
		"torch.export":        archive("model/archive_format", "model/models/model.json"),
		"(.pt2)":              archive("serialized_exported_program.json", "version"),
		"--keras model.keras": archive("config.json", "model.weights.h5"),
		"TorchScript":         archive("net/constants.pkl", "net/data.pkl"),
		"--keras model.h5":    "\x89HDF\r\n\x1a\n",
		"--layers":            "\x10\x00\x00\x00\x00\x00\x00\x00{}              ",
		"git lfs pull":        "version https://git-lfs.github.com/spec/v1\noid sha256:0",
		"GGUF":                "GGUF\x03\x00\x00\x00",
	} {
		t.Run(says, func(t *testing.T) {
			_, err := LoadPyTorch(strings.NewReader(file), int64(len(file)), PyTorchOptions{})
			require.ErrorIs(t, err, ErrUnsupported)
			require.ErrorContains(t, err, says)
			require.ErrorContains(t, err, ExportLine)
			require.NotContains(t, err.Error(), "opcode")
		})
	}
	for _, file := range []string{"just some text", "\x1f\x8b\x08\x00\x00"} {
		_, err := LoadPyTorch(strings.NewReader(file), int64(len(file)), PyTorchOptions{})
		require.ErrorIs(t, err, ErrInvalid)
		require.NotContains(t, err.Error(), "opcode")
	}
}

// Safetensors of a compiled model: the wrapper's name is not part of the layers'.
func TestSafetensorsOfWrappedModels(t *testing.T) {
	m, err := OpenPyTorch(fixture("doors_compiled.pt"), PyTorchOptions{Layers: plainLayers})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, map[string]safetensors.Tensor{
		"_orig_mod.module.in.weight": m.Weights["layers.0.weight"], "_orig_mod.module.in.bias": m.Weights["layers.0.bias"],
		"_orig_mod.module.out.weight": m.Weights["layers.2.weight"], "_orig_mod.module.out.bias": m.Weights["layers.2.bias"],
	}))
	for _, names := range [][]string{{"in", "", "out"}, {"_orig_mod.module.in", "", "_orig_mod.module.out"}} {
		got, err := LoadSafetensors(bytes.NewReader(b.Bytes()), int64(b.Len()), plainLayers, names)
		require.NoError(t, err)
		require.Equal(t, m.Weights, got.Weights)
	}
}

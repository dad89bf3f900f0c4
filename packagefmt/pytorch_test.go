package packagefmt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/internal/torchfile"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func fixture(name string) string { return filepath.Join("testdata", name) }

func TestModelsComputeWhatPyTorchDoes(t *testing.T) {
	f, err := os.ReadFile(fixture("outputs.safetensors"))
	require.NoError(t, err)
	outputs, err := safetensors.Read(strings.NewReader(string(f)), int64(len(f)))
	require.NoError(t, err)
	const nested = "Flatten Linear BatchNorm1d ReLU Dropout Linear"
	tests := []struct {
		name, layers, names string
		opts                PyTorchOptions
		tolerance           float64
	}{
		{name: "nested", layers: nested, names: "0 1.0 1.1 1.2.0 1.2.1 2", tolerance: 1e-6},
		{name: "protocol4", layers: nested, tolerance: 1e-6},
		{name: "legacy", layers: nested, tolerance: 1e-6},
		{name: "half", layers: nested, tolerance: 1e-2},
		{name: "bfloat16", layers: nested, tolerance: 5e-2},
		{name: "double", layers: nested, tolerance: 1e-6},
		{name: "shared", layers: "Linear ReLU Linear ReLU Linear", tolerance: 1e-6},
		{name: "views", layers: "Linear ReLU Linear", tolerance: 1e-6},
		{name: "cnn", layers: "Conv2d BatchNorm2d ReLU MaxPool2d Conv2d ReLU AdaptiveAvgPool2d Flatten Linear", tolerance: 1e-5},
		{name: "custom", layers: "Linear ReLU Linear", names: "features.0 features.1 fc",
			opts: PyTorchOptions{InOrder: []string{"Net"}}, tolerance: 1e-6},
		{name: "legacy_custom", layers: "Linear ReLU Linear",
			opts: PyTorchOptions{InOrder: []string{"__main__.Net"}}, tolerance: 1e-6},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := OpenPyTorch(fixture(test.name+".pt"), test.opts)
			require.NoError(t, err)
			require.Equal(t, test.layers, strings.Join(types(m.Network), " "))
			if test.names != "" {
				require.Equal(t, test.names, strings.Join(m.Names, " "))
			}
			require.Equal(t, len(test.opts.InOrder), len(m.Assumed), "assumptions are reported")
			net, err := m.net()
			require.NoError(t, err)
			x, want := outputs[test.name+".x"], outputs[test.name+".y"]
			got, err := net.Forward(x)
			require.NoError(t, err)
			require.Equal(t, want.Shape, got.Shape)
			require.InDeltaSlice(t, want.Data, got.Data, test.tolerance)
		})
	}
}

// TestOldPyTorch reads files of PyTorch 1.13, in both forms.
func TestOldPyTorch(t *testing.T) {
	var want struct{ X, Y []float32 }
	b, err := os.ReadFile(fixture("torch1.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	for _, name := range []string{"torch1.pt", "torch1_legacy.pt"} {
		m, err := OpenPyTorch(fixture(name), PyTorchOptions{})
		require.NoError(t, err, name)
		net, err := m.net()
		require.NoError(t, err)
		got, err := net.Forward(safetensors.Tensor{Shape: []int{4, 2, 4}, Data: want.X})
		require.NoError(t, err)
		require.InDeltaSlice(t, want.Y, got.Data, 1e-6, name)
	}
}

func TestUnusableFiles(t *testing.T) {
	os.Remove("/tmp/decloud-pickle-ran")
	tests := []struct {
		name string
		want error
		text string // in the message
	}{
		{"custom.pt", ErrUnsupported, "__main__.Net"},
		{"custom.pt", ErrUnsupported, "InOrder"},
		{"hooked.pt", ErrUnsupported, "_forward_hooks"},
		{"torchscript.pt", ErrUnsupported, "torch.save"},
		{"state_dict.pt", ErrUnsupported, "state_dict"},
		{"evil.pt", ErrUnsupported, "posix.system"},
		{"evil_inside.pt", ErrUnsupported, "posix.system"},
		{"nan.pt", ErrInvalid, "not finite"},
		{"vocabulary.pt", ErrUnsupported, "track_running_stats"},
		{"pytorch.py", ErrInvalid, "torch.save"},
		{"outputs.safetensors", ErrUnsupported, "--layers"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenPyTorch(fixture(test.name), PyTorchOptions{})
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.text)
			require.ErrorContains(t, err, test.name, "the file is named")
		})
	}
	require.NoFileExists(t, "/tmp/decloud-pickle-ran", "no pickle was run")
}

func TestInOrderIsForModulesOnly(t *testing.T) {
	_, err := OpenPyTorch(fixture("evil.pt"), PyTorchOptions{InOrder: []string{"posix.system", "system"}})
	require.ErrorIs(t, err, ErrUnsupported, "a command is refused even if InOrder names the function")
	_, err = OpenPyTorch(fixture("own_weight.pt"), PyTorchOptions{InOrder: []string{"OwnWeight"}})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "weights of its own")
	_, err = OpenPyTorch(fixture("hooked.pt"), PyTorchOptions{InOrder: []string{"double_it"}})
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorContains(t, err, "_forward_hooks")
}

// TestWholeVocabulary reads every class of the kits' vocabulary, whether the
// engine runs it or not, and compares the arguments with those given in Python.
func TestWholeVocabulary(t *testing.T) {
	var want []struct {
		Type    string
		Params  map[string]any
		Weights map[string][]int
	}
	b, err := os.ReadFile(fixture("vocabulary.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &want))
	m := readTree(t, "vocabulary.pt")
	require.Len(t, m.Layers, len(want))
	for i, w := range want {
		l := m.Layers[i]
		require.Equal(t, w.Type, l.Type)
		for name, v := range w.Params {
			got, ok := l.Params[name]
			require.True(t, ok, "%s lacks %s", l.Type, name)
			require.Equal(t, normal(v), normal(got), "%s %s", l.Type, name)
		}
		for name, shape := range w.Weights {
			weight, ok := m.Weights[weightName(i, name)]
			require.True(t, ok, "%s lacks %s", l.Type, name)
			require.Equal(t, shape, append([]int{}, weight.Shape...), "%s %s", l.Type, name)
		}
	}
}

// normal unifies what is the same for PyTorch: 3, (3,) and (3, 3).
func normal(v any) any {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return v
	}
	for _, item := range list {
		if item != list[0] {
			return v
		}
	}
	return list[0]
}

// readTree reads the module tree without asking the engine.
func readTree(t testing.TB, name string) Model {
	t.Helper()
	f, err := os.Open(fixture(name))
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	l := torchLoader{}
	l.file, err = torchfile.Open(f, info.Size(), allow)
	require.NoError(t, err)
	require.NoError(t, l.load())
	return l.model
}

// Whatever is refused in a .pt can be exported to ONNX: the message ends with the line
// that does it.
func TestRefusedModelsSayHowToExport(t *testing.T) {
	_, err := OpenPyTorch("testdata/custom.pt", PyTorchOptions{})
	require.ErrorIs(t, err, ErrUnsupported)
	require.True(t, strings.HasSuffix(err.Error(), ExportLine), err)
}

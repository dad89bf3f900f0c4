package packagefmt

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func outputs(t testing.TB) map[string]safetensors.Tensor {
	t.Helper()
	b, err := os.ReadFile(fixture("outputs.safetensors"))
	require.NoError(t, err)
	out, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return out
}

// computes compares a model's outputs with PyTorch's.
func computes(t testing.TB, m Model, name string) {
	t.Helper()
	net, err := m.net()
	require.NoError(t, err)
	out := outputs(t)
	got, err := net.Forward(out[name+".x"])
	require.NoError(t, err)
	require.InDeltaSlice(t, out[name+".y"].Data, got.Data, 1e-6)
}

var plainLayers = []Layer{linearLayer(3, 4), {"ReLU", params{}}, linearLayer(4, 2)}

func TestCheckpoints(t *testing.T) {
	for _, test := range []struct {
		file string
		opts PyTorchOptions
	}{
		{"checkpoint", PyTorchOptions{}},
		{"checkpoint", PyTorchOptions{Key: "model"}},
		{"state_dict", PyTorchOptions{Layers: plainLayers}},
		{"checkpoint_state", PyTorchOptions{Layers: plainLayers}},
		{"checkpoint_state", PyTorchOptions{Layers: plainLayers, Key: "model_state_dict"}},
	} {
		m, err := OpenPyTorch(fixture(test.file+".pt"), test.opts)
		require.NoError(t, err, test.file)
		computes(t, m, test.file)
		if test.opts.Key == "" || test.opts.Layers != nil {
			require.NotEmpty(t, m.Assumed, "guesses are reported")
		}
	}
	for _, test := range []struct {
		file string
		opts PyTorchOptions
		want error
		text string
	}{
		{"checkpoint", PyTorchOptions{Key: "ema"}, ErrInvalid, `"optimizer"`},
		{"checkpoint", PyTorchOptions{Key: "epoch"}, ErrUnsupported, "torch.save"},
		{"checkpoint", PyTorchOptions{Key: "optimizer"}, ErrUnsupported, "neither"},
		{"checkpoint_state", PyTorchOptions{}, ErrUnsupported, "PyTorchOptions.Layers"},
		{"state_dict", PyTorchOptions{Layers: plainLayers[:1]}, ErrInvalid, "belongs to none of the layers"},
		{"state_dict", PyTorchOptions{Layers: append(plainLayers[:3:3], linearLayer(2, 2))}, ErrInvalid, "the file has no weights"},
		{"state_dict", PyTorchOptions{Layers: []Layer{linearLayer(3, 4), linearLayer(4, 3)}}, ErrInvalid, "shape"},
		{"state_dict", PyTorchOptions{Layers: []Layer{{"PReLU7", params{}}}}, ErrUnsupported, "PReLU7"},
		{"state_dict", PyTorchOptions{Layers: []Layer{{"BatchNorm1d", params{"num_features": 4.0}}, linearLayer(4, 2)}}, ErrInvalid, "shape"},
	} {
		_, err := OpenPyTorch(fixture(test.file+".pt"), test.opts)
		require.ErrorIs(t, err, test.want)
		require.ErrorContains(t, err, test.text)
	}
}

func TestLoadSafetensors(t *testing.T) {
	m, err := OpenPyTorch(fixture("state_dict.pt"), PyTorchOptions{Layers: plainLayers})
	require.NoError(t, err)
	write := func(first, second string) []byte {
		var b bytes.Buffer
		require.NoError(t, safetensors.Write(&b, map[string]safetensors.Tensor{
			first + ".weight": m.Weights["layers.0.weight"], first + ".bias": m.Weights["layers.0.bias"],
			second + ".weight": m.Weights["layers.2.weight"], second + ".bias": m.Weights["layers.2.bias"],
		}))
		return b.Bytes()
	}
	for _, test := range []struct {
		first, second string
		names         []string
	}{
		{"0", "2", nil},
		{"layers.0", "layers.2", nil},
		{"model.net.0", "model.net.2", nil},
		{"layers.0", "layers.1", nil}, // only layers with parameters are numbered
		{"zz", "aa.b", []string{"zz", "", "aa.b"}},
	} {
		b := write(test.first, test.second)
		got, err := LoadSafetensors(bytes.NewReader(b), int64(len(b)), plainLayers, test.names)
		require.NoError(t, err, test.first)
		computes(t, got, "state_dict")
	}
	for _, test := range []struct {
		first, second string
		names         []string
	}{
		{"fc1", "fc2", nil},
		{"a.0", "b.2", nil},
		{"a", "b", []string{"a", "b"}},
		{"a", "b", []string{"a", "", "c"}},
		{"a", "b", []string{"b", "", "a"}},
		{"0", "3", nil},
	} {
		b := write(test.first, test.second)
		_, err := LoadSafetensors(bytes.NewReader(b), int64(len(b)), plainLayers, test.names)
		require.ErrorIs(t, err, ErrInvalid, test.first)
	}
	_, err = LoadSafetensors(bytes.NewReader(nil), 0, plainLayers, nil)
	require.ErrorIs(t, err, ErrInvalid)
}

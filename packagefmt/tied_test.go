package packagefmt

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// tiedModel is doors_tied.pt: one Linear of 72 parameters in two places, and another.
func tiedModel(t *testing.T) Model {
	m, err := OpenPyTorch(fixture("doors_tied.pt"), PyTorchOptions{})
	require.NoError(t, err)
	return m
}

func build(t *testing.T, m Model, split SplitOptions) (*Package, Report, error) {
	t.Helper()
	return Build(t.Context(), m, samples(t, 40, 8), BuildOptions{Dataset: dataset.Iris, Split: split,
		Preprocessing: Preprocessing{Shape: []int{8}, Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}}})
}

// Weights that PyTorch has once are once in a model, and count once.
func TestTiedWeightsAreOne(t *testing.T) {
	m := tiedModel(t)
	require.Equal(t, map[string]string{"layers.2.weight": "layers.0.weight", "layers.2.bias": "layers.0.bias"}, m.Tied)
	require.ElementsMatch(t, []string{"layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias"}, slices.Collect(maps.Keys(m.Weights)))
	params, err := layerParams(m.Network)
	require.NoError(t, err)
	require.Equal(t, []int{72, 0, 0, 108}, params)

	// A state_dict has both names; they lie at one place of the file.
	list := []Layer{linearLayer(8, 8), {"ReLU", nil}, linearLayer(8, 8), linearLayer(8, 12)}
	state, err := OpenPyTorch(fixture("doors_tied_state.pt"), PyTorchOptions{Layers: list})
	require.NoError(t, err)
	require.Equal(t, m.Tied, state.Tied)
	require.Equal(t, m.Weights, state.Weights)
}

// A cut between the two places would make two of one weight: it is moved in front of
// both. The head is a graph, which can say that they are tied, and so is what is
// trained from it.
func TestTiedAcrossTheCut(t *testing.T) {
	p, report, err := build(t, tiedModel(t), SplitOptions{FirstLayer: 2})
	require.NoError(t, err)
	require.Equal(t, 0, report.FirstLayer)
	require.Equal(t, 180, report.TotalParams)
	require.Equal(t, 180, report.HeadParams)
	require.Len(t, report.Notes, 1)
	require.Contains(t, report.Notes[0], "layer 2 shares its")
	require.Equal(t, [][]int{{0}, {1}, {2}, {3}}, p.Head.Inputs)

	dir := filepath.Join(t.TempDir(), "package")
	require.NoError(t, p.Write(dir))
	back, err := Read(os.DirFS(dir))
	require.NoError(t, err)
	require.Equal(t, p.Head, back.Head)
	require.Equal(t, Version3, back.Config.Version)

	files, err := GradientFS(p.Head, p)
	require.NoError(t, err)
	head, err := ReadGradient(files, p)
	require.NoError(t, err)
	require.Equal(t, p.Head, head)
	apart := p.Head.untied()
	apart.Inputs = p.Head.Inputs
	require.ErrorIs(t, SameNetwork(apart, p.Head), ErrInvalid)
	_, err = GradientFS(apart, p)
	require.ErrorIs(t, err, ErrInvalid)
}

// The encoder is not trained: there the weight is written twice, and the head is a list.
func TestTiedInTheEncoder(t *testing.T) {
	p, report, err := build(t, tiedModel(t), SplitOptions{})
	require.NoError(t, err)
	require.Empty(t, report.Notes)
	require.Equal(t, 108, report.HeadParams)
	require.Nil(t, p.Head.Inputs)
	require.Nil(t, p.Encoder.Tied)
	require.Equal(t, p.Encoder.Weights["layers.0.weight"], p.Encoder.Weights["layers.2.weight"])
}

func TestTiedToNothing(t *testing.T) {
	list := []Layer{linearLayer(4, 4), {"BatchNorm1d", params{"num_features": 4.0}}, {"BatchNorm1d", params{"num_features": 4.0}}, linearLayer(4, 4), linearLayer(4, 3)}
	for name, tied := range map[string]map[string]string{
		"a later layer":      {"layers.0.weight": "layers.3.weight"},
		"itself":             {"layers.0.weight": "layers.0.weight"},
		"another shape":      {"layers.4.weight": "layers.0.weight"},
		"tied itself":        {"layers.3.weight": "layers.0.weight", "layers.3.bias": "layers.0.bias", "layers.4.weight": "layers.3.weight"},
		"no layer":           {"layers.3.weight": "layers.9.weight"},
		"no parameter":       {"layers.3.weight": "layers.0.weights"},
		"of no layer":        {"layers.9.weight": "layers.0.weight"},
		"of no parameter":    {"layers.3.weights": "layers.0.weight"},
		"running statistics": {"layers.2.running_mean": "layers.1.running_mean"},
		"to a statistic":     {"layers.2.weight": "layers.1.running_mean"},
	} {
		t.Run(name, func(t *testing.T) {
			m := model(t, list...)
			m.Tied = tied
			for name := range tied {
				delete(m.Weights, name)
			}
			require.ErrorIs(t, m.Check(), ErrInvalid)
		})
	}
	_, err := Config{Version: Version3, Layers: list, Tied: map[string]string{"layers.3.weight": "layers.0.weight"}}.MarshalJSON()
	require.ErrorIs(t, err, ErrInvalid, "a list has no place for it")
}

// Two layers of one name in a safetensors file are one.
func TestTiedSafetensors(t *testing.T) {
	m := tiedModel(t)
	list := []Layer{linearLayer(8, 8), {"ReLU", nil}, linearLayer(8, 8), linearLayer(8, 12)}
	tensors := map[string]safetensors.Tensor{"block.weight": m.Weights["layers.0.weight"], "block.bias": m.Weights["layers.0.bias"],
		"fc.weight": m.Weights["layers.3.weight"], "fc.bias": m.Weights["layers.3.bias"]}
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, tensors))
	got, err := LoadSafetensors(&b, int64(b.Len()), list, []string{"block", "", "block", "fc"})
	require.NoError(t, err)
	require.Equal(t, m.Tied, got.Tied)
	require.Equal(t, m.Weights, got.Weights)
}

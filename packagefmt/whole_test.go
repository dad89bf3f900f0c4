package packagefmt

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// The whole model computes what encoder and head compute one behind the other.
func TestWholeComputesWhatThePartsDo(t *testing.T) {
	p, _, sets := buildMNIST(t)
	x, labels, err := p.Samples(context.Background(), sets.Test, 20)
	require.NoError(t, err)
	require.Equal(t, []int{20, 1, 28, 28}, x.Shape)
	own, err := p.Labels(sets.Test)
	require.NoError(t, err)
	require.Equal(t, own[:20], labels)
	requireWhole(t, p, x)
	m, err := p.Whole()
	require.NoError(t, err)
	require.Nil(t, m.Inputs)
	require.Equal(t, []string{"encoder.layers.0", "encoder.layers.1", "encoder.layers.2", "head.layers.0", "head.layers.1", "head.layers.2"}, m.Names)
	p.Config.Task = mnistTask()
	targets, err := p.Targets()
	require.NoError(t, err)
	for _, target := range targets {
		require.Contains(t, m.Names, target.Path)
	}
}

func requireWhole(t *testing.T, p *Package, x safetensors.Tensor) {
	t.Helper()
	m, err := p.Whole()
	require.NoError(t, err)
	whole, err := m.Network.net()
	require.NoError(t, err)
	got, err := whole.Forward(x)
	require.NoError(t, err)
	e, err := newEncoder(*p.Encoder, *p.Config.Preprocessing)
	require.NoError(t, err)
	features, err := e.run(x)
	require.NoError(t, err)
	head, err := p.Head.net()
	require.NoError(t, err)
	want, err := head.Forward(features)
	require.NoError(t, err)
	require.Equal(t, want.Shape, got.Shape)
	for i, v := range want.Data {
		require.InDelta(t, v, got.Data[i], 1e-4, "output %d", i)
	}
}

// Outputs of every number of dimensions are reduced as embeddings are, and heads that are
// graphs go on behind them.
func TestWholePoolsAsEmbeddingsAre(t *testing.T) {
	graph := Network{
		Layers: []Layer{{Type: "Linear", Params: map[string]any{"in_features": 3.0, "out_features": 3.0}}, {Type: "Add"}, {Type: "Linear", Params: map[string]any{"in_features": 3.0, "out_features": 3.0, "bias": false}}},
		Inputs: [][]int{{0}, {0, 1}, {2}}, Tied: map[string]string{"layers.2.weight": "layers.0.weight"},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": counting(0.1, 3, 3), "layers.0.bias": counting(1, 3)},
	}
	for name, shape := range map[string][]int{"features": {3}, "tokens": {4, 3}, "pictures": {3, 2, 2}, "volumes": {3, 2, 2, 2}} {
		for _, encoder := range []Network{{}, {Layers: []Layer{{Type: "ReLU"}}}} {
			t.Run(name, func(t *testing.T) {
				p := &Package{Config: Config{Preprocessing: &Preprocessing{Shape: shape}}, Encoder: &encoder, Head: graph}
				requireWhole(t, p, counting(0.5, append([]int{2}, shape...)...))
			})
		}
	}
	_, err := (&Package{}).Whole()
	require.ErrorIs(t, err, ErrNoEncoder)
}

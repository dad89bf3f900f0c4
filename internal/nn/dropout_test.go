package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// trainOnce runs x forward and a gradient of ones backward in training mode.
func trainOnce(t *testing.T, n *Net, shape []int, rows, threads int, x []float32) (y, dx []float32) {
	t.Helper()
	shapes, err := n.shapes(shape)
	require.NoError(t, err)
	r := n.newRun(shapes, rows, true, true)
	for _, p := range n.learnable() {
		p.NeedGrad()
	}
	r.seed(7)
	team := kernel.NewTeam(threads)
	defer team.Close()
	y, err = r.forward(team, x, rows)
	require.NoError(t, err)
	dy := make([]float32, len(y))
	fill(dy, 1)
	r.backward(team, dy)
	return append([]float32{}, y...), append([]float32{}, r.values[0].dx...)
}

// TestDropoutIsItsOwnGradient: on ones, the output and the gradient are both
// the mask; Dropout2d's is one number for each channel.
func TestDropoutIsItsOwnGradient(t *testing.T) {
	x := make([]float32, 6*40*9)
	fill(x, 1)
	for _, typ := range []string{"Dropout", "Dropout2d"} {
		n, err := New([]Spec{{Type: typ, Params: map[string]any{"p": 0.25}}}, nil)
		require.NoError(t, err)
		y, dx := trainOnce(t, n, []int{40, 3, 3}, 6, 1, x)
		require.Equal(t, y, dx)
		zeros := 0
		for i, v := range y {
			if v == 0 {
				zeros++
			} else {
				require.InDelta(t, 1/0.75, v, 1e-6)
			}
			if typ == "Dropout2d" {
				require.Equal(t, y[i/9*9], v)
			}
		}
		require.InDelta(t, 0.25, float64(zeros)/float64(len(y)), 0.12)
		three, _ := trainOnce(t, n, []int{40, 3, 3}, 6, 3, x)
		require.Equal(t, y, three)
		eval, err := n.Forward(tensorOf(x, 6, 40, 3, 3))
		require.NoError(t, err)
		require.Equal(t, x, eval.Data)
	}
}

// TestRowShardedDropout: a row-sharded linear layer drops what another one drops.
func TestRowShardedDropout(t *testing.T) {
	specs := []Spec{linearSpec(9, 40), {Type: "ReLU"}, {Type: "Dropout", Params: map[string]any{"p": 0.4}}, linearSpec(40, 30)}
	weights, ok := randomWeights(specs)
	require.True(t, ok)
	n, err := New(specs, weights)
	require.NoError(t, err)
	x := make([]float32, 5*9)
	for i := range x {
		x[i] = float32(i%7)/7 - 0.4
	}
	eachClass(t, func(t *testing.T) {
		y, dx := trainOnce(t, n, []int{9}, 5, 1, x)
		y3, dx3 := trainOnce(t, n, []int{9}, 5, 3, x)
		require.Equal(t, y, y3)
		require.Equal(t, dx, dx3)
		weights := layers.MinShardedWeights
		defer func() { layers.MinShardedWeights = weights }()
		layers.MinShardedWeights = math.MaxInt
		bySamples, dxBySamples := trainOnce(t, n, []int{9}, 5, 1, x)
		require.InDeltaSlice(t, bySamples, y, 1e-5)
		require.InDeltaSlice(t, dxBySamples, dx, 1e-5)
	})
}

// TestDropoutWithin: layers with dropout inside are deterministic on any number
// of threads, differ between steps, and lose it in eval.
func TestDropoutWithin(t *testing.T) {
	for typ, params := range map[string]map[string]any{
		"LSTM":                    {"input_size": 8.0, "hidden_size": 8.0, "num_layers": 2.0, "dropout": 0.5, "batch_first": true},
		"MultiheadAttention":      {"embed_dim": 8.0, "num_heads": 2.0, "dropout": 0.5, "batch_first": true},
		"TransformerEncoderLayer": {"d_model": 8.0, "nhead": 2.0, "dim_feedforward": 5.0, "dropout": 0.5, "batch_first": true},
	} {
		t.Run(typ, func(t *testing.T) {
			specs := []Spec{{Type: typ, Params: params}}
			weights, ok := randomWeights(specs)
			require.True(t, ok)
			n, err := New(specs, weights)
			require.NoError(t, err)
			x := make([]float32, 5*4*8)
			for i := range x {
				x[i] = float32(i%11) / 11
			}
			y, dx := trainOnce(t, n, []int{4, 8}, 5, 1, x)
			y3, dx3 := trainOnce(t, n, []int{4, 8}, 5, 3, x)
			require.Equal(t, y, y3)
			require.Equal(t, dx, dx3)
			eval, err := n.Forward(tensorOf(x, 5, 4, 8))
			require.NoError(t, err)
			require.NotEqual(t, y, eval.Data)
		})
	}
}

// TestDropoutStreams pins which elements are dropped: a training that is resumed
// from a checkpoint must use the masks that it would have used. Every
// dropout has its own stream, those within a layer too. The streams are whole
// numbers, and so the same on every machine.
func TestDropoutStreams(t *testing.T) {
	// Each layer of the RNN passes on what is positive, with weights of 1 and 0.
	rnn := layer("RNN", map[string]any{"input_size": 1, "hidden_size": 1, "num_layers": 3, "dropout": 0.5, "batch_first": true, "bias": false, "nonlinearity": "relu"})
	weights := map[string]tensor.Tensor{}
	for k := range 3 {
		weights[weightName(1, fmt.Sprintf("weight_ih_l%d", k))] = tensorOf([]float32{1}, 1, 1)
		weights[weightName(1, fmt.Sprintf("weight_hh_l%d", k))] = tensorOf([]float32{0}, 1, 1)
	}
	drop := layer("Dropout", map[string]any{"p": 0.5})
	for name, c := range map[string]struct {
		specs   []Spec
		weights map[string]tensor.Tensor
		want    string
	}{
		"a layer":        {[]Spec{drop}, nil, "11110101111000110001110110100011"},
		"a second layer": {[]Spec{layer("Identity", nil), drop}, nil, "10111000100100110001011001110010"},
		"two layers":     {[]Spec{drop, drop}, nil, "10110000100000110001010000100010"},
		"within a layer": {[]Spec{layer("Identity", nil), rnn}, weights, "00000110000010100111001000010000"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := New(c.specs, c.weights)
			require.NoError(t, err)
			x := make([]float32, 32)
			fill(x, 1)
			y, _ := trainOnce(t, n, []int{32, 1}, 1, 1, x)
			kept := ""
			for _, v := range y {
				kept += map[bool]string{true: "1", false: "0"}[v != 0]
			}
			require.Equal(t, c.want, kept)
		})
	}
}

// TestPartsAreNotRowSharded: only layers that the caller wrote are (see
// findCapabilities).
func TestPartsAreNotRowSharded(t *testing.T) {
	weights := layers.MinShardedWeights
	defer func() { layers.MinShardedWeights = weights }()
	layers.MinShardedWeights = 1
	n := zeroNet(t, layer("TransformerEncoderLayer", map[string]any{"d_model": 64, "nhead": 1, "batch_first": true}), layer("Flatten", nil), linearSpec(128, 64))
	shapes, err := n.shapes([]int{2, 64})
	require.NoError(t, err)
	r := n.newRun(shapes, 3, true, false)
	_, err = r.forward(kernel.NewTeam(1), make([]float32, 3*128), 3)
	require.NoError(t, err)
	for i := range r.steps {
		require.Equal(t, i == len(r.steps)-1, r.steps[i].sharded, "node %d", i)
	}
}

func TestRefusedByName(t *testing.T) {
	for _, typ := range []string{
		"FractionalMaxPool2d", "Bilinear", "", "linear",
	} {
		_, err := ParamShapes(Spec{Type: typ})
		require.ErrorIs(t, err, ErrUnsupported)
		require.ErrorContains(t, err, `"`+typ+`"`)
	}
	for says, s := range map[string]Spec{
		"batch_first":         {Type: "LSTM", Params: map[string]any{"input_size": 1.0, "hidden_size": 1.0}},
		"proj_size":           {Type: "LSTM", Params: map[string]any{"input_size": 1.0, "hidden_size": 2.0, "batch_first": true, "proj_size": 1.0}},
		"add_bias_kv":         {Type: "MultiheadAttention", Params: map[string]any{"embed_dim": 2.0, "num_heads": 1.0, "batch_first": true, "add_bias_kv": true}},
		"bicubic":             {Type: "Upsample", Params: map[string]any{"size": 2.0, "mode": "bicubic"}},
		"track_running_stats": {Type: "BatchNorm1d", Params: map[string]any{"num_features": 2.0, "track_running_stats": false}},
		"max_norm":            {Type: "Embedding", Params: map[string]any{"num_embeddings": 2.0, "embedding_dim": 1.0, "max_norm": 1.0}},
		"return_indices":      {Type: "MaxPool2d", Params: map[string]any{"kernel_size": 2.0, "return_indices": true}},
		"include_last_offset": {Type: "EmbeddingBag", Params: map[string]any{"num_embeddings": 2.0, "embedding_dim": 1.0, "include_last_offset": true}},
		"k over 0":            {Type: "LocalResponseNorm", Params: map[string]any{"size": 2.0, "k": 0.0}},
		"padding_mode":        {Type: "Conv2d", Params: map[string]any{"in_channels": 1.0, "out_channels": 1.0, "kernel_size": 1.0, "padding_mode": "mirror"}},
	} {
		_, err := ParamShapes(s)
		require.ErrorIs(t, err, ErrUnsupported, says)
		require.ErrorContains(t, err, says)
	}
}

func fill(data []float32, v float32) {
	for i := range data {
		data[i] = v
	}
}

package nn

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

func tensorOf(data []float32, shape ...int) tensor.Tensor {
	return tensor.Tensor{Shape: shape, Data: data}
}

func linearSpec(in, out int) Spec {
	return Spec{Type: "Linear", Params: map[string]any{"in_features": float64(in), "out_features": float64(out)}}
}

// twoLayers is Linear 2→3, ReLU, Flatten, Linear 3→1 with weights that can be
// computed in the head.
func twoLayers() ([]Spec, map[string]tensor.Tensor) {
	return []Spec{linearSpec(2, 3), {Type: "ReLU"}, {Type: "Flatten"}, linearSpec(3, 1)},
		map[string]tensor.Tensor{
			"layers.0.weight": tensorOf([]float32{1, 2, 3, 4, -5, -6}, 3, 2),
			"layers.0.bias":   tensorOf([]float32{0.5, 0, 1}, 3),
			"layers.3.weight": tensorOf([]float32{1, 10, 100}, 1, 3),
			"layers.3.bias":   tensorOf([]float32{-1}, 1),
		}
}

func TestForwardByHand(t *testing.T) {
	specs, w := twoLayers()
	n, err := New(specs, w)
	require.NoError(t, err)
	require.Equal(t, 13, n.NumParams())

	shape, err := n.OutputShape([]int{2})
	require.NoError(t, err)
	require.Equal(t, []int{1}, shape)

	y, err := n.Forward(tensorOf([]float32{1, 1, -1, 0}, 2, 2))
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, y.Shape)
	// 3.5 + 10·7 + 100·0 − 1 and 0 + 0 + 100·6 − 1.
	require.Equal(t, []float32{72.5, 599}, y.Data)
	require.Equal(t, w, n.Weights())
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func([]Spec, map[string]tensor.Tensor)
		is     error
		says   string
	}{
		"unknown layer":    {func(s []Spec, _ map[string]tensor.Tensor) { s[1].Type = "FancyNet" }, ErrUnsupported, `"FancyNet"`},
		"unknown argument": {func(s []Spec, _ map[string]tensor.Tensor) { s[0].Params["rank"] = 4.0 }, ErrUnsupported, `"rank"`},
		"missing argument": {func(s []Spec, _ map[string]tensor.Tensor) { delete(s[0].Params, "in_features") }, nil, `"in_features" is missing`},
		"fractional size":  {func(s []Spec, _ map[string]tensor.Tensor) { s[0].Params["in_features"] = 2.5 }, nil, "2.5"},
		"huge size":        {func(s []Spec, _ map[string]tensor.Tensor) { s[0].Params["in_features"] = 1e300 }, nil, "1e+300"},
		"huge product": {func(s []Spec, _ map[string]tensor.Tensor) {
			s[0].Params["in_features"], s[0].Params["out_features"] = float64(1<<27), float64(1<<27)
		}, nil, "limit"},
		"missing weight": {func(_ []Spec, w map[string]tensor.Tensor) { delete(w, "layers.3.bias") }, ErrWeights, "layers.3.bias"},
		"extra weight":   {func(_ []Spec, w map[string]tensor.Tensor) { w["layers.1.weight"] = tensorOf(nil, 0) }, ErrWeights, "layers.1.weight"},
		"wrong shape": {func(_ []Spec, w map[string]tensor.Tensor) {
			w["layers.0.weight"] = tensorOf(w["layers.0.weight"].Data, 2, 3)
		}, ErrWeights, "[2 3]"},
		"short data": {func(_ []Spec, w map[string]tensor.Tensor) {
			w["layers.0.weight"] = tensorOf(make([]float32, 5), 3, 2)
		}, ErrWeights, "5 values"},
		"NaN":      {func(_ []Spec, w map[string]tensor.Tensor) { w["layers.0.bias"].Data[1] = float32(math.NaN()) }, ErrWeights, "NaN"},
		"infinity": {func(_ []Spec, w map[string]tensor.Tensor) { w["layers.0.bias"].Data[1] = float32(math.Inf(-1)) }, ErrWeights, "-Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			specs, w := twoLayers()
			c.change(specs, w)
			_, err := New(specs, w)
			require.ErrorContains(t, err, c.says)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
		})
	}
}

func TestForwardRefuses(t *testing.T) {
	n, err := New(twoLayers())
	require.NoError(t, err)
	for name, x := range map[string]tensor.Tensor{
		"scalar":         tensorOf([]float32{1}),
		"wrong features": tensorOf(make([]float32, 3), 1, 3),
		"short data":     tensorOf(make([]float32, 3), 2, 2),
		"negative batch": tensorOf(nil, -1, 2),
		"overflow":       tensorOf(nil, 1<<40, 1<<40),
		"empty sample":   tensorOf(nil, 3, 0),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := n.Forward(x)
			require.Error(t, err)
		})
	}
	y, err := n.Forward(tensorOf(nil, 0, 2))
	require.NoError(t, err)
	require.Equal(t, []int{0, 1}, y.Shape)
}

func TestShapeChangers(t *testing.T) {
	for name, c := range map[string]struct {
		spec    Spec
		in, out []int
		says    string
	}{
		"flatten":             {Spec{Type: "Flatten"}, []int{3, 4, 5}, []int{60}, ""},
		"flatten part":        {Spec{Type: "Flatten", Params: map[string]any{"start_dim": 2.0}}, []int{3, 4, 5}, []int{3, 20}, ""},
		"flatten inner":       {Spec{Type: "Flatten", Params: map[string]any{"start_dim": 1.0, "end_dim": -2.0}}, []int{3, 4, 5}, []int{12, 5}, ""},
		"flatten batch":       {Spec{Type: "Flatten", Params: map[string]any{"start_dim": 0.0}}, []int{3}, nil, "batch"},
		"flatten range":       {Spec{Type: "Flatten", Params: map[string]any{"end_dim": 4.0}}, []int{3}, nil, "out of range"},
		"unflatten":           {Spec{Type: "Unflatten", Params: map[string]any{"dim": 1.0, "unflattened_size": []any{3.0, -1.0}}}, []int{12}, []int{3, 4}, ""},
		"unflatten wrong":     {Spec{Type: "Unflatten", Params: map[string]any{"dim": 1.0, "unflattened_size": []any{5.0, -1.0}}}, []int{12}, nil, "make up 12"},
		"unflatten two holes": {Spec{Type: "Unflatten", Params: map[string]any{"dim": 1.0, "unflattened_size": []any{-1.0, -1.0}}}, []int{12}, nil, "at most one"},
		"identity":            {Spec{Type: "Identity", Params: map[string]any{"whatever": 1.0}}, []int{7, 2}, []int{7, 2}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := New([]Spec{c.spec}, nil)
			require.NoError(t, err)
			out, err := n.OutputShape(c.in)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.out, out)
			x := tensorOf(make([]float32, 2*tensor.Size(c.in)), append([]int{2}, c.in...)...)
			for i := range x.Data {
				x.Data[i] = float32(i)
			}
			y, err := n.Forward(x)
			require.NoError(t, err)
			require.Equal(t, x.Data, y.Data)
		})
	}
}

func TestNoLayersAtAll(t *testing.T) {
	n, err := New(nil, nil)
	require.NoError(t, err)
	x := tensorOf([]float32{1, 2, 3, 4, 5, 6}, 3, 2)
	y, err := n.Forward(x)
	require.NoError(t, err)
	require.Equal(t, x, y)
	require.Zero(t, n.NumParams())
}

// A faulty sample is named by its number in the whole batch, however that is
// divided.
func TestForwardNamesTheSample(t *testing.T) {
	n, err := New([]Spec{{Type: "Embedding", Params: map[string]any{"num_embeddings": 3.0, "embedding_dim": 2.0}}},
		map[string]tensor.Tensor{"layers.0.weight": tensorOf(make([]float32, 6), 3, 2)})
	require.NoError(t, err)
	x := tensorOf(make([]float32, 5000), 5000, 1)
	x.Data[4321] = 3
	_, err = n.Forward(x)
	require.ErrorContains(t, err, "sample 4321 holds 3")
}

// A few samples take no room for many.
func TestForwardOfFewSamples(t *testing.T) {
	n, err := New(twoLayers())
	require.NoError(t, err)
	shapes, err := n.shapes([]int{2})
	require.NoError(t, err)
	for rows := range 3 {
		_, block := n.shares(shapes, rows)
		require.Equal(t, max(1, rows), block)
	}
}

func TestSelect(t *testing.T) {
	x := make([]float32, 24)
	for i := range x {
		x[i] = float32(i)
	}
	for _, c := range []struct {
		dim, index float64
		shape      []int
		want       []float32
		says       string
	}{
		{1, -1, []int{2, 4}, []float32{8, 9, 10, 11, 20, 21, 22, 23}, ""},
		{-1, 3, []int{2, 3}, []float32{3, 7, 11, 15, 19, 23}, ""},
		{1, 3, nil, nil, "index 3 is out of range"},
		{0, 0, nil, nil, "batch"},
	} {
		n, err := New([]Spec{{Type: "Select", Params: map[string]any{"dim": c.dim, "index": c.index}}}, nil)
		require.NoError(t, err)
		y, err := n.Forward(tensorOf(x, 2, 3, 4))
		if c.says != "" {
			require.ErrorContains(t, err, c.says)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tensorOf(c.want, c.shape...), y)
	}
}

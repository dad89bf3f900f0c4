package validator

import (
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

func tensor(data []float32, shape ...int) safetensors.Tensor {
	return safetensors.Tensor{Shape: shape, Data: data}
}

// identityHead is the identity on three numbers, followed by a BatchNorm that does
// nothing: the class of an embedding is its largest number.
func identityHead() packagefmt.Network {
	return packagefmt.Network{
		Layers: []packagefmt.Layer{
			{Type: "Linear", Params: map[string]any{"in_features": 3.0, "out_features": 3.0}},
			{Type: "BatchNorm1d", Params: map[string]any{"num_features": 3.0}},
		},
		Weights: map[string]safetensors.Tensor{
			"layers.0.weight":              tensor([]float32{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3),
			"layers.0.bias":                tensor([]float32{0, 0, 0}, 3),
			"layers.1.weight":              tensor([]float32{1, 1, 1}, 3),
			"layers.1.bias":                tensor([]float32{0, 0, 0}, 3),
			"layers.1.running_mean":        tensor([]float32{0, 0, 0}, 3),
			"layers.1.running_var":         tensor([]float32{1, 1, 1}, 3),
			"layers.1.num_batches_tracked": tensor([]float32{10}),
		},
	}
}

// changed is the identity head with one weight replaced.
func changed(name string, data ...float32) packagefmt.Network {
	h := identityHead()
	h.Weights = maps.Clone(h.Weights)
	h.Weights[name] = tensor(data, h.Weights[name].Shape...)
	return h
}

// sevenSamples: the identity head has 4 of 7 right, one of them by a tie.
func sevenSamples() Test {
	return Test{
		Embeddings: tensor([]float32{
			1, 0, 0,
			0, 1, 0,
			0, 0, 1,
			2, 2, 0, // a tie goes to class 0
			2, 2, 0,
			0, 0, 1,
			1, 0, 0,
		}, 7, 3),
		Labels: []int{0, 1, 2, 0, 1, 0, 2},
	}
}

func identityJudge(t *testing.T) *Judge {
	t.Helper()
	j, err := NewJudge(t.Context(), identityHead(), sevenSamples())
	require.NoError(t, err)
	return j
}

// opened is an earlier submission in memory.
func opened(id string, head packagefmt.Network) Earlier {
	return Earlier{ID: id, Norm: Norm(head), Open: func() (packagefmt.Network, error) { return head, nil }}
}

func TestAccuracy(t *testing.T) {
	test := sevenSamples()
	got, err := Accuracy(t.Context(), identityHead(), test.Embeddings, test.Labels, 0)
	require.NoError(t, err)
	require.EqualValues(t, 5714, got) // 4/7 floored
	got, err = Accuracy(t.Context(), identityHead(), test.Embeddings, test.Labels, 5)
	require.NoError(t, err)
	require.EqualValues(t, 8000, got)
	got, err = Accuracy(t.Context(), identityHead(), test.Embeddings, test.Labels, 100)
	require.NoError(t, err)
	require.EqualValues(t, 5714, got)
}

func TestEvaluate(t *testing.T) {
	test := sevenSamples()
	r, err := Evaluate(t.Context(), identityHead(), test.Embeddings, test.Labels, 0)
	require.NoError(t, err)
	require.EqualValues(t, 5714, r.Accuracy)
	require.Equal(t, [][]int{{2, 0, 1}, {1, 1, 0}, {1, 0, 1}}, r.Confusion)
	require.Equal(t, []float64{0.5, 1, 0.5}, r.Precision)
	require.Equal(t, []float64{2.0 / 3, 0.5, 0.5}, r.Recall)
	one := math.Log(math.E+2) - 1 // −log softmax of the 1 among two 0
	zero := math.Log(math.E + 2)  // of a 0
	two := math.Log(2*math.E*math.E+1) - 2
	require.InDelta(t, (3*one+2*zero+2*two)/7, r.Loss, 1e-4) // BatchNorm's ε shows

	_, err = Evaluate(t.Context(), identityHead(), test.Embeddings, nil, 0)
	require.ErrorIs(t, err, ErrTest)
}

func TestAccuracyRefuses(t *testing.T) {
	good := sevenSamples()
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		test Test
		head packagefmt.Network
		is   error
		says string
	}{
		"empty split":    {Test{Embeddings: tensor(nil, 0, 3)}, identityHead(), ErrTest, "no samples"},
		"fewer labels":   {Test{Embeddings: good.Embeddings, Labels: good.Labels[1:]}, identityHead(), ErrTest, "6 labels"},
		"short data":     {Test{Embeddings: tensor(make([]float32, 20), 7, 3), Labels: good.Labels}, identityHead(), ErrTest, "20 values"},
		"negative label": {Test{Embeddings: tensor(make([]float32, 3), 1, 3), Labels: []int{-1}}, identityHead(), ErrTest, "label -1"},
		"NaN embedding":  {Test{Embeddings: tensor([]float32{0, nan, 0}, 1, 3), Labels: []int{1}}, identityHead(), ErrTest, "embedding 0"},
		"negative limit": {Test{good.Embeddings, good.Labels, -1}, identityHead(), ErrTest, "-1"},
		"label over":     {Test{Embeddings: tensor(make([]float32, 3), 1, 3), Labels: []int{3}}, identityHead(), ErrInvalidHead, "label 3"},
		"other width":    {Test{Embeddings: tensor(make([]float32, 4), 1, 4), Labels: []int{1}}, identityHead(), ErrInvalidHead, "layer 0"},
		"NaN weight":     {good, changed("layers.0.bias", 0, nan, 0), ErrInvalidHead, "layers.0.bias"},
		"giant weights":  {good, changed("layers.1.weight", 3e38, 1, 1), ErrInvalidHead, "too large"},
		"bad variance":   {good, changed("layers.1.running_var", -1, 1, 1), ErrInvalidHead, "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Accuracy(t.Context(), c.head, c.test.Embeddings, c.test.Labels, c.test.Limit)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestScore(t *testing.T) {
	better := changed("layers.0.bias", 0.1, 0, 0)
	better.Weights["layers.0.weight"] = tensor([]float32{1, 0, 0, 0, 1.5, 0, 0, 0, 1}, 3, 3)
	noisy := changed("layers.0.weight", 1+1e-7, 0, 0, 0, 1, 0, 0, 0, 1+1e-6)
	other := changed("layers.0.bias", 0, 0, 3)
	written := identityHead() // a default written out is no change
	written.Layers = append([]packagefmt.Layer{}, written.Layers...)
	written.Layers[1].Params = map[string]any{"num_features": 3.0, "eps": 1e-5}
	gelu := identityHead()
	gelu.Layers = []packagefmt.Layer{gelu.Layers[0], {Type: "BatchNorm1d", Params: map[string]any{"num_features": 3.0, "eps": 0.1}}}
	short := identityHead()
	short.Layers = short.Layers[:1]
	extra := identityHead()
	extra.Weights = maps.Clone(extra.Weights)
	extra.Weights["layers.7.weight"] = tensor([]float32{1}, 1)
	dressed := changed("layers.1.num_batches_tracked", 1e9)
	bare := identityHead()
	bare.Weights = maps.Clone(bare.Weights)
	delete(bare.Weights, "layers.1.num_batches_tracked")

	judge := identityJudge(t)
	require.EqualValues(t, 5714, judge.Base())
	for name, c := range map[string]struct {
		head     packagefmt.Network
		earlier  []Earlier
		accuracy uint32
		verdict  Verdict
		says     string
	}{
		"worse, honest":             {other, nil, 2857, Scored, ""},
		"the base itself":           {identityHead(), nil, 5714, Copy, "the base head"},
		"default written out":       {written, nil, 5714, Copy, "the base head"},
		"the base with some noise":  {noisy, nil, 5714, Copy, "the base head"},
		"dressed up base":           {dressed, nil, 5714, Copy, "the base head"},
		"base without counter":      {bare, nil, 5714, Copy, "the base head"},
		"copy of an earlier one":    {other, []Earlier{opened("bafy1", better), opened("bafy2", other)}, 5714, Copy, "bafy2"},
		"not a copy of earlier":     {other, []Earlier{opened("bafy1", better)}, 2857, Scored, ""},
		"other architecture":        {gelu, nil, 0, Invalid, "layer 1 is {BatchNorm1d"},
		"fewer layers":              {short, nil, 0, Invalid, "1 layers, the base has 2"},
		"extra weight":              {extra, nil, 0, Invalid, "layers.7.weight"},
		"NaN bomb":                  {changed("layers.0.bias", 0, 0, float32(math.NaN())), nil, 0, Invalid, "NaN"},
		"giant but finite":          {changed("layers.1.bias", 3e38, 3e38, 3e38), nil, 4285, Scored, ""},
		"overflowing weights":       {changed("layers.0.weight", 3e38, 3e38, 0, 0, 1, 0, 0, 0, 1), nil, 0, Invalid, "too large"},
		"infinitely large variance": {changed("layers.1.running_var", 1, 1, float32(math.Inf(1))), nil, 0, Invalid, "+Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := judge.Score(t.Context(), c.head, c.earlier)
			require.NoError(t, err)
			require.Equal(t, c.verdict, got.Verdict, got.Reason)
			require.Contains(t, got.Reason, c.says)
			require.Equal(t, c.accuracy, got.Accuracy)
		})
	}
}

func TestNewJudgeNamesWhatIsAtFault(t *testing.T) {
	_, err := NewJudge(t.Context(), identityHead(), Test{})
	require.ErrorIs(t, err, ErrTest)
	_, err = NewJudge(t.Context(), changed("layers.0.bias", 0, 0, float32(math.NaN())), sevenSamples())
	require.ErrorIs(t, err, ErrInvalidHead)
	require.ErrorContains(t, err, "base head")
}

func TestRelativeDistance(t *testing.T) {
	one := func(data ...float32) packagefmt.Network {
		return packagefmt.Network{Weights: map[string]safetensors.Tensor{"layers.0.weight": tensor(data, len(data))}}
	}
	for name, c := range map[string]struct {
		a, b packagefmt.Network
		want float64
	}{
		"same":         {one(1, 2), one(1, 2), 0},
		"by hand":      {one(3, 4), one(0, 2), math.Sqrt(13) / 2},
		"both zero":    {one(0, 0), one(0, 0), 0},
		"from zero":    {one(1, 0), one(0, 0), math.Inf(1)},
		"to zero":      {one(0, 0), one(3, 4), 1},
		"beyond float": {one(3e38), one(-3e38), 2},
		"one of a few": {one(1, 1, 1, 1.0000005), one(1, 1, 1, 1), 2.4e-7},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := RelativeDistance(c.a, c.b)
			require.NoError(t, err)
			if math.IsInf(c.want, 1) {
				require.Equal(t, c.want, got)
				return
			}
			require.InDelta(t, c.want, got, 1e-8)
		})
	}
	_, err := RelativeDistance(one(1, 2), one(1))
	require.ErrorContains(t, err, "another shape")
	_, err = RelativeDistance(one(1), packagefmt.Network{})
	require.ErrorContains(t, err, "different weights")
}

// TestNoiseBeyondToleranceIsNoCopy pins the tolerance.
func TestNoiseBeyondToleranceIsNoCopy(t *testing.T) {
	judge, rng := identityJudge(t), rand.New(rand.NewPCG(1, 1))
	for scale, verdict := range map[float64]Verdict{3e-7: Copy, 3e-6: Scored} {
		h := identityHead()
		h.Weights = maps.Clone(h.Weights)
		for name, w := range h.Weights {
			if name == "layers.1.num_batches_tracked" {
				continue
			}
			data := make([]float32, len(w.Data))
			for i, v := range w.Data {
				data[i] = v * float32(1+scale*(2*rng.Float64()-1)*math.Sqrt(3))
			}
			h.Weights[name] = tensor(data, w.Shape...)
		}
		got, err := judge.Score(t.Context(), h, nil)
		require.NoError(t, err)
		require.Equal(t, verdict, got.Verdict, "%v %v", scale, got.Reason)
	}
}

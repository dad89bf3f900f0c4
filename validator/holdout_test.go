package validator

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// pick is a head of one feature: class 1 where it is over 0.
func pick() packagefmt.Network {
	return packagefmt.Network{
		Layers:  []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 1.0, "out_features": 2.0}}},
		Weights: map[string]safetensors.Tensor{"layers.0.weight": tensor([]float32{-1, 1}, 2, 1), "layers.0.bias": tensor([]float32{0, 0}, 2)},
	}
}

// split of n samples, of which pick answers right so many.
func rights(right, n int) (safetensors.Tensor, []int) {
	x, labels := tensor(make([]float32, n), n, 1), make([]int, n)
	for i := range n {
		x.Data[i] = 1
		if i < right {
			labels[i] = 1
		}
	}
	return x, labels
}

func TestHoldoutJudge(t *testing.T) {
	public, labels := rights(700, 1000)
	key := packagefmt.HoldoutKey{5}
	sealed := func(right, n int) *packagefmt.Package {
		pkg := &packagefmt.Package{Head: pick(), Embeddings: public}
		x, y := rights(right, n)
		require.NoError(t, pkg.SealHoldout(packagefmt.Holdout{Embeddings: x, Labels: y}, key))
		return pkg
	}
	junk := &packagefmt.Package{Head: pick(), Embeddings: public, Holdout: []byte("junk")}
	for name, c := range map[string]struct {
		pkg  *packagefmt.Package
		key  *packagefmt.HoldoutKey
		base uint32
		why  string
	}{
		"the sealed test":    {sealed(330, 500), &key, 6600, ""},
		"no key":             {sealed(330, 500), nil, 7000, "not revealed"},
		"another key":        {sealed(330, 500), &packagefmt.HoldoutKey{0, 6}, 7000, "no identity matched"},
		"junk":               {junk, &key, 7000, "holdout.age"},
		"no file":            {&packagefmt.Package{Head: pick(), Embeddings: public}, &key, 7000, "the package has none"},
		"3.9 deviations off": {sealed(617, 1000), &key, 6170, ""},
		"over 4 off":         {sealed(500, 1000), &key, 7000, "no test of the same kind"},
		"all wrong":          {sealed(0, 100), &key, 7000, "no test of the same kind"},
		"too few to tell":    {sealed(0, 3), &key, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j, err := NewHoldoutJudge(t.Context(), c.pkg, Test{Embeddings: public, Labels: labels}, c.key)
			require.NoError(t, err)
			require.Equal(t, c.base, j.Base())
			if c.why == "" {
				require.NoError(t, j.Unsealed())
				return
			}
			require.ErrorContains(t, j.Unsealed(), c.why)
		})
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	_, err := NewHoldoutJudge(ctx, sealed(330, 500), Test{Embeddings: public, Labels: labels}, &key)
	require.ErrorIs(t, err, gone, "no verdict about the test")
}

// Four deviations, in whole numbers: of 1,000 samples each, at shares around a half, 4·√(½·½·2/1000) = 8.94 %.
func TestSameKind(t *testing.T) {
	require.True(t, sameKind(500, 1000, 588, 1000))
	require.False(t, sameKind(500, 1000, 590, 1000))
	require.True(t, sameKind(588, 1000, 500, 1000))
	require.True(t, sameKind(0, 10, 0, 10_000))
	require.True(t, sameKind(10_000, 10_000, 10_000, 10_000))
	require.False(t, sameKind(10_000, 10_000, 0, 10_000))
	require.True(t, sameKind(1, 1, 5000, 10_000))
}

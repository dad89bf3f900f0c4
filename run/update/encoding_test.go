package update

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// encodings are one of each kind.
var encodings = []Encoding{{}, {Kind: Float32}, {Kind: Float16}, {Kind: TopK, Fraction: 0.01}, {Kind: TopK, Fraction: 1}, {Kind: Sign}}

// model is a head with learned weights, a scalar and running statistics.
func model() packagefmt.Network {
	return packagefmt.Network{Weights: random(1, map[string][]int{
		"layers.0.weight": {30, 17}, "layers.0.bias": {30}, "layers.1.weight": {}, "layers.2.weight": {0, 3},
		"layers.3.running_mean": {30}, "layers.3.num_batches_tracked": {},
	})}
}

func random(seed uint64, shapes map[string][]int) Change {
	rng, out := rand.New(rand.NewPCG(seed, 0)), Change{}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		t := safetensors.Tensor{Shape: shapes[name], Data: make([]float32, size(shapes[name]))}
		for i := range t.Data {
			t.Data[i] = float32(rng.NormFloat64()) / 100
		}
		out[name] = t
	}
	return out
}

func size(shape []int) int {
	n, _ := safetensors.Count(shape)
	return n
}

func changeOf(m packagefmt.Network, seed uint64) Change {
	shapes := map[string][]int{}
	for name, t := range m.Weights {
		shapes[name] = t.Shape
	}
	return random(seed, shapes)
}

func TestDiffAndApply(t *testing.T) {
	m := model()
	trained, err := changeOf(m, 2).Apply(m)
	require.NoError(t, err)
	c, err := Diff(trained, m)
	require.NoError(t, err)
	again, err := c.Apply(m)
	require.NoError(t, err)
	for name := range m.Weights {
		require.InDeltaSlice(t, trained.Weights[name].Data, again.Weights[name].Data, 1e-8)
	}
	delete(trained.Weights, "layers.0.bias")
	_, err = Diff(trained, m)
	require.ErrorIs(t, err, ErrLayers)
	trained.Weights["layers.0.bias"] = safetensors.Tensor{Shape: []int{29}, Data: make([]float32, 29)}
	_, err = Diff(trained, m)
	require.ErrorIs(t, err, ErrLayers)
	_, err = Change(trained.Weights).Apply(m)
	require.ErrorIs(t, err, ErrLayers)
	trained, _ = changeOf(m, 2).Apply(m)
	trained.Weights["layers.1.weight"].Data[0] = float32(math.Inf(1))
	_, err = Diff(trained, m)
	require.ErrorIs(t, err, ErrNotFinite)
}

// Only learned weights count in the norm.
func TestNorm(t *testing.T) {
	c := Change{"layers.0.weight": {Shape: []int{2}, Data: []float32{3, -4}}, "layers.1.running_mean": {Shape: []int{1}, Data: []float32{1e9}}}
	require.Equal(t, 5.0, c.Norm())
}

// What is decoded is close to what was encoded, in the way of its kind, and
// running statistics are exact.
func TestEncodings(t *testing.T) {
	m := model()
	c := changeOf(m, 3)
	for _, e := range encodings {
		encoded, err := Encode(c, e)
		require.NoError(t, err)
		got, err := Decode(encoded, e.kind(), m.Weights)
		require.NoError(t, err)
		require.Equal(t, c["layers.3.running_mean"], got["layers.3.running_mean"])
		for i, v := range c["layers.0.weight"].Data {
			g := got["layers.0.weight"].Data[i]
			switch {
			case e.kind() == Float32:
				require.Equal(t, v, g)
			case e.kind() == Sign:
				require.Equal(t, math.Signbit(float64(v)), math.Signbit(float64(g)))
			case g != 0 || e.Fraction != 0.01:
				require.InDelta(t, v, g, math.Abs(float64(v))/2048+1e-9)
			}
		}
	}
}

func TestTopKKeepsTheLargest(t *testing.T) {
	c := Change{"layers.0.weight": {Shape: []int{2, 3}, Data: []float32{0.5, -2, 1, 2, 0, -1}}}
	encoded, err := Encode(c, Encoding{Kind: TopK, Fraction: 0.5})
	require.NoError(t, err)
	require.Equal(t, []byte{1, 0, 0}, encoded["layers.0.weight:gaps"].Data)
	got, err := Decode(encoded, TopK, c)
	require.NoError(t, err)
	require.Equal(t, []float32{0, -2, 1, 2, 0, 0}, got["layers.0.weight"].Data, "of equal magnitudes the first")
}

// Bytes for 1,000 values: the table of the package's comment.
func TestSizes(t *testing.T) {
	c := random(4, map[string][]int{"layers.0.weight": {1000}})
	for _, row := range []struct {
		e        Encoding
		min, max int64
	}{
		{Encoding{}, 4000, 4000}, {Encoding{Kind: Float16}, 2004, 2004}, {Encoding{Kind: Sign}, 129, 129},
		{Encoding{Kind: TopK, Fraction: 0.01}, 34, 44}, {Encoding{Kind: TopK, Fraction: 0.1}, 304, 314},
	} {
		encoded, err := Encode(c, row.e)
		require.NoError(t, err)
		require.GreaterOrEqual(t, encoded.Size(), row.min, row.e)
		require.LessOrEqual(t, encoded.Size(), row.max, row.e)
	}
}

// Error feedback: what the encodings of many changes add up to differs from the
// sum of the changes by the last residual only.
func TestFeedbackLosesNothing(t *testing.T) {
	m := model()
	for _, e := range encodings {
		want, got := make([]float64, 510), make([]float64, 510)
		var residual Change
		for step := range uint64(50) {
			c := changeOf(m, 10+step)
			encoded, left, err := Compress(c, residual, e)
			require.NoError(t, err)
			decoded, err := Decode(encoded, e.kind(), m.Weights)
			require.NoError(t, err)
			for i, v := range c["layers.0.weight"].Data {
				want[i] += float64(v)
				got[i] += float64(decoded["layers.0.weight"].Data[i])
			}
			residual = left
		}
		for i := range want {
			rest := 0.0
			if residual != nil {
				rest = float64(residual["layers.0.weight"].Data[i])
			}
			require.InDelta(t, want[i], got[i]+rest, 1e-5, e)
		}
	}
	_, _, err := Compress(changeOf(m, 1), Change{}, Encoding{Kind: Sign})
	require.ErrorIs(t, err, ErrLayers)
}

// Every half survives, and what lies between two goes to the nearer one.
func TestHalf(t *testing.T) {
	for h := range uint16(0x7c00) {
		var v, next [1]float32
		safetensors.Convert(v[:], []byte{byte(h), byte(h >> 8)}, "F16")
		require.Equal(t, h, half(float64(v[0])))
		require.Equal(t, h|0x8000, half(-float64(v[0])))
		if h+1 < 0x7c00 {
			safetensors.Convert(next[:], []byte{byte(h + 1), byte((h + 1) >> 8)}, "F16")
			middle := (float64(v[0]) + float64(next[0])) / 2
			require.Equal(t, h+h&1, half(middle), "ties to even")
			require.Equal(t, h, half(math.Nextafter(middle, 0)))
			require.Equal(t, h+1, half(math.Nextafter(middle, 1e9)))
		}
	}
}

func TestPowerOfTwo(t *testing.T) {
	for _, c := range []struct{ most, want float32 }{{0, 1}, {1, 1}, {-1.99, 1}, {2, 2}, {0.3, 0.25}, {math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat32}} {
		require.Equal(t, c.want, powerOfTwo([]float32{0, c.most}))
	}
}

func TestEncodingCheck(t *testing.T) {
	for _, e := range encodings {
		require.NoError(t, e.Check())
	}
	for _, e := range []Encoding{{Kind: "zip"}, {Kind: TopK}, {Kind: TopK, Fraction: 1.1}, {Kind: TopK, Fraction: math.NaN()}, {Fraction: 0.5}, {Kind: Sign, Fraction: 1}} {
		require.ErrorIs(t, e.Check(), ErrEncoding)
		_, err := Encode(Change{}, e)
		require.ErrorIs(t, err, ErrEncoding)
	}
	_, err := Encode(Change{"x": {Shape: []int{1}, Data: []float32{float32(math.NaN())}}}, Encoding{})
	require.ErrorIs(t, err, ErrNotFinite)
}

package fit

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// TestGaussianDeltaAgainstPublishedValues: from the tests of Google's
// differential privacy library (go/noise/gaussian_noise_test.go at
// github.com/google/differential-privacy): z is its σ over the sensitivity, and
// an l0Sensitivity of n counts as n releases.
func TestGaussianDeltaAgainstPublishedValues(t *testing.T) {
	ln3 := math.Log(3)
	for _, c := range []struct {
		z        float64
		releases int
		epsilon  float64
		delta    float64
	}{
		{10, 1, 0.1, 0.008751768145810},
		{20, 4, 0.1, 0.008751768145810},
		{2, 1, ln3, 0.004159742234000802},
		{1, 1, ln3, 0.10985556344445052},
		{1, 2, ln3, 0.26546844106038714},
		{0.5, 1, 0, 0.6826894921370859},
		{50, 1, 0.5, 3.129776773173962e-141},
	} {
		got := gaussianDelta(math.Sqrt(float64(c.releases))/c.z, c.epsilon)
		require.InEpsilon(t, c.delta, got, 1e-9, "%+v", c)
		if c.epsilon > 0 && c.delta > 1e-100 {
			require.InEpsilon(t, c.epsilon, GaussianEpsilon(c.z, c.delta, c.releases), 1e-9, "%+v", c)
		}
	}
	// The same tests' variances, which that library keeps within 0.1 % of σ.
	require.InEpsilon(t, ln3, GaussianEpsilon(math.Sqrt(28.76478576660), 1e-10, 1), 2e-3)
	require.InEpsilon(t, ln3, GaussianEpsilon(math.Sqrt(11.73597717285), 1e-5, 1), 2e-3)
}

// integral is ∫ max(0, p(x) − exp(ε)·q(x)) dx for p = N(μ, 1) and q = N(0, 1),
// which is δ by its definition, by Simpson's rule from where it begins.
func integral(mu, epsilon float64) float64 {
	const steps = 200_000
	density := func(x, mean float64) float64 {
		return math.Exp(-(x-mean)*(x-mean)/2) / math.Sqrt(2*math.Pi)
	}
	low := epsilon/mu + mu/2 // where p = exp(ε)·q
	high := max(low, mu) + 40
	h, sum := (high-low)/steps, 0.0
	for i := range steps + 1 {
		weight := 2.0 + 2*float64(i%2)
		if i == 0 || i == steps {
			weight = 1
		}
		x := low + float64(i)*h
		p := density(x, mu)
		sum += weight * (p - p*math.Exp(epsilon+mu*mu/2-mu*x)) // exp(ε)·q without overflow
	}
	return sum * h / 3
}

func TestGaussianDeltaAgainstIntegral(t *testing.T) {
	for _, mu := range []float64{0.01, 0.3, 1, 2.5, 10, 40} {
		for _, delta := range []float64{1e-3, 1e-5, 1e-9} {
			epsilon := GaussianEpsilon(1/mu, delta, 1)
			if epsilon == 0 {
				require.LessOrEqual(t, integral(mu, 0), delta)
				continue
			}
			require.InEpsilon(t, delta, integral(mu, epsilon), 1e-6, "μ %v, ε %v", mu, epsilon)
		}
	}
}

func TestGaussianEpsilon(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		z, delta float64
		releases int
		want     float64
	}{
		{0, 1e-5, 1, inf}, {-1, 1e-5, 1, inf}, {math.NaN(), 1e-5, 1, inf}, {1, 0, 1, inf}, {1, math.NaN(), 1, inf},
		{1, 1, 1, 0}, {1, 1e-5, 0, 0}, {inf, 1e-5, 1, 0}, {1e9, 1e-5, 1, 0}, {math.SmallestNonzeroFloat64, 1e-5, 1, inf},
	} {
		require.Equal(t, c.want, GaussianEpsilon(c.z, c.delta, c.releases), "%+v", c)
	}
	// Nearly no noise: a huge ε, but a finite one.
	require.InEpsilon(t, 1e12/2, GaussianEpsilon(1e-6, 1e-5, 1), 1e-4)
	// k releases are one with noise smaller by √k; less noise, a smaller δ and
	// more releases cost more.
	require.Equal(t, GaussianEpsilon(1, 1e-6, 1), GaussianEpsilon(3, 1e-6, 9))
	for last, z := 0.0, 16.0; z > 0.1; z /= 2 {
		now := GaussianEpsilon(z, 1e-6, 3)
		require.Greater(t, now, last)
		require.Greater(t, now, GaussianEpsilon(z, 1e-5, 3))
		require.Greater(t, now, GaussianEpsilon(z, 1e-6, 2))
		last = now
	}
}

// flat is the difference of two heads, learnable parameters only, in name order.
func flat(a, b packagefmt.Network) (diff []float64) {
	for _, name := range sortedNames(a.Weights) {
		for i, v := range a.Weights[name].Data {
			if packagefmt.Learned(name) {
				diff = append(diff, float64(v)-float64(b.Weights[name].Data[i]))
			}
		}
	}
	return diff
}

func length(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// TestPrivacyClips: with next to no noise, the update keeps its direction and has
// the length that was asked for, or its own where that is less.
func TestPrivacyClips(t *testing.T) {
	x, y := clouds(90, 8, 3, 1)
	base := head(8, 12, 3)
	plain, result, err := Train(t.Context(), base, x, y, Options{Seed: 4, Epochs: 3})
	require.NoError(t, err)
	require.Nil(t, result.Privacy)
	want := flat(plain, base)
	norm := length(want)
	for _, c := range []float64{norm / 10, norm * 0.99, norm * 1.01, norm * 100} {
		got, result, err := Train(t.Context(), base, x, y, Options{Seed: 4, Epochs: 3, Privacy: &Privacy{MaxNorm: c, NoiseMultiplier: 1e-9}})
		require.NoError(t, err)
		require.InEpsilon(t, norm, result.UpdateNorm, 1e-9)
		have := flat(got, base)
		require.InEpsilon(t, min(c, norm), length(have), 1e-5)
		for i, v := range want {
			require.InDelta(t, v*min(1, c/norm), have[i], 1e-6*norm)
		}
	}
	require.Equal(t, head(8, 12, 3), base)
}

// TestPrivacyNoise: what is added to the clipped update is N(0, (z·C)²) in every
// parameter, and new in every release, whatever the training's seed.
func TestPrivacyNoise(t *testing.T) {
	x, y := clouds(60, 64, 3, 1)
	base := head(64, 200, 3) // 13,603 parameters
	const z, c = 0.7, 0.5
	options := Options{Seed: 4, Privacy: &Privacy{MaxNorm: c, NoiseMultiplier: 1e-9}}
	clipped, _, err := Train(t.Context(), base, x, y, options)
	require.NoError(t, err)
	options.Privacy = &Privacy{MaxNorm: c, NoiseMultiplier: z, Delta: 1e-6, Releases: 4}
	one, result, err := Train(t.Context(), base, x, y, options)
	require.NoError(t, err)
	two, _, err := Train(t.Context(), base, x, y, options)
	require.NoError(t, err)
	require.Equal(t, &PrivacyBudget{Epsilon: GaussianEpsilon(z/2, 1e-6, 1), Delta: 1e-6, Releases: 4}, result.Privacy)

	// Both bounds are 5 standard errors of an estimate from n draws.
	isNormal := func(noise []float64, deviation float64) {
		n := float64(len(noise))
		mean, variance, within := 0.0, 0.0, 0.0
		for _, v := range noise {
			mean += v / n
			variance += v * v / n
			if math.Abs(v) < deviation {
				within += 1 / n
			}
		}
		require.InDelta(t, 0, mean, 5*deviation/math.Sqrt(n))
		require.InEpsilon(t, deviation*deviation, variance, 5*math.Sqrt(2/n))
		require.InDelta(t, math.Erf(1/math.Sqrt2), within, 5*math.Sqrt(0.25/n))
	}
	first, second := flat(one, clipped), flat(two, clipped)
	isNormal(first, z*c)
	isNormal(second, z*c)
	for i := range first {
		first[i] -= second[i]
	}
	isNormal(first, z*c*math.Sqrt2) // independent of each other
}

// TestPrivacyKeepsRunningStatistics: BatchNorm's are statistics of the samples,
// which no clip bounds.
func TestPrivacyKeepsRunningStatistics(t *testing.T) {
	ones := func(v float32) safetensors.Tensor {
		return safetensors.Tensor{Shape: []int{4}, Data: []float32{v, v, v, v}}
	}
	base := head(4, 6, 3)
	base.Layers = append([]packagefmt.Layer{{Type: "BatchNorm1d", Params: map[string]any{"num_features": 4.0}}}, base.Layers...)
	base.Weights = map[string]safetensors.Tensor{
		"layers.0.weight": ones(1), "layers.0.bias": ones(0), "layers.0.running_mean": ones(0.25), "layers.0.running_var": ones(3),
		"layers.0.num_batches_tracked": {Shape: []int{}, Data: []float32{7}},
		"layers.1.weight":              base.Weights["layers.0.weight"], "layers.1.bias": base.Weights["layers.0.bias"],
		"layers.4.weight": base.Weights["layers.3.weight"], "layers.4.bias": base.Weights["layers.3.bias"],
	}
	x, y := clouds(60, 4, 3, 1)
	got, _, err := Train(t.Context(), base, x, y, Options{Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1}})
	require.NoError(t, err)
	for name, w := range base.Weights {
		if packagefmt.Learned(name) {
			require.NotEqual(t, w.Data, got.Weights[name].Data, name)
		} else {
			require.Equal(t, w.Data, got.Weights[name].Data, name)
		}
	}
}

// TestPrivacyOfResumed: the update is the one from the base head, not from the
// checkpoint.
func TestPrivacyOfResumed(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	base, privacy := head(8, 12, 3), &Privacy{MaxNorm: 1e3, NoiseMultiplier: 1e-9}
	var middle Checkpoint
	whole, result, err := Train(t.Context(), base, x, y, Options{Epochs: 2, Privacy: privacy, OnCheckpoint: func(c Checkpoint) error {
		if len(c.Result.Epochs) == 1 {
			middle = c
		}
		return nil
	}})
	require.NoError(t, err)
	resumed, again, err := Train(t.Context(), base, x, y, Options{Epochs: 2, Privacy: privacy, Resume: &middle})
	require.NoError(t, err)
	require.Equal(t, result.UpdateNorm, again.UpdateNorm)
	require.Less(t, length(flat(whole, resumed)), 1e-3)

	delete(base.Weights, "layers.0.bias")
	_, _, err = Train(t.Context(), base, x, y, Options{Epochs: 2, Privacy: privacy, Resume: &middle})
	require.ErrorContains(t, err, "layers.0.bias")
}

func TestPrivacyRefuses(t *testing.T) {
	x, y := clouds(60, 8, 3, 1)
	for name, o := range map[string]Options{
		"nothing set":       {Privacy: &Privacy{}},
		"no noise":          {Privacy: &Privacy{MaxNorm: 1}},
		"no clip":           {Privacy: &Privacy{NoiseMultiplier: 1}},
		"negative noise":    {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: -1}},
		"NaN noise":         {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: math.NaN()}},
		"infinite clip":     {Privacy: &Privacy{MaxNorm: math.Inf(1), NoiseMultiplier: 1}},
		"delta of 1":        {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1, Delta: 1}},
		"NaN delta":         {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1, Delta: math.NaN()}},
		"negative delta":    {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1, Delta: -1e-5}},
		"negative releases": {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1, Releases: -1}},
		"two noises":        {Privacy: &Privacy{MaxNorm: 1, NoiseMultiplier: 1}, WeightNoise: 0.1},
	} {
		_, _, err := Train(t.Context(), head(8, 12, 3), x, y, o)
		require.ErrorIs(t, err, ErrOptions, name)
	}
	for name, random := range map[string]Privacy{
		"broken": {MaxNorm: 1, NoiseMultiplier: 1, Random: iotest.ErrReader(errors.New("no entropy"))},
		"short":  {MaxNorm: 1, NoiseMultiplier: 1, Random: bytes.NewReader(make([]byte, 31))},
	} {
		got, _, err := Train(t.Context(), head(8, 12, 3), x, y, Options{Privacy: &random})
		require.ErrorContains(t, err, "random numbers for the noise", name)
		require.Zero(t, got)
	}
}

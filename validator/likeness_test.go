package validator_test

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// digits are a base, and three heads that honest trainers made of it from parts of MNIST.
type digits struct {
	judge  *validator.Judge
	test   safetensors.Tensor
	labels []int
	base   packagefmt.Network
	honest []packagefmt.Network
}

func trainDigits(t *testing.T, head packagefmt.Network) digits {
	t.Helper()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	d := digits{}
	d.test, d.labels = pixels(t, sets.Test, 1000)
	x, labels := pixels(t, sets.Train, 1000)
	learn := func(head packagefmt.Network, lo, hi, epochs int, seed uint64) packagefmt.Network {
		part := safetensors.Tensor{Shape: []int{hi - lo, 784}, Data: x.Data[784*lo : 784*hi]}
		trained, _, err := fit.Train(t.Context(), head, part, labels[lo:hi], fit.Options{Epochs: epochs, LearningRate: 1e-3, Seed: seed})
		require.NoError(t, err)
		return trained
	}
	d.base = learn(head, 0, 100, 3, 1)
	for i := range 3 {
		d.honest = append(d.honest, learn(d.base, 300*i+100, 300*i+400, 8, uint64(i)))
	}
	d.judge, err = validator.NewJudge(t.Context(), d.base, validator.Test{Embeddings: d.test, Labels: d.labels})
	require.NoError(t, err)
	return d
}

// with is a head with some weights replaced by what f makes of their clones.
func with(head packagefmt.Network, f func(w map[string]safetensors.Tensor)) packagefmt.Network {
	head.Weights = maps.Clone(head.Weights)
	for name, w := range head.Weights {
		head.Weights[name] = safetensors.Tensor{Shape: w.Shape, Data: slices.Clone(w.Data)}
	}
	f(head.Weights)
	return head
}

// permuted has the hidden units of a head in another order.
func permuted(head packagefmt.Network) packagefmt.Network {
	order := rand.New(rand.NewPCG(3, 4)).Perm(head.Weights["layers.0.bias"].Shape[0])
	return with(head, func(w map[string]safetensors.Tensor) {
		for to, from := range order {
			copy(w["layers.0.weight"].Data[784*to:][:784], head.Weights["layers.0.weight"].Data[784*from:])
			w["layers.0.bias"].Data[to] = head.Weights["layers.0.bias"].Data[from]
			for c := range 10 {
				w["layers.2.weight"].Data[c*len(order)+to] = head.Weights["layers.2.weight"].Data[c*len(order)+from]
			}
		}
	})
}

// rescaled has each hidden unit multiplied, and what comes of it divided.
func rescaled(head packagefmt.Network) packagefmt.Network {
	rng := rand.New(rand.NewPCG(5, 6))
	return with(head, func(w map[string]safetensors.Tensor) {
		hidden := w["layers.0.bias"].Shape[0]
		for u := range hidden {
			k := float32(math.Exp(2 * rng.NormFloat64()))
			for i := range 784 {
				w["layers.0.weight"].Data[784*u+i] *= k
			}
			w["layers.0.bias"].Data[u] *= k
			for c := range 10 {
				w["layers.2.weight"].Data[c*hidden+u] /= k
			}
		}
	})
}

// louder multiplies the outputs: no answer changes.
func louder(head packagefmt.Network) packagefmt.Network {
	return with(head, func(w map[string]safetensors.Tensor) {
		for _, name := range []string{"layers.2.weight", "layers.2.bias"} {
			for i := range w[name].Data {
				w[name].Data[i] *= 3
			}
		}
	})
}

// noisy changes each weight by a share of about the given size.
func noisy(head packagefmt.Network, size float64) packagefmt.Network {
	rng := rand.New(rand.NewPCG(7, 8))
	return with(head, func(w map[string]safetensors.Tensor) {
		for _, name := range slices.Sorted(maps.Keys(w)) {
			for i := range w[name].Data {
				w[name].Data[i] *= float32(1 + size*rng.NormFloat64())
			}
		}
	})
}

func before(t *testing.T, j *validator.Judge, head packagefmt.Network) validator.Earlier {
	t.Helper()
	answers, err := j.Answers(t.Context(), head)
	require.NoError(t, err)
	return validator.Earlier{ID: "an earlier one", Norm: validator.Norm(head), Answers: answers, Open: func() (packagefmt.Network, error) { return head, nil }}
}

func TestACopyIsFoundByWhatItComputes(t *testing.T) {
	d := trainDigits(t, mlp(64, 1, packagefmt.Layer{Type: "ReLU"}))
	first := d.honest[0]
	for name, c := range map[string]struct {
		head packagefmt.Network
		want validator.Verdict
	}{
		"itself":                   {first, validator.Copy},
		"permuted":                 {permuted(first), validator.Copy},
		"rescaled":                 {rescaled(first), validator.Copy},
		"permuted and rescaled":    {rescaled(permuted(first)), validator.Copy},
		"louder":                   {louder(first), validator.Copy},
		"noise of 1e-6":            {noisy(first, 1e-6), validator.Copy},
		"noise of 1e-3":            {noisy(first, 1e-3), validator.Copy},
		"noise of a tenth":         {noisy(first, 0.1), validator.Scored},
		"another honest one":       {d.honest[1], validator.Scored},
		"the base, permuted":       {permuted(d.base), validator.Copy},
		"the base, a bit noisy":    {noisy(d.base, 1e-3), validator.Copy},
		"honest, and nothing else": {d.honest[2], validator.Scored},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := d.judge.Score(t.Context(), c.head, []validator.Earlier{before(t, d.judge, first)})
			require.NoError(t, err)
			require.Equal(t, c.want, got.Verdict, got.Reason)
			if c.want == validator.Copy {
				require.Equal(t, d.judge.Base(), got.Accuracy)
			}
		})
	}
}

// Honest heads are no copies of each other, with a hidden layer or without, and none of the base.
func TestHonestHeadsAreNoCopies(t *testing.T) {
	linear := mlp(64, 2)
	linear.Layers = []packagefmt.Layer{{Type: "Linear", Params: map[string]any{"in_features": 784.0, "out_features": 10.0}}}
	linear.Weights = map[string]safetensors.Tensor{
		"layers.0.weight": {Shape: []int{10, 784}, Data: linear.Weights["layers.0.weight"].Data[:7840]},
		"layers.0.bias":   {Shape: []int{10}, Data: make([]float32, 10)},
	}
	for name, head := range map[string]packagefmt.Network{"hidden": mlp(64, 1, packagefmt.Layer{Type: "ReLU"}), "linear": linear} {
		t.Run(name, func(t *testing.T) {
			d := trainDigits(t, head)
			var earlier []validator.Earlier
			for _, h := range d.honest {
				got, err := d.judge.Score(t.Context(), h, earlier)
				require.NoError(t, err)
				require.Equal(t, validator.Scored, got.Verdict, got.Reason)
				earlier = append(earlier, before(t, d.judge, h))
			}
		})
	}
}

// What all classes of a linear head have in common changes no answer, and hides no copy.
func TestALinearCopyIsFoundUnderACommonRow(t *testing.T) {
	head := func() packagefmt.Network { return twoByTwo(1, 0.25, -0.5, 2) }
	base := twoByTwo(3, 1, 1, 3)
	judge, err := validator.NewJudge(t.Context(), base, test())
	require.NoError(t, err)
	shifted := with(head(), func(w map[string]safetensors.Tensor) {
		for i := range w["layers.0.weight"].Data {
			w["layers.0.weight"].Data[i] += []float32{8, -4}[i%2]
		}
	})
	d, err := validator.RelativeDistance(shifted, head())
	require.NoError(t, err)
	require.Zero(t, d)
	got, err := judge.Score(context.Background(), shifted, []validator.Earlier{before(t, judge, head())})
	require.NoError(t, err)
	require.Equal(t, validator.Copy, got.Verdict)
	got, err = judge.Score(context.Background(), with(head(), func(w map[string]safetensors.Tensor) {
		w["layers.0.weight"].Data[0] += 8 // of one class alone
	}), []validator.Earlier{before(t, judge, head())})
	require.NoError(t, err)
	require.Equal(t, validator.Scored, got.Verdict)
}

func TestCompareOutputs(t *testing.T) {
	at := func(n int, data ...float32) safetensors.Tensor {
		return safetensors.Tensor{Shape: []int{n, len(data) / n}, Data: data}
	}
	some := at(3, 1, 0, 0, 2, 5, 1)
	for name, c := range map[string]struct {
		a, b     safetensors.Tensor
		distance float64
		agree    int
	}{
		"the same":               {some, some, 0, 3},
		"louder, shifted":        {at(3, 12, 10, 0, 4, 30, 22), some, 0, 3},
		"with a bias by class":   {at(3, 1, 100, 0, 102, 5, 101), some, 0, 1},
		"the other way":          {at(3, 0, 1, 2, 0, 1, 5), some, 1, 0},
		"constant":               {at(3, 0, 0, 0, 0, 0, 0), some, 1, 2},
		"both constant":          {at(3, 0, 0, 0, 0, 0, 0), at(3, 1, 1, 1, 1, 1, 1), 1, 3},
		"far from zero together": {at(3, 1e7+1, 1e7, 1e7, 1e7+2, 1e7+5, 1e7+1), some, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := validator.CompareOutputs(c.a, c.b)
			require.NoError(t, err)
			require.InDelta(t, c.distance, l.Distance, 1e-7)
			require.Equal(t, c.agree, l.Agree)
			require.Equal(t, 3, l.Samples)
		})
	}
	_, err := validator.CompareOutputs(some, at(2, 1, 2, 3, 4))
	require.ErrorContains(t, err, "[3 2] and [2 2]")
	_, err = validator.CompareOutputs(some, at(3, 1, 0, 0, 2, float32(math.NaN()), 1))
	require.Error(t, err)
	require.True(t, validator.Likeness{Distance: 0.0099, Agree: 199, Samples: 200}.Copy())
	require.False(t, validator.Likeness{Distance: 0.0099, Agree: 198, Samples: 200}.Copy())
	require.False(t, validator.Likeness{Distance: 0.01, Agree: 200, Samples: 200}.Copy())
}

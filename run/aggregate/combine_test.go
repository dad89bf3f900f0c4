package aggregate

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run/update"
)

// one is a change of a weight of one value, and of a running mean.
func one(v, mean float32) update.Change {
	return update.Change{
		"layers.0.weight":       {Shape: []int{1}, Data: []float32{v}},
		"layers.1.running_mean": {Shape: []int{1}, Data: []float32{mean}},
	}
}

func TestCombine(t *testing.T) {
	c := []update.Change{one(1, 1), one(-3, 2), one(0, 3), one(100, 1000), one(2, -9)}
	for name, row := range map[string]struct {
		changes []update.Change
		o       Options
		want    float64
	}{
		"mean":                     {c, Options{}, 20},
		"median":                   {c, Options{Method: Median}, 1},
		"lower middle":             {c[:4], Options{Method: Median}, 0},
		"trimmed mean":             {c, Options{Method: TrimmedMean, Trim: 0.2}, 1},
		"trimmed twice":            {c, Options{Method: TrimmedMean, Trim: 0.4}, 1},
		"rounded down":             {c, Options{Method: TrimmedMean, Trim: 0.19}, 20},
		"one":                      {c[:1], Options{Method: TrimmedMean, Trim: 0.49}, 1},
		"clipped":                  {c, Options{ClipNorm: 2}, (1 - 2 + 0 + 2 + 2) / 5.0},
		"the clipped one's median": {c, Options{Method: Median, ClipNorm: 0.5}, 0.5},
		"mean of one":              {c[3:4], Options{}, 100},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Combine(row.changes, row.o)
			require.NoError(t, err)
			require.Equal(t, []float64{row.want}, got["layers.0.weight"])
		})
	}
}

// One liar cannot move a running statistic far, under no method.
func TestRunningStatisticsByMedian(t *testing.T) {
	for _, o := range []Options{{}, {Method: Median}, {Method: TrimmedMean, Trim: 0.1}, {ClipNorm: 0.01}} {
		got, err := Combine([]update.Change{one(1, 1), one(1, 2), one(1, -1e30)}, o)
		require.NoError(t, err)
		require.Equal(t, []float64{1}, got["layers.1.running_mean"])
	}
}

// A negative zero does not depend on the order in which sorting meets it.
func TestNoNegativeZero(t *testing.T) {
	zero := float32(math.Copysign(0, -1))
	for _, c := range [][]update.Change{{one(zero, 0), one(0, 0)}, {one(0, 0), one(zero, 0)}, {one(zero, 0)}} {
		got, err := Combine(c, Options{Method: Median})
		require.NoError(t, err)
		require.False(t, math.Signbit(got["layers.0.weight"][0]))
	}
}

func TestOptionsCheck(t *testing.T) {
	for _, o := range []Options{{Method: "krum"}, {Trim: 0.1}, {Method: TrimmedMean}, {Method: TrimmedMean, Trim: 0.5}, {Method: TrimmedMean, Trim: math.NaN()}, {ClipNorm: -1}, {ClipNorm: math.NaN()}} {
		_, err := Combine([]update.Change{one(1, 1)}, o)
		require.ErrorIs(t, err, ErrOptions, "%+v", o)
	}
	_, err := Combine(nil, Options{})
	require.ErrorIs(t, err, ErrOptions)
}

func TestOptimizers(t *testing.T) {
	head := pkg().Head
	for name := range head.Weights {
		if name != "layers.0.bias" && name != "layers.1.running_var" {
			delete(head.Weights, name)
		}
	}
	head.Weights["layers.0.bias"] = safetensors.Tensor{Shape: []int{1}, Data: []float32{1}}
	head.Weights["layers.1.running_var"] = safetensors.Tensor{Shape: []int{1}, Data: []float32{1}}
	step := Step{"layers.0.bias": {0.5}, "layers.1.running_var": {-0.75}}
	adam := func(m1, v1, m2, v2 float64) float32 {
		return float32(float64(float32(1+0.1*m1/(math.Sqrt(v1)+0.01))) + 0.1*m2/(math.Sqrt(v2)+0.01))
	}
	for name, row := range map[string]struct {
		o    Optimizer
		want float32
	}{
		"average":  {Optimizer{}, 2},
		"slower":   {Optimizer{LearningRate: 0.5}, 1.5},
		"momentum": {Optimizer{Server: Momentum, Beta1: 0.5}, 1 + 0.5 + 0.75},
		"FedAdam": {Optimizer{Server: FedAdam, LearningRate: 0.1, Beta1: 0.5, Beta2: 0.75, Tau: 0.01},
			adam(0.25, 0.0625, 0.375, 0.109375)},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, row.o.Check())
			m := row.o.Apply(row.o.Apply(Model{Head: head}, step), step)
			require.InDelta(t, row.want, m.Head.Weights["layers.0.bias"].Data[0], 1e-7)
			require.Equal(t, float32(0), m.Head.Weights["layers.1.running_var"].Data[0], "a variance is not negative")
		})
	}
	require.Equal(t, []float32{1}, head.Weights["layers.0.bias"].Data, "the old model is left as it is")
	huge := Optimizer{}.Apply(Model{Head: head}, Step{"layers.0.bias": {1e300}, "layers.1.running_var": {1}})
	require.Equal(t, float32(math.MaxFloat32), huge.Head.Weights["layers.0.bias"].Data[0])
}

func TestOptimizerCheck(t *testing.T) {
	for _, o := range []Optimizer{{Server: "yogi"}, {LearningRate: -1}, {LearningRate: math.NaN()}, {Server: Momentum, Beta1: 1}, {Server: FedAdam, Beta2: -0.1}, {Server: FedAdam, Tau: -1}, {Server: FedAdam, Beta1: math.NaN()}} {
		require.ErrorIs(t, o.Check(), ErrOptions, "%+v", o)
	}
}

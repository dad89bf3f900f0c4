package elementary

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// The functions agree with package math to some units in the last place.
func TestFunctionsAgreeWithMath(t *testing.T) {
	for name, c := range map[string]struct {
		f, want func(float64) float64
		low     float64
		high    float64
		error   float64 // relative
	}{
		"Exp":   {Exp, math.Exp, -746, 711, 1e-15},
		"Expm1": {Expm1, math.Expm1, -40, 40, 2e-15},
		"Log":   {Log, math.Log, 0, 1e300, 1e-15},
		"Log1p": {Log1p, math.Log1p, -1, 1e9, 2e-15},
		"Tanh":  {Tanh, math.Tanh, -50, 50, 1e-15},
		"Pow":   {func(x float64) float64 { return Pow(x, -0.75) }, func(x float64) float64 { return math.Pow(x, -0.75) }, 0, 1e9, 1e-14},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			at := []float64{c.low, c.high, c.low + 1e-9, 0.5, 1e-3, 1e-9, 1e-300, 1, 0.625, 5e-324}
			for i := range 100_000 {
				x := c.low + (c.high-c.low)*rng.Float64()
				if i%2 == 0 {
					x = max(c.low, math.Copysign(math.Exp(30*rng.Float64()-28), x)) // small ones too
				}
				at = append(at, x)
			}
			for _, x := range at {
				if x >= 0 && x < 1e-300 && (name == "Log" || name == "Pow") {
					continue // where math.Log is wrong on amd64
				}
				got, want := c.f(x), c.want(x)
				if got == want || math.Abs(want) < 1e-305 && math.Abs(got-want) < 1e-320 {
					continue
				}
				require.LessOrEqual(t, math.Abs(got-want), c.error*math.Abs(want), "%s(%v) is %v, not %v", name, x, got, want)
			}
		})
	}
}

func TestSpecialCases(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, f := range map[string]func(float64) float64{"Exp": Exp, "Log": Log, "Expm1": Expm1, "Log1p": Log1p, "Tanh": Tanh} {
		require.True(t, math.IsNaN(f(nan)), name)
	}
	for _, c := range []struct{ got, want float64 }{
		{Exp(inf), inf}, {Exp(-inf), 0}, {Exp(0), 1}, {Expm1(inf), inf}, {Expm1(-inf), -1}, {Expm1(0), 0}, {Log(inf), inf}, {Log(0), -inf}, {Log(1), 0}, {Log(5e-324), -744.4400719213812},
		{Log1p(inf), inf}, {Log1p(-1), -inf}, {Log1p(0), 0}, {Tanh(inf), 1}, {Tanh(-inf), -1}, {Tanh(0), 0},
	} {
		require.Equal(t, c.want, c.got)
	}
	require.True(t, math.IsNaN(Log(-1)))
	require.True(t, math.IsNaN(Log1p(-2)))
}

// Every processor gives these bits: .ci/samebits runs this on several.
func TestBitsAreTheSameEverywhere(t *testing.T) {
	rng, sum := rand.New(rand.NewPCG(3, 4)), fnv.New64a()
	for range 20_000 {
		x := float64(20*rng.Float64()) - 10
		for _, y := range []float64{Exp(x), Expm1(x), Tanh(x), Log(math.Abs(x)), Log1p(math.Abs(x)), Pow(math.Abs(x), x)} {
			_ = binary.Write(sum, binary.LittleEndian, math.Float64bits(y))
		}
	}
	require.Equal(t, uint64(0x717167260db65419), sum.Sum64())
}

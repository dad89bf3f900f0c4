package kernel

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// exactFuncs are the functions of exact.go on a row x, with dy where they need one.
var exactFuncs = map[string]func(y, dy, x []float32){
	"GELU":         func(y, _, x []float32) { GELUExact(y, x) },
	"GELUGrad":     GELUGradExact,
	"SiLU":         func(y, _, x []float32) { Gate{1, 0}.Exact(y, x) },
	"SiLUGrad":     Gate{1, 0}.GradExact,
	"GELUTanh":     func(y, _, x []float32) { GELUTanhGate.Exact(y, x) },
	"GELUTanhGrad": GELUTanhGate.GradExact,
	"SoftmaxGrad": func(y, dy, x []float32) {
		copy(y, dy)
		SoftmaxGradExact(y, x, 0.7)
	},
	"Softmax": func(y, _, x []float32) {
		copy(y, x)
		SoftmaxExact(y, 0.7)
	},
}

func TestExactFunctionsHaveTheSameBitsInEveryClass(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	special := append(arguments(), nan, -nan, inf, -inf, 13.999, 14, -14.001, 87, 88, -88, 89, math.MaxFloat32, -math.MaxFloat32, 1e-45, -1e-45)
	for name, f := range exactFuncs {
		for n := range 60 {
			x, dy := hardMat(1, n+1, n+1).Data[:n], hardMat(1, n+1, n+1).Data[:n]
			requireSame(t, name, func() []float32 {
				y := guarded(1, n+1, n+1, 0).Data[:n+1]
				after := y[n]
				f(y[:n], dy, x)
				require.Equal(t, after, y[n], "%s writes beyond its end", name)
				return y[:n]
			})
		}
		for part := 0; part < len(special); part += 37 { // NaN and infinity in the last rows only
			x := special[part:min(part+37, len(special))]
			dy := hardMat(1, 40, 40).Data
			requireSame(t, name, func() []float32 {
				y := make([]float32, len(x))
				f(y, dy, x)
				return y
			})
		}
	}
}

// Every processor gives these bits: .ci/samebits runs this on several.
func TestExactFunctionsHaveTheSameBitsEverywhere(t *testing.T) {
	all := fnv.New64a()
	x, dy := arguments(), arguments()
	for i, j := 0, len(dy)-1; i < j; i, j = i+1, j-1 {
		dy[i], dy[j] = dy[j], dy[i]
	}
	y := make([]float32, len(x))
	for _, name := range []string{"GELU", "GELUGrad", "SiLU", "SiLUGrad", "GELUTanh", "GELUTanhGrad"} {
		exactFuncs[name](y, dy, x)
		require.NoError(t, binary.Write(all, binary.LittleEndian, y))
	}
	x, dy = x[14:], dy[14:] // without 1e30, whose exponential is none: the sign of a NaN is the processor's
	for n := 1; n < 300; n++ {
		row := append([]float32{}, x[n:2*n]...)
		require.NoError(t, binary.Write(all, binary.LittleEndian, ExpSumExact(row, row, 60, 0.3)))
		require.NoError(t, binary.Write(all, binary.LittleEndian, row))
		SoftmaxGradExact(row, dy[n:2*n], 0.7)
		require.NoError(t, binary.Write(all, binary.LittleEndian, row))
	}
	require.Equal(t, uint64(0x49444fb0aa181d25), all.Sum64(), "0x%x", all.Sum64())
}

// Values and derivatives are those of float64 arithmetic: functions within 3e-7 of their argument or, where it is larger, of
// themselves; derivatives within 4e-7.
func TestExactFunctionsAreNear(t *testing.T) {
	gelu := func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }
	for name, f := range map[string]func(x float64) float64{"GELU": gelu, "SiLU": portable[SiLU], "GELUTanh": portable[GELUTanh]} {
		ones := make([]float32, 1)
		ones[0] = 1
		eachClass(t, func(t *testing.T) {
			for _, v := range append(arguments(), float32(math.Inf(1))) {
				x, y := []float32{v}, make([]float32, 1)
				exactFuncs[name](y, nil, x)
				if want := f(float64(v)); want != float64(y[0]) {
					if !(math.Abs(want-float64(y[0])) <= 3e-7*min(1, math.Abs(float64(v)))+3e-7*math.Abs(want)) {
						t.Fatalf("%s of %v is %v, want %v", name, v, y[0], want)
					}
				}
				exactFuncs[name+"Grad"](y, ones, x)
				const h = 1e-4
				slope := (f(float64(v)+h) - f(float64(v)-h)) / (2 * h)
				if math.Abs(float64(v)) > 1e4 {
					slope = float64(min(max(v, 0), 1))
				}
				if !(math.Abs(slope-float64(y[0])) <= 4e-7) {
					t.Fatalf("derivative of %s at %v is %v, want %v", name, v, y[0], slope)
				}
			}
		})
	}
}

func TestSoftmaxExact(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for n := 1; n < 300; n += 7 {
			x := guarded(1, n, n, 0).Data[:n]
			total := 0.0
			for _, v := range x {
				total += math.Exp(20 * float64(v))
			}
			y := append([]float32{}, x...)
			SoftmaxExact(y, 20)
			for i, v := range x {
				require.InDelta(t, math.Exp(20*float64(v))/total, y[i], 2e-6)
			}
			d, dot := guarded(1, n, n, 0).Data[:n], 0.0
			for i, v := range d {
				dot += float64(v) * float64(y[i])
			}
			got := append([]float32{}, d...)
			SoftmaxGradExact(got, y, 20)
			for i, v := range d {
				require.InDelta(t, 20*float64(y[i])*(float64(v)-dot), got[i], 1e-5)
			}
		}
		inf, nan := float32(math.Inf(1)), float32(math.NaN())
		far := []float32{-inf, 0, -3e38, 0, -inf, -inf, -90, -inf, -inf}
		SoftmaxExact(far, 1)
		require.Equal(t, []float32{0, 0.5, 0, 0.5, 0, 0, 0, 0, 0}, far)
		for _, bad := range [][]float32{{-inf, -inf}, {1, nan, 2}, {nan, 1}, {inf, 1}} {
			SoftmaxExact(bad, 1)
			for _, v := range bad {
				require.True(t, v != v)
			}
		}
	})
}

package kernel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// arguments are numbers of all sizes, and those where something changes.
func arguments() []float32 {
	x := []float32{0, float32(math.Copysign(0, -1)), 0.625, 1, 6, 88.7, 88.73, -87.4, -103, -104, -110, 1e-40, 1e30, -1e30}
	for i := -3000; i <= 3000; i++ {
		x = append(x, float32(i)/271, float32(i)/30, float32(i)*1e-6)
	}
	return x
}

// TestFunctions compares with float64: within 5e-7 relatively or, where the
// result is near 0, within 1e-7 of the argument.
func TestFunctions(t *testing.T) {
	x := arguments()
	eachClass(t, func(t *testing.T) {
		for f := range funcs {
			y := make([]float32, len(x))
			Apply(f, y, x)
			for i, v := range x {
				want := portable[f](float64(v))
				tolerance := 5e-7*math.Abs(want) + 1e-36
				if f != Exp && f != Sigmoid && f != SiLU {
					tolerance += 1e-7 * min(1, math.Abs(float64(v)))
				}
				if math.IsInf(float64(float32(want)), 0) {
					require.Equal(t, float32(want), y[i], "function %d of %v", f, v)
				} else if !(math.Abs(float64(y[i])-want) <= tolerance) {
					t.Fatalf("function %d of %v is %v, want %v", f, v, y[i], want)
				}
			}
		}
	})
}

// TestFunctionsSpecial has what is no number, wherever it stands in a slice, and
// slices of every length: the same bits as in a long one.
func TestFunctionsSpecial(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	eachClass(t, func(t *testing.T) {
		for f := range funcs {
			y := make([]float32, 40)
			x := guarded(1, 40, 40, 0).Data[:40]
			Apply(f, y, x)
			for n := range 37 {
				got := guarded(1, 40, 40, 0).Data[:40]
				after := got[n]
				Apply(f, got[:n], x)
				require.Equal(t, y[:n], got[:n])
				require.Equal(t, after, got[n])
			}
			for n := range 20 {
				x[n] = nan
				Apply(f, y[:20], x)
				require.True(t, y[n] != y[n], "function %d of NaN is %v", f, y[n])
			}
		}
		x := []float32{inf, -inf}
		for f, want := range map[Func][]float32{Exp: {inf, 0}, Sigmoid: {1, 0}, Tanh: {1, -1}, Erf: {1, -1}} {
			y := make([]float32, 2)
			Apply(f, y, x)
			require.Equal(t, want, y, "function %d", f)
		}
	})
}

func TestScaled(t *testing.T) {
	x := append(arguments(), float32(math.Inf(1)), float32(math.Inf(-1)))
	eachClass(t, func(t *testing.T) {
		for f := range scaleds {
			y := make([]float32, len(x))
			ApplyScaled(f, y, x, 1./6, 0.5)
			for i, v := range x {
				want := float64(portableScaled[f](v, 1./6, 0.5))
				if want == float64(y[i]) || want != want && y[i] != y[i] {
					continue
				}
				require.InDelta(t, want, y[i], 1e-6*math.Abs(want)+2e-7, "function %d of %v", f, v)
			}
			x[3] = float32(math.NaN())
			ApplyScaled(f, y[:17], x, 1, 1)
			require.True(t, y[3] != y[3])
			x[3] = 1
		}
	})
}

func TestRows(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 7, 8, 9, 16, 31, 33, 100, 384, 1001} {
			x, weight, bias := guarded(1, n, n, 3).Data[:n], guarded(1, n, n, 1).Data[:n], guarded(1, n, n, 0).Data[:n]
			y := make([]float32, n+1)
			y[n] = 7
			Softmax(y[:n], x, 3)
			var total, mean, variance float64
			for _, v := range x {
				total += math.Exp(3 * float64(v))
				mean += float64(v) / float64(n)
			}
			for i, v := range x {
				require.InDelta(t, math.Exp(3*float64(v))/total, y[i], 1e-6)
				variance += (float64(v) - mean) * (float64(v) - mean) / float64(n)
			}
			LayerNorm(y[:n], x, weight, bias, 1e-5)
			for i, v := range x {
				require.InDelta(t, (float64(v)-mean)/math.Sqrt(variance+1e-5)*float64(weight[i])+float64(bias[i]), y[i], 3e-6)
			}
			require.EqualValues(t, 7, y[n])
			Add(y[:n], x, bias)
			for i := range n {
				require.Equal(t, x[i]+bias[i], y[i])
			}
		}
		low := []float32{-3e38, -1e38, float32(math.Inf(-1)), -3e38, -3e38, -3e38, -3e38, -3e38, -3e38}
		Softmax(low, low, 1)
		require.Equal(t, []float32{0, 1, 0, 0, 0, 0, 0, 0, 0}, low)
	})
}

// TestSoftmaxMasked has the bits of a softmax over numbers that were scaled and masked
// before.
func TestSoftmaxMasked(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 16, 31, 128, 197} {
			x, mask, want, got := numbers(n), numbers(n), make([]float32, n), numbers(n+1)
			after := got[n]
			for i := range want {
				want[i] = float32(x[i]*0.3) + mask[i]
			}
			Softmax(want, want, 1)
			SoftmaxMasked(got[:n], x, mask, 0.3)
			require.Equal(t, want, got[:n])
			require.Equal(t, after, got[n])
		}
	})
}

// TestLSTMCell has the bits of its functions, one after another.
func TestLSTMCell(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 24, 37, 64} {
			h, cell, gates := numbers(n+1), numbers(n+1), numbers(4*n+1)
			ends := []float32{h[n], cell[n], gates[4*n]}
			wantCell, wantH, f := make([]float32, n), make([]float32, n), make([]float32, 4*n)
			Apply(Sigmoid, f[:3*n], gates[:3*n])
			Apply(Tanh, f[3*n:], gates[3*n:4*n])
			for i := range n {
				wantCell[i] = float32(cell[i]*f[2*n+i]) + float32(f[3*n+i]*f[i])
			}
			Apply(Tanh, wantH, wantCell)
			Mul(wantH, wantH, f[n:2*n])
			LSTMCell(h[:n], cell[:n], gates[:4*n])
			require.Equal(t, wantCell, cell[:n])
			require.Equal(t, wantH, h[:n])
			require.Equal(t, ends, []float32{h[n], cell[n], gates[4*n]})
		}
	})
}

func BenchmarkFunctions(b *testing.B) {
	x := guarded(128, 1536, 1536, 0).Data[:128*1536]
	y := make([]float32, len(x))
	for name, f := range map[string]func(){
		"exp":           func() { Apply(Exp, y, x) },
		"tanh":          func() { Apply(Tanh, y, x) },
		"erf":           func() { Apply(Erf, y, x) },
		"gelu":          func() { Apply(GELU, y, x) },
		"silu":          func() { Apply(SiLU, y, x) },
		"hardSwish":     func() { Apply(HardSwish, y, x) },
		"geluExact":     func() { GELUExact(y, x) },
		"geluGradExact": func() { GELUGradExact(y, x, x) },
		"softmaxExact": func() {
			copy(y, x)
			for at := 0; at < len(y); at += 128 {
				SoftmaxExact(y[at:at+128], 1)
			}
		},
		"softmax": func() {
			for at := 0; at < len(x); at += 128 {
				Softmax(y[at:at+128], x[at:at+128], 1)
			}
		},
		"layernorm": func() {
			for at := 0; at < len(x); at += 384 {
				LayerNorm(y[at:at+384], x[at:at+384], x[:384], x[:384], 1e-5)
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(8 * len(x)))
			for b.Loop() {
				f()
			}
		})
	}
}

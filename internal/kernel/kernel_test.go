package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// eachClass runs f with every class that this processor has.
func eachClass(t *testing.T, f func(t *testing.T)) {
	for c := Portable; c <= Best(); c++ {
		t.Run(c.String(), func(t *testing.T) {
			before, err := Use(c)
			require.NoError(t, err)
			defer func() { _, _ = Use(before) }()
			f(t)
		})
	}
}

func TestUseRefuses(t *testing.T) {
	_, err := Use(Best() + 1)
	require.Error(t, err)
	_, err = Use(-1)
	require.Error(t, err)
}

var rng = rand.New(rand.NewPCG(1, 2))

// guarded returns a random rows × cols matrix surrounded by NaNs, which must be
// neither read nor overwritten; offset makes it unaligned.
func guarded(rows, cols, stride, offset int) Mat {
	data := make([]float32, offset+rows*stride+40)
	for i := range data {
		data[i] = float32(math.NaN())
	}
	m := Mat{Data: data[offset:], Rows: rows, Cols: cols, RowStride: stride, ColStride: 1}
	for i := range rows {
		for j := range cols {
			m.Data[i*stride+j] = rng.Float32()*2 - 1
		}
	}
	return m
}

func (m Mat) at(i, j int) float64 { return float64(m.Data[i*m.RowStride+j*m.ColStride]) }

// checkGemm compares with a plain loop in float64.
func checkGemm(t *testing.T, c, a, b Mat, e Epilogue) {
	t.Helper()
	before := append([]float32{}, c.Data...)
	old := Mat{before, c.Rows, c.Cols, c.RowStride, 1}
	Gemm(c, a, b, e)
	for i := range c.Rows {
		for j := range c.Cols {
			want, size := 0.0, 1.0
			if e.Accumulate {
				want = old.at(i, j)
			}
			for p := range a.Cols {
				want += a.at(i, p) * b.at(p, j)
				size += math.Abs(a.at(i, p) * b.at(p, j))
			}
			if e.Bias != nil {
				want += float64(e.Bias[j])
			}
			if e.RowBias != nil {
				want += float64(e.RowBias[i])
			}
			if e.ReLU {
				want = max(want, 0)
			}
			if e.Scale.Data != nil {
				want *= e.Scale.at(i, j)
			}
			if !(math.Abs(c.at(i, j)-want) <= 1e-6*size) {
				t.Fatalf("C[%d, %d] of %d×%d×%d is %v, want %v", i, j, c.Rows, a.Cols, c.Cols, c.at(i, j), want)
			}
		}
	}
	for i, v := range c.Data { // nothing outside C was written
		if r, col := i/c.RowStride, i%c.RowStride; r >= c.Rows || col >= c.Cols {
			require.Equal(t, math.Float32bits(before[i]), math.Float32bits(v), "element %d outside C", i)
		}
	}
}

func TestGemmEverySize(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for m := 1; m <= 26; m++ {
			for _, n := range []int{1, 2, 7, 8, 9, 10, 15, 16, 17, 23, 24, 31, 32, 33, 40, 47, 48, 64, 65} {
				k := 1 + (m*7+n)%19
				b := guarded(k, n, n+3, n%5)
				checkGemm(t, guarded(m, n, n+2, m%4), guarded(m, k, k+1, 1), b, Epilogue{})
				checkGemm(t, guarded(m, n, n, 0), guarded(k, m, m+2, 3).T(), b, Epilogue{Bias: guarded(1, n, n, 1).Data, ReLU: true})
			}
		}
	})
}

func TestGemmEpilogues(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, size := range [][3]int{{1, 1, 1}, {13, 5, 37}, {12, 256, 32}, {25, 257, 33}, {6, 700, 16}, {7, 1, 100}, {40, 513, 10}, {1, 300, 64}, {1, 40, 200}} {
			m, k, n := size[0], size[1], size[2]
			for bits := range 8 {
				e := Epilogue{ReLU: bits&1 != 0, Accumulate: bits&2 != 0}
				if bits&4 != 0 {
					e.Scale = guarded(m, n, n+1, 2)
				}
				if !e.Accumulate {
					e.Bias = guarded(1, n, n, 0).Data
				}
				checkGemm(t, guarded(m, n, n+5, 1), guarded(m, k, k, 0), guarded(k, n, n+1, 1), e)
				if !e.Accumulate {
					e.Bias, e.RowBias = nil, guarded(1, m, m, 0).Data
				}
				checkGemm(t, guarded(m, n, n+5, 1), guarded(m, k, k, 0), guarded(k, n, n+1, 1), e)
			}
		}
	})
}

func TestGemmOfNothing(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		c := Dense([]float32{7, -7}, 1, 2)
		Gemm(c, Dense(nil, 1, 0), Dense(nil, 0, 2), Epilogue{Bias: []float32{1, -2}, ReLU: true})
		require.Equal(t, []float32{1, 0}, c.Data)
		Gemm(Dense(nil, 0, 2), Dense(nil, 0, 3), Dense(make([]float32, 6), 3, 2), Epilogue{})
	})
}

// Any division into rows or columns gives the same bits.
func TestGemmSameBitsForAnyDivision(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		const m, k, n = 31, 300, 67
		a, b := guarded(m, k, k, 0), guarded(k, n, n, 0)
		whole := Dense(make([]float32, m*n), m, n)
		Gemm(whole, a, b, Epilogue{})
		for i := range m {
			row := make([]float32, n)
			Gemm(Dense(row, 1, n), a.RowRange(i, i+1), b, Epilogue{})
			require.Equal(t, whole.Data[i*n:][:n], row, "row %d", i)
		}
		for parts := 2; parts <= 7; parts++ {
			byRows, byCols := Dense(make([]float32, m*n), m, n), Dense(make([]float32, m*n), m, n)
			for part := range parts {
				lo, hi := Span(m, part, parts)
				Gemm(byRows.RowRange(lo, hi), a.RowRange(lo, hi), b, Epilogue{})
				lo, hi = Span(n, part, parts)
				Gemm(byCols.ColRange(lo, hi), a, b.ColRange(lo, hi), Epilogue{})
			}
			require.Equal(t, whole.Data, byRows.Data, "%d parts", parts)
			require.Equal(t, whole.Data, byCols.Data, "%d parts", parts)
		}
	})
}

func TestGemmPropagatesNaN(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		c := Dense(make([]float32, 2), 1, 2)
		Gemm(c, Dense([]float32{float32(math.NaN())}, 1, 1), Dense([]float32{1, 0}, 1, 2), Epilogue{ReLU: true})
		require.True(t, math.IsNaN(c.at(0, 0)) && math.IsNaN(c.at(0, 1)))
	})
}

func TestGemmPanicsOnMisfits(t *testing.T) {
	d := make([]float32, 100)
	for name, f := range map[string]func(){
		"inner sizes": func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d, 4, 2), Epilogue{}) },
		"short A":     func() { Gemm(Dense(d, 2, 2), Dense(d[:5], 2, 3), Dense(d, 3, 2), Epilogue{}) },
		"short B":     func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d[:5], 3, 2), Epilogue{}) },
		"short C":     func() { Gemm(Dense(d[:3], 2, 2), Dense(d, 2, 3), Dense(d, 3, 2), Epilogue{}) },
		"short bias":  func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d, 3, 2), Epilogue{Bias: d[:1]}) },
		"short row":   func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d, 3, 2), Epilogue{RowBias: d[:1]}) },
		"two biases":  func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d, 3, 2), Epilogue{RowBias: d, Bias: d}) },
		"small scale": func() { Gemm(Dense(d, 2, 2), Dense(d, 2, 3), Dense(d, 3, 2), Epilogue{Scale: Dense(d, 1, 2)}) },
	} {
		t.Run(name, func(t *testing.T) { require.Panics(t, f) })
	}
}

func TestGemmBT(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, size := range [][3]int{{3, 4, 5}, {1, 300, 200}, {200, 7, 3}, {17, 33, 65}} {
			m, n, k := size[0], size[1], size[2]
			a, b := guarded(m, k, k+1, 0), guarded(n, k, k, 0)
			c, want := guarded(m, n, n+2, 0), guarded(m, n, n+2, 0)
			GemmBT(c, a, b)
			bt := Dense(make([]float32, n*k), k, n)
			Transpose(bt, b)
			Gemm(want, a, bt, Epilogue{})
			for i := range m {
				require.Equal(t, want.Data[i*want.RowStride:][:n], c.Data[i*c.RowStride:][:n])
			}
		}
	})
}

func TestColSums(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, n := range []int{1, 10, 33} {
			m := guarded(29, n, n+1, 1)
			got := make([]float32, n)
			ColSums(got, m)
			for j := range n {
				var want float32
				for i := range m.Rows {
					want += float32(m.at(i, j))
				}
				require.Equal(t, want, got[j])
			}
		}
	})
}

// randoms returns n numbers, an eighth of them zero, surrounded by NaNs.
func randoms(n, offset int) []float32 {
	data := guarded(1, n, n, offset).Data[: n : n+8]
	for i := range data {
		if rng.IntN(8) == 0 {
			data[i] = 0
		}
	}
	return data
}

func TestElementwise(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for n := range 70 {
			a, b := randoms(n, n%3), randoms(n, n%5)
			dst := randoms(n, 1)
			ReLU(dst, a)
			for i := range n {
				require.Equal(t, max(a[i], 0), dst[i])
			}
			ReLUGrad(dst, b, a)
			for i := range n {
				want := float32(0)
				if a[i] > 0 {
					want = b[i]
				}
				require.Equal(t, want, dst[i])
			}
			Max(dst, a, b)
			for i := range n {
				require.Equal(t, max(a[i], b[i]), dst[i])
			}
			Mul(dst, a, b)
			for i := range n {
				require.Equal(t, a[i]*b[i], dst[i])
			}
			for _, v := range dst[n : n+8] {
				require.True(t, v != v, "wrote beyond the end")
			}
		}
		nan, got := float32(math.NaN()), make([]float32, 20)
		for i := range got {
			got[i] = float32(i)
		}
		Max(got[:2], []float32{nan, 5}, []float32{1, nan})
		Max(got[2:20], got[2:20], append([]float32{nan}, got[3:20]...))
		require.True(t, got[0] != got[0] && got[1] != got[1] && got[2] != got[2])
		require.EqualValues(t, 3, got[3])
		require.True(t, func() bool { y := []float32{0}; ReLU(y, []float32{float32(math.NaN())}); return y[0] != y[0] }())
	})
}

func TestAdamEverySize(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for n := range 70 {
			s := NewAdamStep(0.01, 0.9, 0.999, 1e-8, 1+n)
			s.Decay, s.L2 = 0.999, 0.01
			w, g, m, v := randoms(n, 0), randoms(n, 1), randoms(n, 2), randoms(n, 3)
			for i := range v {
				v[i] = v[i]*v[i] + 0.01
			}
			was := append([]float32{}, w...)
			wm, wv := append([]float32{}, m...), append([]float32{}, v...)
			Adam(w, g, m, v, &s)
			for i := range n {
				gi := float64(g[i]) + 0.01*float64(was[i])
				mi := 0.9*float64(wm[i]) + 0.1*gi
				vi := 0.999*float64(wv[i]) + 0.001*gi*gi
				c1, c2 := 1-math.Pow(0.9, float64(1+n)), 1-math.Pow(0.999, float64(1+n))
				want := float64(was[i])*0.999 - 0.01/c1*mi/(math.Sqrt(vi)/math.Sqrt(c2)+1e-8)
				require.InDelta(t, mi, m[i], 1e-6)
				require.InDelta(t, vi, v[i], 1e-6)
				require.InDelta(t, want, w[i], 1e-6)
			}
			for _, data := range [][]float32{w, m, v} {
				for _, v := range data[n : n+8] {
					require.True(t, v != v, "wrote beyond the end")
				}
			}
		}
	})
}

// How a slice is divided does not change its elements.
func TestVectorSameBitsForAnyDivision(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		const n = 101
		s := NewAdamStep(0.01, 0.9, 0.999, 1e-8, 3)
		w, g, m, v := randoms(n, 0), randoms(n, 0), randoms(n, 0), randoms(n, 0)
		Mul(v, v, v)
		clone := func(x []float32) []float32 { return append([]float32{}, x...) }
		w1, m1, v1 := clone(w), clone(m), clone(v)
		Adam(w1, g, m1, v1, &s)
		for parts := 2; parts < 9; parts++ {
			w2, m2, v2 := clone(w), clone(m), clone(v)
			for part := range parts {
				lo, hi := Span(n, part, parts)
				Adam(w2[lo:hi], g[lo:hi], m2[lo:hi], v2[lo:hi], &s)
			}
			require.Equal(t, w1, w2)
			require.Equal(t, m1, m2)
			require.Equal(t, v1, v2)
		}
	})
}

// All classes draw the same bits, wherever a part starts and ends.
func TestDropMaskEveryClass(t *testing.T) {
	for _, p := range []float64{0, 1e-9, 0.1, 0.5, 0.999999, 1} {
		want := make([]float32, 300)
		before, err := Use(Portable)
		require.NoError(t, err)
		DropMask(want, p, 77, 0)
		_, _ = Use(before)
		for i, v := range want { // by the definition
			u := uint64(uint32(Random(77, uint64(i/2)) >> (32 * (i % 2))))
			if u < uint64(p*(1<<32)) {
				require.Zero(t, v)
			} else {
				require.InEpsilon(t, 1/(1-p), v, 1e-6)
			}
		}
		eachClass(t, func(t *testing.T) {
			for first := range 5 {
				for n := range 70 {
					got := randoms(n, 1)
					DropMask(got, p, 77, first)
					require.Equal(t, want[first:first+n], got[:n:n])
					for _, v := range got[n : n+8] {
						require.True(t, v != v, "wrote beyond the end")
					}
				}
			}
		})
	}
}

func BenchmarkGemm(b *testing.B) {
	for c := Portable; c <= Best(); c++ {
		for _, size := range [][3]int{{32, 512, 256}, {256, 512, 256}, {512, 32, 256}, {512, 256, 256}, {32, 256, 10}, {256, 528, 256}, {256, 256, 256}} {
			m, k, n := size[0], size[1], size[2]
			b.Run(fmt.Sprintf("%v/%dx%dx%d", c, m, k, n), func(b *testing.B) {
				before, _ := Use(c)
				defer func() { _, _ = Use(before) }()
				x, y, z := make([]float32, m*k), make([]float32, k*n), make([]float32, m*n)
				for b.Loop() {
					Gemm(Dense(z, m, n), Dense(x, m, k), Dense(y, k, n), Epilogue{})
				}
				b.ReportMetric(2*float64(m*k*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

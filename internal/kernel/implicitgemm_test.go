package kernel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// randomIm2col returns a random matrix with runs of n columns that lie apart in
// Data.
func randomIm2col(k, rows, n int) Im2col {
	gap := n + 5 + k
	w := Im2col{Data: make([]float32, 3*k+rows*gap+n+Slack)}
	for i := range w.Data {
		w.Data[i] = rng.Float32()*2 - 1
	}
	for range k {
		w.Offsets = append(w.Offsets, int32(rng.IntN(3*k)))
	}
	for r := range rows {
		w.Runs = append(w.Runs, Run{From: r * gap, To: r * n, N: n})
	}
	return w
}

// TestImplicitGemm compares every tile height and width with a plain loop.
func TestImplicitGemm(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for m := 1; m <= 26; m++ {
			for _, n := range []int{1, 7, 8, 9, 15, 16, 17, 31, 32, 33} {
				k, rows := 1+(3*m+n)%23, 1+(m+n)%4
				w := randomIm2col(k, rows, n)
				a := guarded(m, k, k+2, m%3)
				for bits := range 4 {
					e := Epilogue{ReLU: bits&1 != 0}
					if bits&2 != 0 {
						e.RowBias = guarded(1, m, m, 1).Data
					}
					checkImplicitGemm(t, guarded(m, rows*n, rows*n+3, n%4), a, w, e)
				}
			}
		}
	})
}

func checkImplicitGemm(t *testing.T, c, a Mat, w Im2col, e Epilogue) {
	t.Helper()
	before := append([]float32{}, c.Data...)
	ImplicitGemm(c, a, w, e)
	for i := range c.Rows {
		for _, r := range w.Runs {
			for j := range r.N {
				want, size := 0.0, 1.0
				if e.RowBias != nil {
					want = float64(e.RowBias[i])
				}
				for p, o := range w.Offsets {
					v := a.at(i, p) * float64(w.Data[int(o)+r.From+j])
					want, size = want+v, size+math.Abs(v)
				}
				if e.ReLU {
					want = max(want, 0)
				}
				if got := c.at(i, r.To+j); !(math.Abs(got-want) <= 1e-6*size) {
					t.Fatalf("C[%d, %d] of %d×%d, %d runs of %d is %v, want %v", i, r.To+j, a.Rows, a.Cols, len(w.Runs), r.N, got, want)
				}
			}
		}
	}
	for i, v := range c.Data { // nothing outside C was written
		if r, col := i/c.RowStride, i%c.RowStride; r >= c.Rows || col >= c.Cols {
			require.Equal(t, math.Float32bits(before[i]), math.Float32bits(v), "element %d outside C", i)
		}
	}
}

// A NaN in the data reaches the result, also through ReLU.
func TestImplicitGemmKeepsNaN(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		w := randomIm2col(3, 1, 20)
		w.Data[int(w.Offsets[1])+7] = float32(math.NaN())
		c := Dense(make([]float32, 20), 1, 20)
		ImplicitGemm(c, guarded(1, 3, 3, 0), w, Epilogue{ReLU: true})
		require.True(t, math.IsNaN(c.at(0, 7)))
	})
}

// Any division into rows, and any panel, gives the same bits as a product with
// the stored im2col matrix.
func TestImplicitGemmSameBitsAsGemm(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		if Current() == Portable {
			return // Gemm adds in another order there
		}
		const m, k, rows, n = 29, 6000, 3, 21 // more than a panel
		w, a := randomIm2col(k, rows, n), guarded(m, k, k, 0)
		b := Dense(make([]float32, k*rows*n), k, rows*n)
		for p, o := range w.Offsets {
			for _, r := range w.Runs {
				copy(b.Data[p*rows*n+r.To:][:n], w.Data[int(o)+r.From:])
			}
		}
		bias := guarded(1, m, m, 0).Data
		want := Dense(make([]float32, m*rows*n), m, rows*n)
		Gemm(want, a, b, Epilogue{RowBias: bias})
		whole := Dense(make([]float32, m*rows*n), m, rows*n)
		ImplicitGemm(whole, a, w, Epilogue{RowBias: bias})
		require.Equal(t, want.Data, whole.Data)
		parts := Dense(make([]float32, m*rows*n), m, rows*n)
		for part := range 4 {
			lo, hi := Span(m, part, 4)
			ImplicitGemm(parts.RowRange(lo, hi), a.RowRange(lo, hi), w, Epilogue{RowBias: bias[lo:hi]})
		}
		require.Equal(t, want.Data, parts.Data)
	})
}

func TestImplicitGemmPanics(t *testing.T) {
	good := func() (Mat, Mat, Im2col, Epilogue) {
		return Dense(make([]float32, 20), 2, 10), Dense(make([]float32, 6), 2, 3), randomIm2col(3, 1, 10), Epilogue{}
	}
	for name, spoil := range map[string]func(c, a *Mat, w *Im2col, e *Epilogue){
		"short data":      func(_, _ *Mat, w *Im2col, _ *Epilogue) { w.Data = w.Data[:len(w.Data)-20] },
		"negative offset": func(_, _ *Mat, w *Im2col, _ *Epilogue) { w.Offsets[1] = -1 },
		"beyond C":        func(_, _ *Mat, w *Im2col, _ *Epilogue) { w.Runs[0].To = 1 },
		"empty run":       func(_, _ *Mat, w *Im2col, _ *Epilogue) { w.Runs[0].N = 0 },
		"other depth":     func(_, _ *Mat, w *Im2col, _ *Epilogue) { w.Offsets = w.Offsets[1:] },
		"C too small":     func(c, _ *Mat, _ *Im2col, _ *Epilogue) { c.Data = c.Data[1:] },
		"A too small":     func(_, a *Mat, _ *Im2col, _ *Epilogue) { a.Data = a.Data[1:] },
		"other epilogue":  func(_, _ *Mat, _ *Im2col, e *Epilogue) { e.Accumulate = true },
		"short bias":      func(_, _ *Mat, _ *Im2col, e *Epilogue) { e.RowBias = []float32{1} },
	} {
		c, a, w, e := good()
		w.Offsets[0], w.Offsets[1], w.Offsets[2] = 0, 1, 8
		ImplicitGemm(c, a, w, e)
		spoil(&c, &a, &w, &e)
		require.Panics(t, func() { ImplicitGemm(c, a, w, e) }, name)
	}
	require.NotPanics(t, func() { ImplicitGemm(Dense(nil, 0, 4), Dense(nil, 0, 0), Im2col{}, Epilogue{}) })
}

package kernel

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// hard returns a number of a kind that orders and roundings differ on.
func hard() float32 {
	switch rng.IntN(12) {
	case 0:
		return math.Float32frombits(rng.Uint32() & (1<<23 - 1)) // denormal
	case 1:
		return 0
	case 2:
		return float32(math.Copysign(0, -1))
	case 3:
		return float32(rng.IntN(1<<12)) * 0x1p-12 // sums that meet halfway
	case 4:
		return math.Float32frombits(rng.Uint32())
	case 5:
		return -math.MaxFloat32
	case 6:
		return math.MaxFloat32
	}
	return rng.Float32()*2 - 1
}

func hardMat(rows, cols, stride int) Mat {
	m := guarded(rows, cols, stride, 0)
	for i := range m.Data {
		m.Data[i] = hard()
	}
	return m
}

// requireBits compares bits; NaNs are all the same.
func requireBits(t *testing.T, want, got []float32, what string) {
	t.Helper()
	for i := range want {
		if math.Float32bits(want[i]) != math.Float32bits(got[i]) && (want[i] == want[i] || got[i] == got[i]) {
			t.Fatalf("%s: element %d is %x (%v), not %x (%v)", what, i, math.Float32bits(got[i]), got[i], math.Float32bits(want[i]), want[i])
		}
	}
}

// inEachClass returns what f gives with every class, f being given the same input.
func inEachClass(t *testing.T, f func() []float32) (all [][]float32) {
	t.Helper()
	for c := Portable; c <= Best(); c++ {
		before, err := Use(c)
		require.NoError(t, err)
		all = append(all, f())
		_, _ = Use(before)
	}
	return all
}

func requireSame(t *testing.T, what string, f func() []float32) {
	t.Helper()
	all := inEachClass(t, f)
	for c, got := range all {
		requireBits(t, all[0], got, what+" with "+Class(c).String())
	}
}

// Products have the same bits in every class, whatever the numbers.
func TestProductsHaveTheSameBitsInEveryClass(t *testing.T) {
	products := 300
	if testing.Short() {
		products = 40
	}
	for round := range products {
		m, k, n := 1+rng.IntN(40), 1+rng.IntN(40), 1+rng.IntN(70)
		if round%10 == 0 {
			k, m = 250+rng.IntN(300), 90+rng.IntN(20)
		}
		a, b, c := hardMat(m, k, k+1), hardMat(k, n, n+2), hardMat(m, n, n+3)
		if round%2 == 0 { // ordinary numbers, so that no infinity hides the rest
			a, b = guarded(m, k, k+1, 0), guarded(k, n, n+2, 0)
		}
		e := Epilogue{ReLU: round%3 == 0}
		switch round % 4 {
		case 0:
			e.Bias = hardMat(1, n, n).Data
		case 1:
			e.RowBias = hardMat(1, m, m).Data
		case 2:
			e.Accumulate = true
		}
		requireSame(t, "product", func() []float32 {
			out := Mat{Data: append([]float32{}, c.Data...), Rows: m, Cols: n, RowStride: c.RowStride, ColStride: 1}
			Gemm(out, a, b, e)
			return out.Data[:(m-1)*out.RowStride+n]
		})
		bt := hardMat(n, k, k)
		requireSame(t, "product with a transposed matrix", func() []float32 {
			out := Dense(make([]float32, m*n), m, n)
			GemmBT(out, a, bt)
			return out.Data
		})
		rows := 1 + n%4
		w := randomIm2col(k, rows, n)
		e.Accumulate, e.Bias = false, nil
		requireSame(t, "implicit product", func() []float32 {
			out := Dense(make([]float32, m*rows*n), m, rows*n)
			ImplicitGemm(out, a, w, e)
			return out.Data
		})
	}
}

func TestElementsHaveTheSameBitsInEveryClass(t *testing.T) {
	for n := range 70 {
		a, b := hardMat(1, 2*n+2, 2*n+2).Data[:2*n], hardMat(1, n+1, n+1).Data[:n]
		if n > 3 {
			b[3] = float32(math.NaN())
		}
		for name, f := range map[string]func(dst []float32){
			"ReLU": func(dst []float32) { ReLU(dst, b) }, "Max": func(dst []float32) { Max(dst, a, b) }, "Mul": func(dst []float32) { Mul(dst, a, b) },
			"Add": func(dst []float32) { Add(dst, a, b) }, "MaxPairs": func(dst []float32) { MaxPairs(dst, a) },
		} {
			requireSame(t, name, func() []float32 {
				dst := make([]float32, n)
				f(dst)
				return dst
			})
		}
	}
}

// addFused rounds the exact sum once, as arithmetic of any precision says.
func TestFMARoundsOnce(t *testing.T) {
	for range 200_000 {
		a, b, c := hard(), hard(), hard()
		if rng.IntN(2) == 0 { // halfway, and a little off
			a, b = 1+float32(rng.IntN(8))*0x1p-23, float32(rng.IntN(16))*0x1p-25
			c = 1 + float32(rng.IntN(8))*0x1p-23
			if rng.IntN(2) == 0 {
				a, b, c = a*0x1p-70, b*0x1p-70, c*0x1p-140
			}
		}
		if a-a != 0 || b-b != 0 || c-c != 0 {
			continue
		}
		exact := new(big.Float).SetPrec(2000)
		exact.Mul(exact.SetFloat64(float64(a)), big.NewFloat(float64(b)))
		exact.Add(exact, big.NewFloat(float64(c)))
		want, _ := exact.Float32()
		got := []float32{c}
		addFused(got, []float32{b}, a)
		require.Equal(t, want, got[0], "%x·%x + %x", a, b, c)
	}
}

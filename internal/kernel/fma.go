package kernel

import "math"

// addFused adds a·b to row, each sum rounded once, as fused multiply-adds of vectors are. The product of
// two float32 is exact in float64, so the sum is rounded once, and then again to float32. That
// matters only where the first result lies halfway between two float32, or under their
// normal range.
func addFused(row, b []float32, a float32) {
	wide := float64(a)
	for j, v := range b[:len(row)] {
		c := row[j]
		s := wide*float64(v) + float64(c) // fused or not: the product is exact
		row[j] = float32(s)
		if isRare(s) {
			row[j] = fmaRare(a, v, c)
		}
	}
}

// isRare reports whether rounding a float64 to float32 may not be what rounding the exact sum
// that it stands for is.
func isRare(s float64) bool {
	bits := math.Float64bits(s)
	return bits&halfMask == half || bits<<1-1 < smallest<<1-1
}

const (
	half     = 1 << 28 // what float32 lacks of float64's fraction, halfway
	halfMask = 1<<29 - 1
	smallest = (1023 - 126) << 52 // the least normal float32
)

// fmaRare rounds the exact a·b + c to float32 by way of the nearest float64, moved off the middle
// towards the exact sum (rounded to odd).
//
//go:noinline
func fmaRare(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	part := s - p
	lost := (p - (s - part)) + (c - part) // exact: Knuth's two-sum
	bits := math.Float64bits(s)
	if lost == 0 || lost != lost || bits&1 == 1 {
		return float32(s)
	}
	if lost > 0 == (s > 0) {
		bits++
	} else {
		bits--
	}
	return float32(math.Float64frombits(bits))
}

// fuses reports whether the compiler makes fused multiply-adds of fusedChain's loops, as it
// does on arm64, and on amd64 from GOAMD64=v3 on. Then they compute what exactChain does.
var fuses = func() bool {
	// (1+2⁻¹²)² is 1 + 2⁻¹¹ + 2⁻²⁴: float32 has no room for the last term, a fused sum has.
	const n, rows = 9, 7 // both loops, whole and in part
	x := float32(1 + 1.0/(1<<12))
	a, b := make([]float32, rows), make([]float32, rows*n)
	for i := range a {
		a[i] = x
		if i%2 == 1 {
			a[i] = -x - float32(i)/(1<<20)
		}
	}
	for i := range b {
		b[i] = x + float32(i)/(1<<16)
	}
	want, got := make([]float32, n), make([]float32, n)
	am, bm := Dense(a, 1, rows), Dense(b, rows, n)
	exactChain(want, a, am, bm)
	fusedChain(got, a, am, bm)
	for i := range want {
		if want[i] != got[i] {
			return false
		}
	}
	return true
}()

package audio

import (
	"math"
	"math/cmplx"
)

// transform is a discrete Fourier transform of n values, by Cooley and Tukey's
// algorithm over n's prime factors.
type transform struct {
	n     int
	roots []complex128 // e^(-2πik/n)
}

func newTransform(n int) transform {
	t := transform{n, make([]complex128, n)}
	for k := range t.roots {
		t.roots[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	return t
}

// do writes the transform of src to dst.
func (t transform) do(dst, src []complex128) { t.step(dst, src, 1) }

// step transforms every stride-th value of src into dst.
func (t transform) step(dst, src []complex128, stride int) {
	n := len(dst)
	if n == 1 {
		dst[0] = src[0]
		return
	}
	p := smallestFactor(n)
	m := n / p
	for r := range p {
		t.step(dst[r*m:(r+1)*m], src[r*stride:], stride*p)
	}
	var parts [13]complex128
	for k := range m {
		for r := range p {
			parts[r] = dst[r*m+k] * t.roots[r*k*stride%t.n]
		}
		for q := range p {
			sum := parts[0]
			for r := 1; r < p; r++ {
				sum += parts[r] * t.roots[r*q*m*stride%t.n]
			}
			dst[q*m+k] = sum
		}
	}
}

func smallestFactor(n int) int {
	for p := 2; p*p <= n; p++ {
		if n%p == 0 {
			return p
		}
	}
	return n
}

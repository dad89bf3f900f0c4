package kernel

import "math"

// Softmax writes exp(scale·x) divided by its sum to y, which may be x itself; scale is
// positive. A row of −∞ only gives NaN.
func Softmax(y, x []float32, scale float32) {
	if len(y) == 0 {
		return
	}
	x = x[:len(y)]
	expShare(y, x, scale, largest(x))
}

// SoftmaxMasked is likewise for exp(scale·x + mask).
func SoftmaxMasked(y, x, mask []float32, scale float32) {
	if len(y) == 0 {
		return
	}
	x, mask = x[:len(y)], mask[:len(y)]
	top, done := scaleMaskVector(y, x, mask, scale)
	for i := done; i < len(y); i++ {
		y[i] = float32(x[i]*scale) + mask[i]
		top = max(top, y[i])
	}
	expShare(y, y, 1, top)
}

// expShare writes exp(a·(x − b)) divided by its sum.
func expShare(y, x []float32, a, b float32) {
	total, done := expSumVector(y, x, a, b)
	ApplyScaled(ExpScaled, y[done:], x[done:], a, b)
	for _, v := range y[done:] {
		total += float64(v)
	}
	ApplyScaled(ScaleShift, y, y, float32(1/total), 0)
}

// lowest is where the search for the largest number begins.
var lowest = float32(math.Inf(-1))

// largest is the maximum of x. NaN may get lost, as in a comparison.
func largest(x []float32) float32 {
	top, done := largestVector(x)
	for _, v := range x[done:] {
		top = max(top, v)
	}
	return top
}

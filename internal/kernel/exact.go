package kernel

import "math"

// The functions of this file have the same bits with every Class and on every processor: every product is
// rounded before it is added to anything, and gen/exact.go has the same operations in the same order. Their errors are
// a few units in the last place of float32, of the result or of 1.

// GELUExact writes x·Φ(x) to y, which may be x itself. Φ is the normal distribution. NaN stays NaN.
func GELUExact(y, x []float32) {
	x = x[:len(y)]
	if Current() != Portable && len(y) > 0 {
		geluExactVector(y, x)
		return
	}
	for i, v := range x {
		a, _, tail := normalTail(v)
		if v < 0 {
			v = 0
		}
		y[i] = v - float32(a*tail)
	}
}

// GELUGradExact writes dy times the derivative of GELU at x to dx, which may be dy itself.
func GELUGradExact(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	if Current() != Portable && len(dx) > 0 {
		geluGradExactVector(dx, dy, x)
		return
	}
	for i, v := range x {
		a, e, p := normalTail(v)
		if !signed(v) {
			p = 1 - p
		}
		dx[i] = dy[i] * (p + withSign(float32(float32(a*e)*density), v))
	}
}

// Gate is x·sigmoid(z) with z = A·x + B·x³: SiLU if A is 1 and B 0.
type Gate struct{ A, B float32 }

// GELUTanhGate is the approximation of GELU by tanh (Hendrycks, Gimpel).
var GELUTanhGate = Gate{2 * geluA, 2 * geluA * geluB}

// Exact writes the gate of x to y, which may be x itself. NaN stays NaN.
func (g Gate) Exact(y, x []float32) {
	x = x[:len(y)]
	if Current() != Portable && len(y) > 0 {
		g.exactVector(y, x)
		return
	}
	for i, v := range x {
		_, open, _ := g.open(v)
		y[i] = v * open
	}
}

// GradExact writes dy times the derivative of the gate at x to dx, which may be dy itself.
func (g Gate) GradExact(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	triple := 3 * g.B
	if Current() != Portable && len(dx) > 0 {
		g.gradExactVector(dx, dy, x, triple)
		return
	}
	for i, v := range x {
		a, open, slope := g.open(v)
		rise := float32(a * (float32(triple*float32(a*a)) + g.A))
		dx[i] = dy[i] * (open + withSign(float32(rise*slope), v))
	}
}

// SoftmaxExact replaces x by the softmax of scale·x; scale is positive. A row of −∞ only, or with NaN, gives NaN.
func SoftmaxExact(x []float32, scale float32) {
	if len(x) == 0 {
		return
	}
	total := ExpSumExact(x, x, largest(x), scale)
	ApplyScaled(ScaleShift, x, x, float32(1/total), 0)
}

// ExpSumExact writes e^((x − top)·scale), or 0 where the exponent is under −87, to y, which may be x itself, and
// returns the sum. No exponent may be over 88.
func ExpSumExact(y, x []float32, top, scale float32) float64 {
	x = x[:len(y)]
	var sums eightSums
	if Current() != Portable && len(y) > 0 {
		expSumExactVector(y, x, &sums, top, scale)
	} else {
		for i, v := range x {
			e := expDown(float32((v - top) * scale))
			y[i] = e
			sums[i%8] += float64(e)
		}
	}
	return sums.total()
}

// eightSums are the parts of a sum: element i of a row is added to part i%8.
type eightSums [8]float64

func (s *eightSums) total() float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// SoftmaxGradExact replaces d, the gradient of the results p of [SoftmaxExact], by that of its argument.
func SoftmaxGradExact(d, p []float32, scale float32) {
	p = p[:len(d)]
	var sums eightSums
	if Current() != Portable && len(d) > 0 {
		dotExactVector(d, p, &sums)
		softmaxGradExactVector(d, p, float32(sums.total()), scale)
		return
	}
	for i, v := range p {
		sums[i%8] += float64(float64(v) * float64(d[i]))
	}
	dot := float32(sums.total())
	for i, v := range p {
		d[i] = float32((d[i]-dot)*v) * scale
	}
}

const (
	expLeast = -87.33654 // below it eˣ is no normal float32
	magic    = 3 << 22   // added and subtracted again, it leaves an integer, also in the bits of the sum
	ln2High  = 0.693359375
	ln2Low   = -2.12194440e-4
	density  = 0.3989422804014327 // 1/√(2π)
)

// expDown is eˣ of an x ≤ 88, or 0 below −87.
func expDown(x float32) float32 {
	if x < expLeast {
		return 0
	}
	t := float32(x*math.Log2E) + magic
	k := t - magic
	x -= float32(k * ln2High)
	x -= float32(k * ln2Low)
	y := float32(1.0 / 5040)
	y = float32(y*x) + 1.0/720
	y = float32(y*x) + 1.0/120
	y = float32(y*x) + 1.0/24
	y = float32(y*x) + 1.0/6
	y = float32(y*x) + 1.0/2
	y = float32(y*x) + 1
	y = float32(y*x) + 1
	return float32(y * math.Float32frombits((math.Float32bits(t)+127)<<23))
}

// normalTail returns |x|, at most 14, e^(−x²/2) and 1 − Φ of that.
func normalTail(x float32) (a, e, tail float32) {
	a = min(math.Float32frombits(math.Float32bits(x)&^sign), 14)
	e = expDown(float32(float32(a*a) * -0.5))
	r := 1 / (float32(a*0.25) + 1)
	q := float32(r*-0.0883061364) + 0.324756891
	q = float32(q*r) - 0.231261462
	q = float32(q*r) + 0.240983546
	q = float32(q*r) + 0.0500645936
	q = float32(q*r) + 0.103786647
	q = float32(q*r) + 0.0999758989
	return a, e, float32(e * float32(q*r))
}

// open returns |x|, at most 88, the sigmoid of z and its derivative there.
func (g Gate) open(x float32) (a, open, slope float32) {
	a = min(math.Float32frombits(math.Float32bits(x)&^sign), 88)
	e := expDown(-float32(a * (float32(g.B*float32(a*a)) + g.A)))
	large := 1 / (1 + e)
	small := float32(e * large)
	if signed(x) {
		return a, small, float32(small * large)
	}
	return a, large, float32(small * large)
}

const sign = 1 << 31

func signed(x float32) bool { return math.Float32bits(x)&sign != 0 }

// withSign gives y ≥ 0 the sign of x.
func withSign(y, x float32) float32 {
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&sign)
}

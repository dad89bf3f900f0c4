package kernel

import "math"

// Func is a function of one number. The assembly's errors are a few units in the
// last place of float32, absolute ones near zeros of the derivative; portable code
// computes in float64.
type Func int

// The functions that [Apply] knows.
const (
	Exp Func = iota
	Sigmoid
	SiLU // x·sigmoid(x)
	Tanh
	Erf
	HardSwish // x·min(max(x+3, 0), 6)/6
	GELU      // x·Φ(x), Φ being the normal distribution
	GELUTanh  // its approximation by tanh (Hendrycks, Gimpel)
	funcs
)

// Apply writes f of each element of x to y, which may be x itself. NaN stays NaN.
func Apply(f Func, y, x []float32) {
	x = x[:len(y)]
	if class := Current(); class != Portable && len(y) > 0 {
		applyVector(f, y, x, class)
		return
	}
	g := portable[f]
	for i, v := range x {
		y[i] = float32(g(float64(v)))
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// geluA and geluB are the constants of GELU's approximation: √(2/π) and theirs.
const geluA, geluB = 0.7978845608028654, 0.044715

var portable = [funcs]func(float64) float64{
	Exp:       math.Exp,
	Sigmoid:   sigmoid,
	SiLU:      func(x float64) float64 { return x * sigmoid(x) },
	Tanh:      math.Tanh,
	Erf:       math.Erf,
	HardSwish: func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 },
	GELU:      func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) },
	GELUTanh:  func(x float64) float64 { return x * sigmoid(2*geluA*(x+geluB*x*x*x)) },
}

// Scaled is a function of one number with two parameters, a and b.
type Scaled int

// The functions that [ApplyScaled] knows.
const (
	ScaleShift  Scaled = iota // a·x + b
	Clamp                     // x within [a, b]
	HardSigmoid               // a·x + b within [0, 1]
	ExpScaled                 // exp(a·(x − b))
	scaleds
)

// ApplyScaled writes f of each element of x to y, which may be x itself. NaN stays
// NaN.
func ApplyScaled(f Scaled, y, x []float32, a, b float32) {
	x = x[:len(y)]
	if class := Current(); class != Portable && len(y) > 0 {
		applyScaledVector(f, y, x, a, b, class)
		return
	}
	g := portableScaled[f]
	for i, v := range x {
		y[i] = g(v, a, b)
	}
}

var portableScaled = [scaleds]func(x, a, b float32) float32{
	ScaleShift:  func(x, a, b float32) float32 { return a*x + b },
	Clamp:       func(x, a, b float32) float32 { return min(max(x, a), b) },
	HardSigmoid: func(x, a, b float32) float32 { return min(max(a*x+b, 0), 1) },
	ExpScaled:   func(x, a, b float32) float32 { return float32(math.Exp(float64(a * (x - b)))) },
}

// Add writes the elementwise sum of a and b to dst, which may be a or b itself.
func Add(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	if class := Current(); class != Portable && len(dst) > 0 {
		addVector(dst, a, b, class)
		return
	}
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

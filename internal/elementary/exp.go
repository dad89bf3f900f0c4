package elementary

import "math"

const (
	ln2Hi = 6.93147180369123816490e-01
	ln2Lo = 1.90821492927058770002e-10
)

var (
	expC = [...]float64{0, 1.66666666666666657415e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06, 4.13813679705723846039e-08}
	logC = [...]float64{0, 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
		1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01}
)

// Exp is eˣ.
//
// After e_exp.c of FreeBSD's msun, which came with this notice:
//
//	Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved. Permission to use, copy,
//	modify, and distribute this software is freely granted, provided that this notice is preserved.
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 7.09782712893383973096e+02:
		return math.Inf(1)
	case x < -7.45133219101941108420e+02:
		return 0
	}
	k := math.Floor(float64(math.Log2E*x) + 0.5) // x = k·ln 2 + r
	hi, lo := x-float64(k*ln2Hi), float64(k*ln2Lo)
	r := hi - lo
	c := r - polynomial(float64(r*r), expC[:])
	return math.Ldexp(1-((lo-float64(r*c)/(2-c))-hi), int(k))
}

// polynomial is c[0] + c[1]·x + c[2]·x² + …
func polynomial(x float64, c []float64) float64 {
	y := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		y = c[i] + float64(x*y)
	}
	return y
}

// Log is the natural logarithm; NaN under 0.
//
// After e_log.c of FreeBSD's msun, which came with this notice:
//
//	Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//	Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
//	distribute this software is freely granted, provided that this notice is preserved.
func Log(x float64) float64 {
	switch {
	case x != x || math.IsInf(x, 1):
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	f, exponent := math.Frexp(x) // x = 2ᵏ·(1 + f), 1 + f within a factor of √2 from 1
	if f < math.Sqrt2/2 {
		f, exponent = 2*f, exponent-1
	}
	f--
	k, s := float64(exponent), f/(2+f)
	half := float64(0.5 * float64(f*f))
	rest := float64(s*(half+polynomial(float64(s*s), logC[:]))) + float64(k*ln2Lo)
	return float64(k*ln2Hi) - ((half - rest) - f)
}

// Expm1 is eˣ − 1, without a loss where x is small (Kahan).
func Expm1(x float64) float64 {
	y := Exp(x)
	switch {
	case y == 1:
		return x
	case y-1 == -1, x > 1, x != x:
		return y - 1
	}
	return float64((y-1)*x) / Log(y)
}

// Log1p is the logarithm of 1 + x, without a loss where x is small (Kahan).
func Log1p(x float64) float64 {
	y := 1 + x
	if y == 1 || y-1 != y-1 || math.IsInf(y, 1) {
		return min(x, y) // of NaN it is NaN
	}
	return float64(Log(y)*x) / (y - 1)
}

// Pow is xʸ of an x over 0: to about |y·ln x| units in the last place.
func Pow(x, y float64) float64 { return Exp(float64(y * Log(x))) }

var (
	tanhP = [...]float64{-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1}
	tanhQ = [...]float64{4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1}
)

// Tanh is the hyperbolic tangent, after Stephen L. Moshier's Cephes library.
func Tanh(x float64) float64 {
	z := math.Abs(x)
	switch {
	case x != x || x == 0:
		return x
	case z > 44:
		return math.Copysign(1, x)
	case z >= 0.625:
		return math.Copysign(1-2/(Exp(2*z)+1), x)
	}
	s := float64(x * x)
	return x + float64(float64(x*s)*(polynomial(s, tanhP[:])/polynomial(s, tanhQ[:])))
}

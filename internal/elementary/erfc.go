package elementary

import "math"

// Erfc is the complementary error function.
//
// After s_erf.c of FreeBSD's msun, which came with this notice:
//
//	Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//	Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
//	distribute this software is freely granted, provided that this notice is preserved.
func Erfc(x float64) float64 {
	z := math.Abs(x)
	switch {
	case x != x:
		return x
	case z < 0.84375:
		square := float64(x * x)
		return 1 - (x + float64(x*(polynomial(square, smallP[:])/polynomial(square, smallQ[:]))))
	case z < 1.25:
		s := z - 1
		return mirrored(x, 1-erx-polynomial(s, oneP[:])/polynomial(s, oneQ[:]))
	case z >= 28:
		return mirrored(x, 0)
	}
	s, p, q := 1/float64(z*z), midP[:], midQ[:]
	if z >= 1/0.35 {
		p, q = farP[:], farQ[:]
	}
	short := math.Float64frombits(math.Float64bits(z) & 0xffffffff00000000) // its square is exact
	rest := float64((short-z)*(short+z)) + polynomial(s, p)/polynomial(s, q)
	return mirrored(x, float64(Exp(-float64(short*short)-0.5625)*Exp(rest))/z)
}

// mirrored is erfc(x) by that of |x|.
func mirrored(x, y float64) float64 {
	if x < 0 {
		return 2 - y
	}
	return y
}

// polynomial is c[0] + c[1]·x + c[2]·x² + …
func polynomial(x float64, c []float64) float64 {
	y := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		y = c[i] + float64(x*y)
	}
	return y
}

const erx = 8.45062911510467529297e-01

// Numerators and denominators: of (erf(x) − x)/x in [0, 0.84375], of erf in [0.84375, 1.25], and of erfc's
// logarithm in [1.25, 1/0.35] and from there to 28.
var (
	smallP = [...]float64{1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03, -2.37630166566501626084e-05}
	smallQ = [...]float64{1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04, -3.96022827877536812320e-06}
	oneP   = [...]float64{-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03}
	oneQ   = [...]float64{1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02}
	midP   = [...]float64{-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00}
	midQ   = [...]float64{1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02}
	farP   = [...]float64{-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02}
	farQ   = [...]float64{1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01}
)

package ops

import "math"

// fromHalf is a float16 as a float32: exact.
func fromHalf(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exp {
	case 0:
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// toHalf rounds to the nearest float16, ties to even, as a float32.
func toHalf(f float32) float32 {
	a := math.Abs(float64(f))
	switch {
	case f != f || math.IsInf(float64(f), 0):
		return f
	case a >= 65520:
		return float32(math.Copysign(math.Inf(1), float64(f)))
	}
	_, exp := math.Frexp(a)
	unit := math.Ldexp(1, max(exp, -13)-11) // the distance of neighbours
	return float32(math.Copysign(math.RoundToEven(a/unit)*unit, float64(f)))
}

// toBrain rounds to the nearest bfloat16, ties to even, as a float32.
func toBrain(f float32) float32 {
	b := math.Float32bits(f)
	if f != f {
		return f
	}
	b += 0x7fff + b>>16&1
	return math.Float32frombits(b &^ 0xffff)
}

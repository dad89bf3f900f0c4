package update

import (
	"encoding/binary"
	"math"
)

// powerOfTwo is the largest power of two that is at most the largest magnitude:
// dividing by it brings that magnitude into [1, 2), so that none overflows half
// precision and the large ones keep 11 bits. It is 1 for zeros.
func powerOfTwo(values []float32) float32 {
	most := float32(0)
	for _, v := range values {
		most = max(most, v, -v)
	}
	if most == 0 {
		return 1
	}
	_, exponent := math.Frexp(float64(most)) // most = fraction · 2^exponent, fraction in [½, 1)
	return float32(math.Ldexp(1, max(exponent-1, -149)))
}

// halves are values/scale in half precision.
func halves(values []float32, scale float32) []byte {
	out := make([]byte, 0, 2*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, half(float64(v)/float64(scale)))
	}
	return out
}

// half rounds a number of magnitude below 65,520 to IEEE 754 binary16, to the
// nearest, ties to even. Subnormals are multiples of 2⁻²⁴.
func half(v float64) uint16 {
	sign := uint16(math.Float64bits(v) >> 63 << 15)
	v = math.Abs(v)
	if v < 1.0/(1<<14) {
		return sign | uint16(math.RoundToEven(v*(1<<24))) // 1,024 is the first normal number
	}
	fraction, exponent := math.Frexp(v) // in [½, 1)
	bits := int(math.RoundToEven(fraction * (1 << 11)))
	return sign | uint16((exponent+14)<<10+bits-1<<10) // a carry goes into the exponent
}

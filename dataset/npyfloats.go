package dataset

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
)

// readNPYStart reads the header, and returns the size of the values in bytes.
func readNPYStart(r io.Reader) (h npyHeader, total int64, err error) {
	if h, err = readNPYHeader(r); err != nil {
		return h, 0, err
	}
	total, err = h.bytes()
	return h, total, err
}

// readFloats reads total bytes of numbers as float32, after which r must end, and
// reports whether all are finite. Of memory see readExactly.
func (h npyHeader) readFloats(r io.Reader, total, available int64) (out []float32, finite bool, err error) {
	out = make([]float32, 0, trusted(total, available)/int64(h.size))
	finite = true
	buf := make([]byte, min(total, pieceBytes))
	for done := int64(0); done < total; {
		piece := buf[:min(total-done, pieceBytes)]
		if err := readPiece(r, piece, done, total); err != nil {
			return nil, false, err
		}
		if h.big {
			swapBytes(piece, h.size, h.kind)
		}
		n := len(out)
		out = slices.Grow(out, len(piece)/h.size)[:n+len(piece)/h.size]
		finite = h.convert(out[n:], piece) && finite
		done += int64(len(piece))
	}
	return out, finite, readEnd(r, total)
}

// convert makes float32 of raw little-endian numbers, as many as dst has room for,
// and reports whether all are finite.
func (h npyHeader) convert(dst []float32, raw []byte) (finite bool) {
	switch {
	case h.kind == 'f' && h.size == 4:
		return convertFloat32(dst, raw)
	case h.kind == 'f' && h.size == 8:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:])))
		}
	case h.kind == 'u' && h.size == 8: // rounded once, as numpy does
		for i := range dst {
			dst[i] = float32(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case h.kind == 'i':
		a := array{npyHeader: h, raw: raw}
		for i := range dst {
			dst[i] = float32(a.int(i))
		}
	default:
		a := array{npyHeader: h, raw: raw}
		for i := range dst {
			dst[i] = float32(a.float(i))
		}
	}
	return checkFinite(dst) == nil
}

const (
	// float32Exponents are the bits of the exponents of two float32; adding
	// carryExponents carries into the signs where all these bits are 1, as they are
	// in infinities and NaN.
	float32Exponents = 0x7f800000_7f800000
	carryExponents   = 0x00800000_00800000
	float32Signs     = 0x80000000_80000000
)

// convertFloat32 is convert of float32, eight at a time.
func convertFloat32(dst []float32, raw []byte) (finite bool) {
	le := binary.LittleEndian
	carry := uint64(0)
	for len(dst) >= 8 && len(raw) >= 32 {
		to, from := (*[8]float32)(dst), (*[32]byte)(raw)
		a, b, c, d := le.Uint64(from[:]), le.Uint64(from[8:]), le.Uint64(from[16:]), le.Uint64(from[24:])
		carry |= (a&float32Exponents + carryExponents) | (b&float32Exponents + carryExponents) |
			(c&float32Exponents + carryExponents) | (d&float32Exponents + carryExponents)
		to[0], to[1] = math.Float32frombits(uint32(a)), math.Float32frombits(uint32(a>>32))
		to[2], to[3] = math.Float32frombits(uint32(b)), math.Float32frombits(uint32(b>>32))
		to[4], to[5] = math.Float32frombits(uint32(c)), math.Float32frombits(uint32(c>>32))
		to[6], to[7] = math.Float32frombits(uint32(d)), math.Float32frombits(uint32(d>>32))
		dst, raw = dst[8:], raw[32:]
	}
	for i := range dst {
		dst[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
	}
	return carry&float32Signs == 0 && checkFinite(dst) == nil
}

// halfFloat converts IEEE 754's binary16.
func halfFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero, and numbers below the smallest normal one
		v := float32(fraction) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		exponent = 255 - 112
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

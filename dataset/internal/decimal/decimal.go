// Package decimal parses numbers as JSON writes them into the nearest float32,
// faster than strconv, which looks at every form of Go's numbers.
package decimal

import (
	"math"
	"strconv"
)

// exactDigits are the digits that any uint64 has room for.
const exactDigits = 19

// Parse returns the number that text begins with, rounded to the nearest float32
// (infinite if it is too large for one), and its length in bytes: 0 if text does
// not begin with a number in JSON's form (RFC 8259, section 6).
func Parse(text []byte) (v float32, n int) {
	start := 0
	if len(text) > 0 && text[0] == '-' {
		start = 1
	}
	m, end := digits(0, text, start)
	count := end - start
	if count == 0 || count > 1 && text[start] == '0' {
		return 0, 0
	}
	power := 0
	if end < len(text) && text[end] == '.' {
		point := end + 1
		if m, end = digits(m, text, point); end == point {
			return 0, 0
		}
		power = point - end
		count -= power
	}
	if end < len(text) && text[end]|0x20 == 'e' {
		e, after := exponent(text, end+1)
		if after == 0 {
			return 0, 0
		}
		power, end = power+e, after
	}
	if count > exactDigits {
		count -= leadingZeros(text[start:end])
	}
	v, ok := scale(m, power)
	if !ok || count > exactDigits {
		return slow(text[:end]), end
	}
	if start == 1 {
		v = -v
	}
	return v, end
}

// leadingZeros counts the zeros in front of the first other digit.
func leadingZeros(text []byte) (n int) {
	for _, c := range text {
		switch c {
		case '0':
			n++
		case '.':
		default:
			return n
		}
	}
	return n
}

// digits appends the digits from position at on to m, and returns where they end.
func digits(m uint64, text []byte, at int) (uint64, int) {
	for ; at < len(text); at++ {
		d := text[at] - '0'
		if d > 9 {
			break
		}
		m = 10*m + uint64(d)
	}
	return m, at
}

// exponent parses what follows an e, and returns where it ends; 0 if it has no
// digits. An exponent that no float32 has may come out as another such one.
func exponent(text []byte, at int) (e, end int) {
	negative := false
	if at < len(text) && (text[at] == '-' || text[at] == '+') {
		negative = text[at] == '-'
		at++
	}
	start := at
	for ; at < len(text) && text[at]-'0' <= 9; at++ {
		e = min(10*e+int(text[at]-'0'), 1<<20)
	}
	if at == start {
		return 0, 0
	}
	if negative {
		e = -e
	}
	return e, at
}

// powers of ten that float64 holds exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

const (
	smallestNormal = 0x1p-126
	// midway are the bits of a float64 behind those of a float32, where it lies
	// in the middle between two of these.
	midway, midwayMask = 1 << 28, 1<<29 - 1
)

// scale returns m·10^power as the nearest float32, where float64 gives the right
// one: there m, the product and so both together are at most two units of the
// last place off, which matters only to a value that lies as near as that to the
// middle between two float32.
func scale(m uint64, power int) (v float32, ok bool) {
	if power < -22 || power > 22 {
		return 0, false
	}
	d := float64(m)
	if power < 0 {
		d /= powers[-power]
	} else {
		d *= powers[power]
	}
	fromMiddle := int64(math.Float64bits(d)&midwayMask) - midway
	if d > math.MaxFloat32 || d < smallestNormal && m != 0 || -4 < fromMiddle && fromMiddle < 4 {
		return 0, false
	}
	return float32(d), true
}

func slow(text []byte) float32 {
	v, _ := strconv.ParseFloat(string(text), 32) // beyond the range it returns the infinity that is meant
	return float32(v)
}

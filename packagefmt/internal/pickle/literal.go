package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxText is how long a text may be of which something is read, in bytes.
const maxText = 1 << 20

// maxLong bounds the bytes of an integer: PyTorch writes none beyond 10.
const maxLong = 32

// literal returns the value of an opcode that pushes one, from the bytes that
// follow or from the stack.
func (m *machine) literal(op byte) (any, error) {
	switch op {
	case opNone:
		return nil, nil
	case opNewTrue:
		return true, nil
	case opNewFalse:
		return false, nil
	case opBinInt:
		v, err := m.uint(4)
		return int64(int32(v)), err
	case opBinInt1:
		v, err := m.uint(1)
		return int64(v), err
	case opBinInt2:
		v, err := m.uint(2)
		return int64(v), err
	case opInt, opLong:
		return m.textInt()
	case opLong1:
		b, err := m.prefixed(1)
		return long(b, err)
	case opLong4:
		b, err := m.prefixed(4)
		return long(b, err)
	case opFloat:
		s, err := m.line()
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: float %.40q", ErrFormat, s)
		}
		return v, nil
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return nil, err
		}
		return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
	case opEmptyTuple:
		return Tuple{}, nil
	case opTuple1, opTuple2, opTuple3:
		return m.popN(int(op) - opTuple1 + 1)
	case opTuple:
		return m.popMark()
	case opEmptyList:
		return &List{}, nil
	case opEmptyDict:
		return &Dict{}, nil
	case opEmptySet:
		return &Set{}, nil
	case opList, opDict, opFrozenSet:
		return m.collect(op)
	}
	return m.text(op)
}

// collect returns a container of everything above the mark.
func (m *machine) collect(op byte) (any, error) {
	items, err := m.popMark()
	if err != nil {
		return nil, err
	}
	switch op {
	case opList:
		return &List{Items: items}, nil
	case opFrozenSet:
		return &Set{Items: items}, nil
	}
	d := &Dict{}
	return d, d.fill(items)
}

// text returns the value of an opcode for strings or bytes.
func (m *machine) text(op byte) (any, error) {
	var b []byte
	var err error
	switch op {
	case opBinString, opBinBytes, opBinUnicode:
		b, err = m.prefixed(4)
	case opShortBinString, opShortBinBytes, opShortBinUnicode:
		b, err = m.prefixed(1)
	case opBinBytes8, opByteArray8, opBinUnicode8:
		b, err = m.prefixed(8)
	case opString, opUnicode:
		var s string
		switch s, err = m.line(); {
		case err != nil:
		case op == opString:
			s = strings.Trim(s, `'"`)
		default:
			s, err = rawUnicode(s)
		}
		b = []byte(s)
	default:
		return nil, fmt.Errorf("%w: unknown opcode", ErrFormat)
	}
	if err != nil {
		return nil, err
	}
	switch op {
	case opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8:
		return b[:len(b):len(b)], nil
	}
	if len(b) > maxText { // an array's bytes, which old protocols write as text
		return &Object{Class: Global{"builtins", "str"}}, nil
	}
	return string(b), nil // of Python 2, or a path's, it may be no UTF-8
}

func (m *machine) decimal() (uint64, error) {
	s, err := m.line()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%w: number %.40q", ErrFormat, s)
	}
	return v, nil
}

// textInt reads protocol 0's integers: 12, 12L, and 00 and 01 for bools.
func (m *machine) textInt() (any, error) {
	s, err := m.line()
	switch {
	case err != nil:
		return nil, err
	case s == "00":
		return false, nil
	case s == "01":
		return true, nil
	}
	s = strings.TrimSuffix(s, "L")
	if v, err := strconv.ParseInt(s, 10, 64); err == nil {
		return v, nil
	}
	if len(s) <= 2*maxLong { // an integer of maxLong bytes, about
		if v, ok := new(big.Int).SetString(s, 10); ok {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: integer %.40q", ErrFormat, s)
}

// rawUnicode decodes Python's raw-unicode-escape: Latin-1, and \uXXXX or
// \UXXXXXXXX for everything beyond.
func rawUnicode(line string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		digits := 0
		if line[i] == '\\' && i+1 < len(line) {
			digits = map[byte]int{'u': 4, 'U': 8}[line[i+1]]
		}
		if digits == 0 {
			b.WriteRune(rune(line[i]))
			continue
		}
		if i+2+digits > len(line) {
			return "", fmt.Errorf("%w: string ends in an escape", ErrFormat)
		}
		r, err := strconv.ParseUint(line[i+2:i+2+digits], 16, 32)
		if err != nil || r > utf8.MaxRune {
			return "", fmt.Errorf("%w: escape in a string", ErrFormat)
		}
		b.WriteRune(rune(r))
		i += 1 + digits
	}
	return b.String(), nil
}

// long reads a little-endian two's complement integer.
func long(b []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if len(b) > maxLong {
		return nil, fmt.Errorf("%w: integer of %d bytes", ErrFormat, len(b))
	}
	v := new(big.Int)
	for _, c := range slices.Backward(b) {
		v.Lsh(v, 8).Or(v, big.NewInt(int64(c)))
	}
	if len(b) > 0 && b[len(b)-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.IsInt64() {
		return v.Int64(), nil
	}
	return v, nil
}

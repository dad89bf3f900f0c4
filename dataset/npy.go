package dataset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode"
	"unicode/utf8"
)

// array is the content of one .npy file in C order: values, if these are set,
// else raw, little-endian.
type array struct {
	npyHeader
	raw    []byte
	values []float32
	finite bool // all of values are
}

// readNPY reads one array as it is to the end of the stream, which holds at most
// available bytes (-1 if unknown).
func readNPY(r io.Reader, available int64) (array, error) {
	h, total, err := readNPYStart(r)
	if err != nil {
		return array{}, err
	}
	return h.rest(r, total, available)
}

// rest reads the values as they are.
func (h npyHeader) rest(r io.Reader, total, available int64) (array, error) {
	raw, err := readExactly(r, total, available)
	if err != nil {
		return array{}, err
	}
	if h.big {
		swapBytes(raw, h.size, h.kind)
	}
	if h.fortran && len(h.shape) > 1 {
		raw = fromFortran(raw, h.shape, h.size)
	}
	return array{npyHeader: h, raw: raw}, nil
}

// readNPYFloats is readNPY of which numbers, but for pixels, become float32 while
// they are read, so that only these take memory.
func readNPYFloats(r io.Reader, available int64) (array, error) {
	h, total, err := readNPYStart(r)
	if err != nil {
		return array{}, err
	}
	a := array{npyHeader: h}
	if a.isPixels() || a.isText() {
		return h.rest(r, total, available)
	}
	if a.values, a.finite, err = h.readFloats(r, total, available); err != nil {
		return array{}, err
	}
	if h.fortran && len(h.shape) > 1 {
		a.values = fromFortran(a.values, h.shape, 1)
	}
	return a, nil
}

// swapBytes turns every value around: of text, every character.
func swapBytes(raw []byte, size int, kind byte) {
	switch {
	case kind == 'U':
		size = 4
	case kind == 'S':
		return
	}
	for v := range chunks(raw, size) {
		for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
			v[i], v[j] = v[j], v[i]
		}
	}
}

// fromFortran brings values whose first dimension changes fastest into C order.
// A value is size elements of raw.
func fromFortran[T any](raw []T, shape []int, size int) []T {
	strides := make([]int, len(shape)) // in elements, of the source
	step := size
	for d := range shape {
		strides[d] = step
		step *= shape[d]
	}
	out := make([]T, len(raw))
	index := make([]int, len(shape))
	from := 0
	for to := 0; to < len(out); to += size {
		copy(out[to:to+size], raw[from:])
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			from += strides[d]
			if index[d] < shape[d] {
				break
			}
			from -= strides[d] * shape[d]
			index[d] = 0
		}
	}
	return out
}

// count returns the number of values.
func (a array) count() int {
	if a.values != nil {
		return len(a.values)
	}
	return len(a.raw) / a.size
}

// isPixels reports whether the values are bytes of an image.
func (a array) isPixels() bool { return a.kind == 'u' && a.size == 1 }

// isText reports whether the values are texts.
func (a array) isText() bool { return a.kind == 'S' || a.kind == 'U' }

// floats returns all values as float32.
func (a array) floats() []float32 {
	if a.values != nil {
		return a.values
	}
	values := make([]float32, a.count())
	a.convert(values, a.raw)
	return values
}

// float returns value i.
func (a array) float(i int) float64 {
	le := binary.LittleEndian
	switch {
	case a.kind == 'u' && a.size == 8:
		return float64(le.Uint64(a.raw[8*i:]))
	case a.kind != 'f':
		return float64(a.int(i))
	case a.size == 2:
		return float64(halfFloat(le.Uint16(a.raw[2*i:])))
	case a.size == 4:
		return float64(math.Float32frombits(le.Uint32(a.raw[4*i:])))
	}
	return math.Float64frombits(le.Uint64(a.raw[8*i:]))
}

// int returns value i of an array of integers, but for uint64, which it cannot
// hold.
func (a array) int(i int) int64 {
	le := binary.LittleEndian
	b := a.raw[i*a.size:]
	signed := a.kind == 'i'
	switch a.size {
	case 1:
		if signed {
			return int64(int8(b[0]))
		}
		return int64(b[0])
	case 2:
		if signed {
			return int64(int16(le.Uint16(b)))
		}
		return int64(le.Uint16(b))
	case 4:
		if signed {
			return int64(int32(le.Uint32(b)))
		}
		return int64(le.Uint32(b))
	}
	return int64(le.Uint64(b))
}

// text returns value i of an array of texts.
func (a array) text(i int) ([]byte, error) {
	b := a.raw[i*a.size : (i+1)*a.size]
	if a.kind == 'S' {
		return bytes.TrimRight(b, "\x00"), nil
	}
	for len(b) > 0 && binary.LittleEndian.Uint32(b[len(b)-4:]) == 0 {
		b = b[:len(b)-4]
	}
	text := make([]byte, 0, len(b))
	for c := range chunks(b, 4) {
		r := binary.LittleEndian.Uint32(c)
		if r > unicode.MaxRune || !utf8.ValidRune(rune(r)) {
			return nil, fmt.Errorf("%w: U+%04X is no character", ErrFormat, r)
		}
		text = utf8.AppendRune(text, rune(r))
	}
	return text, nil
}

// ReadNPY reads a pair of NumPy arrays, in any form in which numpy saves numbers:
// samples [n, …], and labels [n] or [n, 1] that are whole numbers or texts, or
// [n, classes] of which one in a row is 1. uint8 samples are pixels: 0 … 255
// become 0 … 1; values of other types are unchanged unless Options.Scale says
// otherwise. From [n, height, width] samples get shape [1, height, width]; from
// [n, height, width, channels] they become [channels, height, width].
func ReadNPY(x, y io.Reader, opts Options) (*Memory, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	samples, err := readNPYFloats(x, -1)
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	labels, err := readNPY(y, -1)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return fromArrays(samples, labels, opts, nil)
}

// fromArrays makes a set of samples and labels. agreed is the shape of a sample
// of the data set; nil if none is known.
func fromArrays(x, y array, opts Options, agreed []int) (*Memory, error) {
	labels, names, err := y.labels(opts)
	if err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%w: no samples", ErrFormat)
	}
	if len(x.shape) < 2 || x.shape[0] != len(labels) || x.isText() {
		return nil, fmt.Errorf("%w: samples of shape %v and type %c do not fit %d labels", ErrFormat, x.shape, x.kind, len(labels))
	}
	shape, last, note, err := sampleShape(x.shape[1:], opts.Channels, agreed)
	if err != nil {
		return nil, err
	}
	if last {
		x.raw, x.values = channelsFirst(x.raw, x.shape[1:], x.size), channelsFirst(x.values, x.shape[1:], 1)
	}
	m, err := x.memory(shape, len(names), labels, opts.Scale)
	if err != nil {
		return nil, err
	}
	m.names, m.listed = names, opts.Classes != nil
	if note != "" {
		m.notes = append(m.notes, note)
	}
	return m, nil
}

// memory makes the set; scale divides the values, 0 means by 255 if they are
// bytes.
func (a array) memory(shape []int, classes int, labels []int32, scale float64) (*Memory, error) {
	if a.isPixels() && (scale == 0 || scale == 255) {
		return newMemory(shape, classes, nil, a.raw, labels)
	}
	values := a.floats()
	scaled := scale != 0 && scale != 1
	if scaled {
		divide(values, scale)
	}
	if scaled || !a.finite {
		if err := checkFinite(values); err != nil {
			return nil, err
		}
	}
	return newMemory(shape, classes, values, nil, labels)
}

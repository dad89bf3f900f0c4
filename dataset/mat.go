package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zlib"
)

// Data types and classes of MAT-files of version 5. Format: MathWorks,
// "MAT-File Format", "Level 5 MAT-File Format".
const (
	matInt8       = 1
	matInt32      = 5
	matUint32     = 6
	matMatrix     = 14
	matCompressed = 15

	matFirstNumeric, matLastNumeric = 6, 15 // classes: double, single, int8 … uint64
)

// matWidths are the bytes of a value, by data type.
var matWidths = map[uint32]int{1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}

// Bounds of a MAT-file beside MaxBytes of values.
const (
	matArrays = 1024
	matName   = 256
	matDims   = 8
)

// matArray is a numeric array of a MAT-file: the values as they are stored, first
// dimension first.
type matArray struct {
	dims  []int
	kind  uint32 // data type
	order binary.ByteOrder
	raw   []byte
}

// readMAT reads the numeric arrays of a MAT-file of version 5, by name. Arrays
// of other classes are skipped, and imaginary parts are dropped.
func readMAT(r io.Reader) (map[string]matArray, error) {
	var head [128]byte
	if err := readFull(r, head[:]); err != nil {
		return nil, err
	}
	m := &matReader{arrays: map[string]matArray{}, left: MaxBytes}
	switch mark := string(head[126:]); {
	case string(head[:10]) == "MATLAB 7.3":
		return nil, fmt.Errorf("%w: a MAT-file of version 7.3, which is HDF5; save it with -v7", ErrFormat)
	case mark == "IM":
		m.order = binary.LittleEndian
	case mark == "MI":
		m.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("%w: not a MAT-file of version 5", ErrFormat)
	}
	for n := 0; ; n++ {
		err := m.element(r)
		switch {
		case errors.Is(err, io.EOF):
			return m.arrays, nil
		case err != nil:
			return nil, fmt.Errorf("array %d: %w", n, err)
		case n == matArrays:
			return nil, fmt.Errorf("%w: more than %d arrays", ErrTooLarge, matArrays)
		}
	}
}

type matReader struct {
	order  binary.ByteOrder
	arrays map[string]matArray
	left   int64 // bytes of values that may still be kept
}

// element reads an element of the file, which may be compressed. io.EOF if
// there is none.
func (m *matReader) element(r io.Reader) error {
	var tag [8]byte
	if n, err := io.ReadFull(r, tag[:]); err != nil {
		if n == 0 && err == io.EOF {
			return io.EOF
		}
		return readError(err)
	}
	in := &io.LimitedReader{R: r, N: int64(m.order.Uint32(tag[4:]))}
	var err error
	switch kind := m.order.Uint32(tag[:]); kind {
	case matMatrix:
		err = m.matrix(in)
	case matCompressed:
		err = m.compressed(in)
	default:
		return fmt.Errorf("%w: an element of type %d", ErrFormat, kind)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in) // what was not read of it
	}
	if err == nil && in.N > 0 {
		err = io.ErrUnexpectedEOF
	}
	return readError(err)
}

// compressed reads the array in a compressed element.
func (m *matReader) compressed(r io.Reader) error {
	z, err := zlib.NewReader(r)
	if err != nil {
		return matZlibError(err)
	}
	defer z.Close()
	var tag [8]byte
	if err := readFull(z, tag[:]); err != nil {
		return matZlibError(err)
	}
	if kind := m.order.Uint32(tag[:]); kind != matMatrix {
		return fmt.Errorf("%w: a compressed element of type %d", ErrFormat, kind)
	}
	return matZlibError(m.matrix(io.LimitReader(z, int64(m.order.Uint32(tag[4:])))))
}

// matZlibError is readError for zlib's errors.
func matZlibError(err error) error {
	if errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrHeader) || errors.Is(err, zlib.ErrDictionary) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return readError(err)
}

// matrix reads an array and keeps it if it is numeric.
func (m *matReader) matrix(r io.Reader) error {
	kind, raw, err := m.part(r, 8)
	if err != nil {
		return err
	}
	if kind != matUint32 || len(raw) != 8 {
		return fmt.Errorf("%w: array flags of type %d", ErrFormat, kind)
	}
	if class := m.order.Uint32(raw) & 0xff; class < matFirstNumeric || class > matLastNumeric {
		return nil
	}
	a := matArray{order: m.order}
	if kind, raw, err = m.part(r, 4*matDims); err != nil {
		return err
	}
	if kind != matInt32 || len(raw)%4 != 0 || len(raw) < 8 {
		return fmt.Errorf("%w: dimensions of type %d", ErrFormat, kind)
	}
	values := uint64(1)
	for ; len(raw) > 0; raw = raw[4:] {
		d := m.order.Uint32(raw)
		a.dims = append(a.dims, int(d))
		if values *= uint64(d); values > MaxBytes {
			return fmt.Errorf("%w: an array of shape %v…", ErrTooLarge, a.dims)
		}
	}
	if kind, raw, err = m.part(r, matName); err != nil {
		return err
	}
	name := string(raw)
	if _, twice := m.arrays[name]; kind != matInt8 || twice {
		return fmt.Errorf("%w: an array named %.60q, of type %d, or twice", ErrFormat, name, kind)
	}
	if a.kind, a.raw, err = m.part(r, m.left); err != nil {
		return fmt.Errorf("%.60q: %w", name, err)
	}
	if width := matWidths[a.kind]; width == 0 || values*uint64(width) != uint64(len(a.raw)) {
		return fmt.Errorf("%w: %.60q has %d bytes of type %d, its shape is %v", ErrFormat, name, len(a.raw), a.kind, a.dims)
	}
	m.left -= int64(len(a.raw))
	m.arrays[name] = a
	return nil
}

// part reads an element of an array, of at most so many bytes.
func (m *matReader) part(r io.Reader, most int64) (kind uint32, raw []byte, err error) {
	var tag [8]byte
	if err := readFull(r, tag[:]); err != nil {
		return 0, nil, err
	}
	kind = m.order.Uint32(tag[:])
	if n := kind >> 16; n > 0 { // up to four bytes are in the tag
		if n > 4 {
			return 0, nil, fmt.Errorf("%w: a small element of %d bytes", ErrFormat, n)
		}
		return kind & 0xffff, tag[4 : 4+n], nil
	}
	n := int64(m.order.Uint32(tag[4:]))
	if n > most {
		return 0, nil, fmt.Errorf("%w: an element of %d bytes, at most %d", ErrTooLarge, n, most)
	}
	if raw, err = readExactly(io.LimitReader(r, n), n, -1); err != nil {
		return 0, nil, err
	}
	_, err = io.CopyN(io.Discard, r, -n&7) // elements begin at multiples of 8
	if errors.Is(err, io.EOF) {
		err = nil // the last one may end without
	}
	return kind, raw, err
}

// number returns value i.
func (a matArray) number(i int) float64 {
	b := a.raw[i*matWidths[a.kind]:]
	switch a.kind {
	case 1:
		return float64(int8(b[0]))
	case 2:
		return float64(b[0])
	case 3:
		return float64(int16(a.order.Uint16(b)))
	case 4:
		return float64(a.order.Uint16(b))
	case 5:
		return float64(int32(a.order.Uint32(b)))
	case 6:
		return float64(a.order.Uint32(b))
	case 7:
		return float64(math.Float32frombits(a.order.Uint32(b)))
	case 9:
		return math.Float64frombits(a.order.Uint64(b))
	case 12:
		return float64(int64(a.order.Uint64(b)))
	}
	return float64(a.order.Uint64(b))
}

// len is the number of values.
func (a matArray) len() int { return len(a.raw) / matWidths[a.kind] }

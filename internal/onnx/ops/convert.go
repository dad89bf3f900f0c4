package ops

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unsafe"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// ErrTensor is wrapped by errors about tensors of a file that contradict themselves.
var ErrTensor = errors.New("bad tensor")

const (
	// maxElements bounds a tensor: a quarter of what an int32 can count.
	maxElements = 1 << 29
	// maxEmpty bounds the rows of a tensor without elements, which operators go through all the same.
	maxEmpty = 1 << 20
)

// Elements is the number of elements of a shape from a file.
func Elements(dims []int64) (shape []int, n int, err error) {
	n, most := 1, int64(maxElements)
	if slices.Contains(dims, 0) {
		most = maxEmpty
	}
	for _, d := range dims {
		if d < 0 || d > most || int64(n) > most/max(d, 1) {
			return nil, 0, fmt.Errorf("%w: shape %v is negative or too large", ErrTensor, dims)
		}
		n *= int(max(d, 1))
		shape = append(shape, int(d))
	}
	return shape, product(shape), nil
}

// FromTensor decodes a tensor whose data are in the file. The bytes that it has bound
// the memory.
func FromTensor(t *wire.Tensor) (*Value, error) {
	shape, n, err := Elements(t.Dims)
	if err != nil {
		return nil, err
	}
	if t.Type.Size() == 0 {
		return nil, fmt.Errorf("%w: elements of type %s are not supported", ErrUnsupported, t.Type)
	}
	v := &Value{Type: t.Type, Shape: shape, Known: true}
	if t.Raw != nil {
		if len(t.Raw) != n*t.Type.Size() {
			return nil, fmt.Errorf("%w: %d bytes for %s%v", ErrTensor, len(t.Raw), t.Type, shape)
		}
		if v.F = inPlace(t); v.F == nil {
			v.fromRaw(t.Raw, n)
		}
		return v, nil
	}
	v.fromLists(t)
	if len(v.F)+len(v.I) != n {
		return nil, fmt.Errorf("%w: %d values for %s%v", ErrTensor, len(v.F)+len(v.I), t.Type, shape)
	}
	return v, nil
}

// littleEndian reports whether this machine stores numbers as ONNX files do.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// inPlace is the bytes of a float32 tensor as numbers, if they may be used where they
// are; nil if they have to be copied.
func inPlace(t *wire.Tensor) []float32 {
	if !t.InPlace || t.Type != wire.Float || len(t.Raw) == 0 || !littleEndian {
		return nil
	}
	first := unsafe.Pointer(&t.Raw[0])
	if uintptr(first)%4 != 0 {
		return nil
	}
	return unsafe.Slice((*float32)(first), len(t.Raw)/4)
}

func (v *Value) fromLists(t *wire.Tensor) {
	switch t.Type {
	case wire.Float:
		v.F = t.Floats
	case wire.Double:
		for _, x := range t.Doubles {
			v.F = append(v.F, float32(x))
		}
	case wire.Float16:
		for _, x := range t.Int32s {
			v.F = append(v.F, fromHalf(uint16(x)))
		}
	case wire.BFloat16:
		for _, x := range t.Int32s {
			v.F = append(v.F, math.Float32frombits(uint32(uint16(x))<<16))
		}
	case wire.Int64:
		v.I = t.Int64s
	case wire.Uint64, wire.Uint32:
		v.I = t.Uint64s
	default:
		v.I = make([]int64, len(t.Int32s))
		for i, x := range t.Int32s {
			v.I[i] = wrap(x, t.Type)
		}
	}
}

func (v *Value) fromRaw(raw []byte, n int) {
	le := binary.LittleEndian
	if v.Type.Floating() {
		v.F = make([]float32, n)
		for i := range v.F {
			switch v.Type {
			case wire.Float:
				v.F[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
			case wire.Double:
				v.F[i] = float32(math.Float64frombits(le.Uint64(raw[8*i:])))
			case wire.Float16:
				v.F[i] = fromHalf(le.Uint16(raw[2*i:]))
			default:
				v.F[i] = math.Float32frombits(uint32(le.Uint16(raw[2*i:])) << 16)
			}
		}
		return
	}
	v.I = make([]int64, n)
	for i := range v.I {
		switch v.Type.Size() {
		case 1:
			v.I[i] = wrap(int64(raw[i]), v.Type)
		case 2:
			v.I[i] = wrap(int64(le.Uint16(raw[2*i:])), v.Type)
		case 4:
			v.I[i] = wrap(int64(le.Uint32(raw[4*i:])), v.Type)
		default:
			v.I[i] = int64(le.Uint64(raw[8*i:]))
		}
	}
}

// wrap is x as an integer of a type holds it: modulo 2 to the number of its bits.
func wrap(x int64, t wire.DataType) int64 {
	switch t {
	case wire.Bool:
		if x != 0 {
			return 1
		}
		return 0
	case wire.Uint8:
		return int64(uint8(x))
	case wire.Int8:
		return int64(int8(x))
	case wire.Uint16:
		return int64(uint16(x))
	case wire.Int16:
		return int64(int16(x))
	case wire.Uint32:
		return int64(uint32(x))
	case wire.Int32:
		return int64(int32(x))
	}
	return x
}

// ToTensor writes a value as a tensor of a file; floating-point numbers become
// float32.
func ToTensor(name string, v *Value) *wire.Tensor {
	t := LaterTensor(name, v)
	if t.Later != nil {
		var b bytes.Buffer
		_ = t.Later.Write(&b) // which never fails
		t.Raw, t.Later = b.Bytes(), nil
	}
	return t
}

// LaterTensor is ToTensor for files: floating-point numbers are read when they are written.
func LaterTensor(name string, v *Value) *wire.Tensor {
	t := &wire.Tensor{Name: name, Type: v.Type}
	for _, d := range v.Shape {
		t.Dims = append(t.Dims, int64(d))
	}
	if v.Type.Floating() {
		t.Type = wire.Float
		t.Later = &wire.Payload{Size: 4 * v.Size(), Write: func(w io.Writer) (err error) {
			v.Read(func(x []float32) { err = writeFloats(w, x) })
			return err
		}}
		return t
	}
	t.Raw = make([]byte, 0, t.Type.Size()*len(v.I))
	for _, x := range v.I {
		switch t.Type.Size() {
		case 1:
			t.Raw = append(t.Raw, byte(x))
		case 2:
			t.Raw = binary.LittleEndian.AppendUint16(t.Raw, uint16(x))
		case 4:
			t.Raw = binary.LittleEndian.AppendUint32(t.Raw, uint32(x))
		default:
			t.Raw = binary.LittleEndian.AppendUint64(t.Raw, uint64(x))
		}
	}
	return t
}

// writeFloats writes numbers as files have them, some thousand at a time.
func writeFloats(w io.Writer, x []float32) error {
	const some = 16 << 10
	buf := make([]byte, 0, 4*min(some, len(x)))
	for part := range slices.Chunk(x, some) {
		buf = buf[:0]
		for _, v := range part {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

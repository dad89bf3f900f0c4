package ops

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Value is a tensor. Elements of floating-point types are in F, of integers and
// booleans (0 or 1) in I, in row-major order. On a trial run it may have neither: its
// Known is false then.
type Value struct {
	Type  wire.DataType
	Shape []int
	F     []float32
	I     []int64
	Known bool

	memory *memory // that the meter counted; nil for what it does not count
	// Of a constant whose F is nil, since its numbers may be packed, or are made when they
	// are asked for.
	home  *home
	later func() []float32
}

// memory is what several values that share their data use together.
type memory struct {
	bytes, users int
	data         []float32
}

// Unmetered is the value with memory that no meter counts: a constant's.
func (v *Value) Unmetered() *Value {
	w := *v
	w.memory = nil
	return &w
}

// Retain counts one more user of the value's memory.
func (v *Value) Retain() {
	if v.memory != nil {
		v.memory.users++
	}
}

// Release ends a use; the last one gives the memory back to the meter.
func (v *Value) Release(m *Meter) {
	if v.memory == nil {
		return
	}
	if v.memory.users--; v.memory.users != 0 {
		return
	}
	m.Bytes -= float64(v.memory.bytes)
	if m.Arena != nil && len(v.memory.data) >= arenaLeast {
		m.Arena.put(v.memory.data)
	}
}

// Row is sample i of a value, which shares its memory.
func (v *Value) Row(i int) *Value {
	size := v.Size() / v.Shape[0]
	row := &Value{Type: v.Type, Shape: append([]int{1}, v.Shape[1:]...), Known: v.Known}
	if v.Type.Floating() {
		row.F = v.F[i*size : (i+1)*size]
	} else {
		row.I = v.I[i*size : (i+1)*size]
	}
	return row
}

// Rows is a value of floating-point numbers for so many samples like this one, with
// anything in it, and one user.
func (v *Value) Rows(n int, m *Meter) *Value {
	all := &Value{Type: v.Type, Shape: append([]int{n}, v.Shape[1:]...), Known: true}
	data, _ := m.newFloats(all.Size())
	all.F, all.memory = data[:all.Size()], &memory{bytes: all.Bytes(), users: 1, data: data}
	m.Bytes += float64(all.Bytes())
	m.Peak = max(m.Peak, m.Bytes)
	return all
}

// SetRow sets sample i.
func (v *Value) SetRow(i int, row *Value) { copy(v.F[i*row.Size():], row.F) }

// Float is a known float32 value.
func Float(data []float32, shape ...int) *Value {
	return &Value{Type: wire.Float, Shape: shape, F: data, Known: true}
}

// Ints is a known int64 value.
func Ints(data []int64, shape ...int) *Value {
	return &Value{Type: wire.Int64, Shape: shape, I: data, Known: true}
}

// Unknown is a value without data.
func Unknown(t wire.DataType, shape ...int) *Value { return &Value{Type: t, Shape: shape} }

// Size is the number of elements.
func (v *Value) Size() int { return product(v.Shape) }

// Bytes is the memory of the elements, known or not.
func (v *Value) Bytes() int {
	if v.Type.Floating() {
		return 4 * v.Size()
	}
	return 8 * v.Size()
}

// Equal reports whether two values have the same type, shape and, bit by bit but for
// the sign of zero, the same known data.
func (v *Value) Equal(w *Value) (same bool) {
	if v.Type != w.Type || !v.Known || !w.Known || !slices.Equal(v.Shape, w.Shape) || !slices.Equal(v.I, w.I) {
		return false
	}
	if v.home != nil && v.home == w.home {
		return true
	}
	v.Read(func(x []float32) { w.Read(func(y []float32) { same = slices.Equal(x, y) }) })
	return same
}

func (v *Value) String() string { return fmt.Sprintf("%s%v", v.Type, v.Shape) }

// As is a constant with another shape of the same size.
func (v *Value) As(shape ...int) *Value { return v.reshaped(shape) }

// reshaped is the same data with another shape.
func (v *Value) reshaped(shape []int) *Value {
	w := *v
	w.Shape = shape
	return &w
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// volume is product without overflow.
func volume(shape []int) float64 {
	n := 1.0
	for _, d := range shape {
		n *= float64(d)
	}
	return n
}

// strides are the distances of neighbours along each dimension.
func strides(shape []int) []int {
	s := make([]int, len(shape))
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = n
		n *= shape[i]
	}
	return s
}

// outerInner are the products of the sizes before and behind a dimension.
func outerInner(shape []int, axis int) (outer, inner int) {
	return product(shape[:axis]), product(shape[axis+1:])
}

// next counts an index up, the last dimension first; it reports false after the last.
func next(index, shape []int) bool {
	for d := len(shape) - 1; d >= 0; d-- {
		if index[d]++; index[d] < shape[d] {
			return true
		}
		index[d] = 0
	}
	return false
}

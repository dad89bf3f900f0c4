package safetensors

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Raw is a tensor as its bytes in a file: for what is no array of float32, such
// as packed bits, or sums in double precision.
type Raw struct {
	DType string // "U8", "F16", "BF16", "F32", "F64" or "I64"
	Shape []int  // the size of each dimension; empty for a scalar
	Data  []byte // row-major, little-endian
}

// rawSize are the bytes of an element of each type.
var rawSize = dtypes{"U8": 1, "F16": 2, "BF16": 2, "F32": 4, "F64": 8, "I64": 8}

// rawOrder is the order of the types in a file of Python's safetensors.
var rawOrder = []string{"I64", "F64", "F32", "BF16", "F16", "U8"}

// ReadRaw is [Read] without a conversion: values may be of any type of [Raw], and
// are not looked at. It costs as much memory as arrives, at most size bytes.
func ReadRaw(r io.Reader, size int64) (map[string]Raw, error) {
	entries, err := readHeader(r, size, rawSize)
	if err != nil {
		return nil, err
	}
	tensors := make(map[string]Raw, len(entries))
	for _, e := range entries {
		data := bytes.NewBuffer([]byte{}) // grows with what arrives, unless that is here already
		if here, ok := r.(interface{ Len() int }); ok {
			data.Grow(min(here.Len(), int(e.end-e.begin)) + bytes.MinRead)
		}
		if _, err := io.CopyN(data, r, e.end-e.begin); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("%w: file ends early", ErrFormat)
			}
			return nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
		tensors[e.name] = Raw{DType: e.dtype, Shape: e.shape, Data: data.Bytes()}
	}
	return tensors, nil
}

// WriteRaw writes tensors as one file, as Python's safetensors does: the widest
// types first, and in order of their names. The same tensors always give the
// same bytes.
func WriteRaw(w io.Writer, tensors map[string]Raw) error {
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if err := t.check(); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		entries = append(entries, entry{name: name, dtype: t.DType, shape: t.Shape})
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Compare(slices.Index(rawOrder, a.dtype), slices.Index(rawOrder, b.dtype))
	})
	header, err := formatHeader(entries)
	if err != nil {
		return err
	}
	size := len(header)
	for _, e := range entries {
		size += len(tensors[e.name].Data)
	}
	grow(w, size)
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := w.Write(tensors[e.name].Data); err != nil {
			return err
		}
	}
	return nil
}

// check reports whether type and shape are sound and fit the data.
func (t Raw) check() error {
	size, known := rawSize[t.DType]
	if !known {
		return fmt.Errorf("%w: unknown dtype %q", ErrFormat, t.DType)
	}
	n, err := Count(t.Shape)
	if err != nil {
		return err
	}
	if int64(n)*size != int64(len(t.Data)) {
		return fmt.Errorf("%w: %v of %s needs %d bytes, there are %d", ErrShape, t.Shape, t.DType, int64(n)*size, len(t.Data))
	}
	return nil
}

package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// Write writes tensors as one file, as Python's safetensors does: F32, in order
// of their names, the header padded with spaces to a multiple of 8 bytes. The
// same tensors always give the same bytes. Every tensor must pass Check and
// have at most MaxRank dimensions.
func Write(w io.Writer, tensors map[string]Tensor) error {
	names := slices.Sorted(maps.Keys(tensors))
	header, err := makeHeader(names, tensors)
	if err != nil {
		return err
	}
	size := len(header)
	for _, t := range tensors {
		size += 4 * len(t.Data)
	}
	grow(w, size)
	if _, err := w.Write(header); err != nil {
		return err
	}
	const chunk = 16 << 10
	var buf []byte
	for _, name := range names {
		for part := range slices.Chunk(tensors[name].Data, chunk) {
			buf = buf[:0]
			for _, v := range part {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
			if _, err := w.Write(buf); err != nil {
				return err
			}
		}
	}
	return nil
}

// grow makes room for n bytes in a buffer, which would otherwise grow, and be copied, again and again.
func grow(w io.Writer, n int) {
	if b, ok := w.(interface{ Grow(n int) }); ok {
		b.Grow(n)
	}
}

// makeHeader returns the length prefix and the padded header.
func makeHeader(names []string, tensors map[string]Tensor) ([]byte, error) {
	entries := make([]entry, len(names))
	for i, name := range names {
		t := tensors[name]
		if err := t.Check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		entries[i] = entry{name: name, dtype: "F32", shape: t.Shape}
	}
	return formatHeader(entries)
}

// formatHeader returns the length prefix and the padded header of tensors that
// lie back to back. It needs their names, types and shapes.
func formatHeader(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	b.Write(make([]byte, 8))
	b.WriteByte('{')
	at := 0
	for i, e := range entries {
		if e.name == "__metadata__" || !utf8.ValidString(e.name) {
			return nil, fmt.Errorf("%w: %q cannot be a tensor's name", ErrFormat, e.name)
		}
		n, err := Count(e.shape)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", e.name, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		end := at + n*int(rawSize[e.dtype])
		if err := writeEntry(&b, e, at, end); err != nil {
			return nil, err
		}
		at = end
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	n := b.Len() - 8
	if n > MaxHeader {
		return nil, fmt.Errorf("%w: the header of %d tensors would have %d bytes, at most %d", ErrFormat, len(entries), n, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(n))
	return b.Bytes(), nil
}

func writeEntry(b *bytes.Buffer, e entry, begin, end int) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false) // Python writes < > & as they are
	if err := enc.Encode(e.name); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1)                                 // the encoder's newline
	sizes, err := json.Marshal(append([]int{}, e.shape...)) // a scalar is [], never null
	if err != nil {
		return err
	}
	fmt.Fprintf(b, `:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, e.dtype, sizes, begin, end)
	return nil
}

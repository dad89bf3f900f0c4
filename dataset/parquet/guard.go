package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of a file, checked before the reader of the footer sees it: it
// allocates what a footer declares.
const (
	maxFooter = 16 << 20
	// maxItems bounds the elements of all lists of a footer.
	maxItems = 1 << 20
	maxDepth = 32
)

var errFooter = errors.New("malformed footer")

// checkFooter walks the footer of a Parquet file, which is in Thrift's compact
// protocol, and refuses one that is longer than the file or whose lists and
// strings declare more than its bytes can hold.
func checkFooter(r io.ReaderAt, size int64) error {
	if size < 12 {
		return fmt.Errorf("%w: %d bytes", errFooter, size)
	}
	var tail [8]byte
	if _, err := r.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if string(tail[4:]) != "PAR1" {
		return fmt.Errorf("%w: it does not end with PAR1", errFooter)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > maxFooter || n > size-12 {
		return fmt.Errorf("%w: of %d bytes in a file of %d", errFooter, n, size)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-8-n); err != nil {
		return err
	}
	t := thrift{b: footer}
	return t.structure(0, 0)
}

// thrift walks the compact protocol without building anything.
type thrift struct {
	b     []byte
	items int
	// ints, if set, takes the whole numbers of the first two levels of
	// structures, by the fields' numbers.
	ints map[[2]int]int64
}

func (t *thrift) byte() (byte, error) {
	if len(t.b) == 0 {
		return 0, fmt.Errorf("%w: cut off", errFooter)
	}
	c := t.b[0]
	t.b = t.b[1:]
	return c, nil
}

func (t *thrift) varint() (uint64, error) {
	v, n := binary.Uvarint(t.b)
	if n <= 0 {
		return 0, fmt.Errorf("%w: bad number", errFooter)
	}
	t.b = t.b[n:]
	return v, nil
}

func (t *thrift) skip(n uint64) error {
	if n > uint64(len(t.b)) {
		return fmt.Errorf("%w: %d bytes declared, %d are left", errFooter, n, len(t.b))
	}
	t.b = t.b[n:]
	return nil
}

// structure walks a structure that is field parent of the one around it.
func (t *thrift) structure(parent, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested too deep", errFooter)
	}
	for field := 0; ; {
		head, err := t.byte()
		if err != nil || head == 0 {
			return err
		}
		field += int(head >> 4)
		if head>>4 == 0 { // the field's number follows
			n, err := t.varint()
			if err != nil {
				return err
			}
			field = int(zigzag(n))
		}
		if err := t.field(parent, field, head&15, depth); err != nil {
			return err
		}
	}
}

func zigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (t *thrift) field(parent, field int, kind byte, depth int) error {
	switch {
	case kind == 1 || kind == 2: // booleans are in the kind
		t.note(parent, field, int64(2-kind), depth)
		return nil
	case kind >= 4 && kind <= 6:
		n, err := t.varint()
		t.note(parent, field, zigzag(n), depth)
		return err
	case kind == 12:
		return t.structure(field, depth+1)
	}
	return t.value(kind, depth)
}

func (t *thrift) note(parent, field int, n int64, depth int) {
	if t.ints != nil && depth < 2 {
		t.ints[[2]int{parent, field}] = n
	}
}

func (t *thrift) value(kind byte, depth int) error {
	switch kind {
	case 1, 2, 3: // a boolean in a list, a byte
		return t.skip(1)
	case 4, 5, 6:
		_, err := t.varint()
		return err
	case 7:
		return t.skip(8)
	case 8:
		n, err := t.varint()
		if err != nil {
			return err
		}
		return t.skip(n)
	case 9, 10:
		return t.list(depth)
	case 12:
		return t.structure(0, depth+1)
	}
	return fmt.Errorf("%w: kind %d", errFooter, kind)
}

func (t *thrift) list(depth int) error {
	head, err := t.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = t.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(t.b)) || n > uint64(maxItems-t.items) {
		return fmt.Errorf("%w: a list of %d, %d bytes are left", errFooter, n, len(t.b))
	}
	t.items += int(n)
	for range n {
		if err := t.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}

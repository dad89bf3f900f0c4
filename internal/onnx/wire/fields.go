package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed is wrapped by every error about bytes that are no ONNX file.
var ErrMalformed = errors.New("malformed ONNX file")

// field is one field of a message: a number or bytes, according to its type.
type field struct {
	left  *room
	num   protowire.Number
	typ   protowire.Type
	n     uint64
	bytes []byte
}

// maxMessages bounds the messages of a file, far above any model's: a few bytes of
// it make a node or an attribute of some hundred in memory.
const maxMessages = 1 << 18

// maxNames bounds what nodes take and give, and the texts of attributes: an output of a few bytes
// is a value of some hundred in every run.
const maxNames = 1 << 18

// maxInts bounds the integers in lists, which take eight bytes in memory and may have one in the file. Writers keep large
// tensors as raw bytes.
const maxInts = 1 << 24

// room is how many more messages, names and integers there may be.
type room struct{ messages, names, ints int }

// root calls f for every field of the outermost message.
func root(msg []byte, f func(field) error) error {
	return each(msg, &room{maxMessages, maxNames, maxInts}, f)
}

// each calls f for every field of a message. Fields that f does not know it
// ignores, as protocol buffers do.
func each(msg []byte, left *room, f func(field) error) error {
	if left.messages--; left.messages < 0 {
		return fmt.Errorf("%w: more than %d nodes, tensors, attributes and other messages", ErrMalformed, maxMessages)
	}
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		msg = msg[n:]
		fd := field{left: left, num: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			fd.n, n = protowire.ConsumeVarint(msg)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(msg)
			fd.n = uint64(v)
		case protowire.Fixed64Type:
			fd.n, n = protowire.ConsumeFixed64(msg)
		case protowire.BytesType:
			fd.bytes, n = protowire.ConsumeBytes(msg)
		default:
			return fmt.Errorf("%w: a field of wire type %d", ErrMalformed, typ)
		}
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		msg = msg[n:]
		if err := f(fd); err != nil {
			return err
		}
	}
	return nil
}

// message reads an embedded message.
func (f field) message(read func(field) error) error {
	if f.typ != protowire.BytesType {
		return f.wrong()
	}
	return each(f.bytes, f.left, read)
}

func (f field) wrong() error {
	return fmt.Errorf("%w: field %d has wire type %d", ErrMalformed, f.num, f.typ)
}

func (f field) string(to *string) error {
	if f.typ != protowire.BytesType {
		return f.wrong()
	}
	*to = string(f.bytes)
	return nil
}

func (f field) appendString(to *[]string) error {
	if f.left.names--; f.left.names < 0 {
		return fmt.Errorf("%w: more than %d inputs and outputs of nodes and texts of attributes", ErrMalformed, maxNames)
	}
	var s string
	err := f.string(&s)
	*to = append(*to, s)
	return err
}

func (f field) int(to *int64) error {
	if f.typ != protowire.VarintType {
		return f.wrong()
	}
	*to = int64(f.n)
	return nil
}

func (f field) float(to *float32) error {
	if f.typ != protowire.Fixed32Type {
		return f.wrong()
	}
	*to = math.Float32frombits(uint32(f.n))
	return nil
}

// ints appends a repeated integer, packed or not.
func (f field) ints(to *[]int64) error {
	if f.typ != protowire.BytesType && f.typ != protowire.VarintType {
		return f.wrong()
	}
	n := 1
	if f.typ == protowire.BytesType {
		n = 0
		for _, c := range f.bytes {
			if c < 0x80 {
				n++
			}
		}
	}
	if f.left.ints -= n; f.left.ints < 0 {
		return fmt.Errorf("%w: more than %d integers that are not raw bytes", ErrMalformed, maxInts)
	}
	if f.typ == protowire.VarintType {
		*to = append(*to, int64(f.n))
		return nil
	}
	*to = slices.Grow(*to, n)
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return fmt.Errorf("%w: %w", ErrMalformed, protowire.ParseError(n))
		}
		*to, b = append(*to, int64(v)), b[n:]
	}
	return nil
}

// floats appends a repeated float, packed or not.
func (f field) floats(to *[]float32) error {
	if f.typ == protowire.Fixed32Type {
		*to = append(*to, math.Float32frombits(uint32(f.n)))
		return nil
	}
	if f.typ != protowire.BytesType || len(f.bytes)%4 != 0 {
		return f.wrong()
	}
	for b := f.bytes; len(b) > 0; b = b[4:] {
		v, _ := protowire.ConsumeFixed32(b)
		*to = append(*to, math.Float32frombits(v))
	}
	return nil
}

// doubles appends a repeated double, packed or not.
func (f field) doubles(to *[]float64) error {
	if f.typ == protowire.Fixed64Type {
		*to = append(*to, math.Float64frombits(f.n))
		return nil
	}
	if f.typ != protowire.BytesType || len(f.bytes)%8 != 0 {
		return f.wrong()
	}
	for b := f.bytes; len(b) > 0; b = b[8:] {
		v, _ := protowire.ConsumeFixed64(b)
		*to = append(*to, math.Float64frombits(v))
	}
	return nil
}

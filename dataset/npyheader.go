package dataset

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// NumPy's .npy format, versions 1 to 3: magic, version, header length, a Python
// dictionary of descr, fortran_order and shape, then the values.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 64 << 10
	// maxNPYText bounds the bytes of one value that is a text.
	maxNPYText = 4 << 10
)

// npyHeader describes the values of a .npy file.
type npyHeader struct {
	kind    byte // 'f', 'i', 'u', 'b' (bool), 'S' (bytes) or 'U' (UTF-32)
	size    int  // bytes per value
	big     bool // big-endian
	fortran bool // the first dimension changes fastest
	shape   []int
}

// readNPYHeader reads up to the values.
func readNPYHeader(r io.Reader) (npyHeader, error) {
	var head [8]byte
	if err := readFull(r, head[:]); err != nil {
		return npyHeader{}, err
	}
	if string(head[:6]) != npyMagic || head[6] < 1 || head[6] > 3 {
		return npyHeader{}, fmt.Errorf("%w: starts with % x, which is not a .npy file", ErrFormat, head)
	}
	length := make([]byte, 2)
	if head[6] > 1 {
		length = make([]byte, 4)
	}
	if err := readFull(r, length); err != nil {
		return npyHeader{}, err
	}
	n := uint32(binary.LittleEndian.Uint16(length))
	if len(length) == 4 {
		n = binary.LittleEndian.Uint32(length)
	}
	if n > maxNPYHeader {
		return npyHeader{}, fmt.Errorf("%w: .npy header of %d bytes, at most %d", ErrFormat, n, maxNPYHeader)
	}
	text := make([]byte, n)
	if err := readFull(r, text); err != nil {
		return npyHeader{}, err
	}
	h, err := parseNPYHeader(string(text))
	if err != nil {
		return h, fmt.Errorf("%w: .npy header %.120q: %w", ErrFormat, text, err)
	}
	return h, nil
}

// bytes returns the size of all values; ErrTooLarge over MaxBytes.
func (h npyHeader) bytes() (int64, error) {
	total := uint64(h.size)
	for _, d := range h.shape {
		if d > 0 && total > MaxBytes/uint64(d) {
			return 0, fmt.Errorf("%w: .npy of shape %v", ErrTooLarge, h.shape)
		}
		total *= uint64(d)
	}
	return int64(total), nil
}

// parseNPYHeader parses the dictionary: a Python literal with the three keys in
// any order, either quotation marks, any spaces.
func parseNPYHeader(text string) (h npyHeader, err error) {
	p := pyLiteral{rest: text}
	seen := map[string]bool{}
	p.expect('{')
	for p.err == nil && !p.next('}') {
		key := p.str()
		p.expect(':')
		if seen[key] {
			p.fail("%q occurs twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.peek() == '[' {
				p.fail("records cannot be read; save one array for each field")
			}
			p.typ(&h, p.str())
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %.40q", key)
		}
		if p.peek() != '}' {
			p.expect(',')
		}
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("want descr, fortran_order and shape")
	}
	if p.err == nil && strings.TrimSpace(p.rest) != "" {
		p.fail("something follows")
	}
	return h, p.err
}

// pyLiteral reads the few forms of Python literals that the header consists of.
// After an error it reads nothing more.
type pyLiteral struct {
	rest string
	err  error
}

func (p *pyLiteral) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.rest = ""
}

// peek returns the next byte that is no space; 0 at the end.
func (p *pyLiteral) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// next skips c if it comes next.
func (p *pyLiteral) next(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *pyLiteral) expect(c byte) {
	if !p.next(c) {
		p.fail("expected %q", c)
	}
}

// str reads a string of either quotation marks, without escapes.
func (p *pyLiteral) str() string {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		p.fail("expected a string")
		return ""
	}
	text, rest, ok := strings.Cut(p.rest[1:], string(rune(quote)))
	if !ok || strings.Contains(text, `\`) {
		p.fail("expected a plain string")
		return ""
	}
	p.rest = rest
	return text
}

func (p *pyLiteral) boolean() bool {
	p.peek()
	for word, value := range map[string]bool{"True": true, "False": false} {
		if rest, ok := strings.CutPrefix(p.rest, word); ok {
			p.rest = rest
			return value
		}
	}
	p.fail("expected True or False")
	return false
}

// tuple reads (), (3,) or (3, 4); numbers may end in Python 2's L.
func (p *pyLiteral) tuple() (dims []int) {
	p.expect('(')
	for p.err == nil && !p.next(')') {
		p.peek()
		end := strings.IndexFunc(p.rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 1 || len(dims) == 5 {
			p.fail("expected at most five sizes")
			return nil
		}
		d, err := strconv.ParseUint(p.rest[:end], 10, 31)
		if err != nil {
			p.fail("size %.20s", p.rest[:end])
			return nil
		}
		dims = append(dims, int(d))
		p.rest = strings.TrimPrefix(p.rest[end:], "L")
		if p.peek() != ')' {
			p.expect(',')
		}
	}
	return dims
}

// typ reads a type such as <f4.
func (p *pyLiteral) typ(h *npyHeader, descr string) {
	if p.err != nil {
		return
	}
	order := strings.TrimLeft(descr, "<>=|")
	h.big = strings.HasPrefix(descr, ">")
	size, err := strconv.Atoi(order[min(1, len(order)):])
	if len(descr)-len(order) > 1 || err != nil || size < 0 {
		p.fail("type %.40q", descr)
		return
	}
	h.kind, h.size = order[0], size
	ok := false
	switch h.kind {
	case 'f':
		ok = size == 2 || size == 4 || size == 8
	case 'i', 'u':
		ok = size == 1 || size == 2 || size == 4 || size == 8
	case 'b':
		ok = size == 1
	case 'S':
		ok = size > 0 && size <= maxNPYText
	case 'U':
		h.size = 4 * size
		ok = size > 0 && size <= maxNPYText
	}
	if !ok {
		p.fail("type %.40q cannot be read (integers, floats of 2, 4 or 8 bytes and, for labels, text); convert it with astype('<f4')", descr)
	}
}

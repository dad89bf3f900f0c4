package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxHeader is the longest header that is read, in bytes.
const MaxHeader = 1 << 20

// entry is one tensor as the header declares it; begin and end count from the
// first byte after the header.
type entry struct {
	name       string
	dtype      string
	shape      []int
	count      int
	begin, end int64
}

// dtypes are the bytes of one element of each type that a reader takes.
type dtypes map[string]int64

// dtypeSize has the types that become float32.
var dtypeSize = dtypes{"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I64": 8}

// parseHeader parses a header and checks that its tensors, in order of their
// offsets, cover dataLen bytes exactly: without gaps or overlaps.
func parseHeader(header []byte, dataLen int64, types dtypes) ([]entry, error) {
	if !utf8.Valid(header) {
		return nil, fmt.Errorf("%w: header is not UTF-8", ErrFormat)
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(header)), types: types}
	p.dec.UseNumber()
	var entries []entry
	err := p.object(func(name string) error {
		if name == "__metadata__" {
			return p.object(func(string) error { _, err := p.str(); return err })
		}
		e, err := p.entry(name)
		entries = append(entries, e)
		return err
	})
	if err == nil {
		if _, more := p.dec.Token(); more != io.EOF {
			err = fmt.Errorf("%w: bytes after the header's JSON object", ErrFormat)
		}
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	var at int64
	for _, e := range entries {
		if e.begin != at {
			return nil, fmt.Errorf("%w: tensor %q starts at byte %d of the data, not at %d: a gap or an overlap",
				ErrFormat, e.name, e.begin, at)
		}
		at = e.end
	}
	if at != dataLen {
		return nil, fmt.Errorf("%w: the tensors need %d bytes of data, but the file holds %d", ErrFormat, at, dataLen)
	}
	return entries, nil
}

// parser reads JSON token by token: unlike json.Unmarshal it detects duplicate
// keys and builds nothing that the header does not need.
type parser struct {
	dec   *json.Decoder
	types dtypes
}

func (p *parser) token() (json.Token, error) {
	t, err := p.dec.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return t, nil
}

func (p *parser) delim(want json.Delim) error {
	t, err := p.token()
	if err == nil && t != want {
		err = fmt.Errorf("%w: header has %v, want %v", ErrFormat, t, want)
	}
	return err
}

func (p *parser) str() (string, error) {
	t, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%w: header has %v, want a string", ErrFormat, t)
	}
	return s, nil
}

// object reads an object: it calls field for every key, to read its value.
func (p *parser) object(field func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.str()
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%w: header names %q twice", ErrFormat, key)
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

// ints reads an array of at most limit non-negative integers.
func (p *parser) ints(limit int) ([]int, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	out := []int{}
	for p.dec.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		num, _ := t.(json.Number)
		v, err := strconv.ParseInt(num.String(), 10, 64)
		if err != nil || v < 0 || int64(int(v)) != v {
			return nil, fmt.Errorf("%w: header has %v, want a size", ErrFormat, t)
		}
		if len(out) == limit {
			return nil, fmt.Errorf("%w: header has an array of more than %d numbers", ErrFormat, limit)
		}
		out = append(out, int(v))
	}
	return out, p.delim(']')
}

func (p *parser) entry(name string) (entry, error) {
	e := entry{name: name}
	var offsets []int
	err := p.object(func(key string) (err error) {
		switch key {
		case "dtype":
			e.dtype, err = p.str()
		case "shape":
			e.shape, err = p.ints(MaxRank)
		case "data_offsets":
			offsets, err = p.ints(2)
		default:
			err = fmt.Errorf("%w: tensor %q has the unknown field %q", ErrFormat, name, key)
		}
		return err
	})
	if err != nil {
		return e, err
	}
	size, known := p.types[e.dtype]
	if !known {
		return e, fmt.Errorf("%w: tensor %q has dtype %q; supported are %s", ErrFormat, name, e.dtype, strings.Join(slices.Sorted(maps.Keys(p.types)), ", "))
	}
	if e.shape == nil || len(offsets) != 2 {
		return e, fmt.Errorf("%w: tensor %q lacks its shape or data_offsets", ErrFormat, name)
	}
	if e.count, err = Count(e.shape); err != nil {
		return e, fmt.Errorf("tensor %q: %w", name, err)
	}
	e.begin, e.end = int64(offsets[0]), int64(offsets[1])
	if e.end-e.begin != int64(e.count)*size {
		return e, fmt.Errorf("%w: tensor %q: %v of %s needs %d bytes, but its data_offsets span %d",
			ErrFormat, name, e.shape, e.dtype, int64(e.count)*size, e.end-e.begin)
	}
	return e, nil
}

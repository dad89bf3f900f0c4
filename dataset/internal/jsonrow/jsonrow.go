// Package jsonrow reads an object of JSON member by member, without building it:
// what is asked for is parsed where it stands, the rest is checked and passed
// over. It accepts what encoding/json accepts, but for names and texts in which
// that would put U+FFFD.
//
//	row.Reset(line)
//	for row.Next() {
//		switch string(row.Name()) {
//		case "x":
//			x = row.Numbers(x)
//		case "y":
//			y = row.Value()
//		}
//	}
//	err := row.Err()
package jsonrow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsontext"
)

// MaxDepth is how deep objects and lists may be nested: encoding/json's limit.
const MaxDepth = 10_000

// Row reads the members of one object. The value of a member is read once, or not
// at all.
type Row struct {
	text    []byte
	at      int
	name    []byte
	first   bool // no member was read
	pending bool // a value was not read
	done    bool
	err     error
}

// Reset begins with the object that text consists of. text must not change while
// it is read.
func (r *Row) Reset(text []byte) {
	*r = Row{text: text, first: true}
	if r.peek() != '{' {
		r.fail("an object ({…})")
		return
	}
	r.at++
}

// Rewind goes back to the beginning of the object.
func (r *Row) Rewind() { r.Reset(r.text) }

// Next goes on to the next member. It returns false at the end and after an
// error.
func (r *Row) Next() bool {
	if r.pending {
		r.value(1)
		r.pending = false
	}
	if r.err != nil || r.done {
		return false
	}
	switch c := r.peek(); {
	case c == '}':
		r.at++
		r.done = true
		if r.peek(); r.at < len(r.text) {
			r.fail("nothing more")
		}
		return false
	case r.first:
		r.first = false
	case !r.expect(',', "a comma or }"):
		return false
	}
	return r.member()
}

// member reads up to a value.
func (r *Row) member() bool {
	if r.name = r.text[:0]; r.peek() != '"' {
		return r.fail("the name of a field")
	}
	from := r.at
	if !r.str() {
		return false
	}
	if r.name = r.text[from+1 : r.at-1]; !isPlain(r.name) {
		name, err := Text(r.text[from:r.at])
		if err != nil {
			r.err = fmt.Errorf("the name of a field at byte %d: %w", from+1, err)
			return false
		}
		r.name = []byte(name)
	}
	r.pending = r.expect(':', "a colon")
	return r.pending
}

// Err returns the first error, which says at which byte of the text (from 1).
func (r *Row) Err() error { return r.err }

// Name returns the name of the member, valid until Reset.
func (r *Row) Name() []byte { return r.name }

// Value returns the text of the member's value without spaces around it, valid as
// long as the object's text; nil after an error and where it was read already.
func (r *Row) Value() []byte {
	if !r.pending {
		return nil
	}
	r.pending = false
	r.peek()
	from := r.at
	if !r.value(1) {
		return nil
	}
	return r.text[from:r.at]
}

// IsString reports whether a value is a string.
func IsString(value []byte) bool { return len(value) > 0 && value[0] == '"' }

// Text returns what a string says, and an error for what is not UTF-8 and for
// halves of surrogate pairs.
func Text(value []byte) (string, error) {
	if inner := value[1 : len(value)-1]; isPlain(inner) {
		return string(inner), nil
	}
	if err := jsontext.CheckValue(value); err != nil {
		return "", err
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err
}

// isPlain reports whether what stands between quotation marks is the text itself.
func isPlain(inner []byte) bool { return bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) }

// fail notes what was wanted at the present position. It returns false.
func (r *Row) fail(want string) bool {
	if r.err == nil {
		found := "the end"
		if r.at < len(r.text) {
			found = fmt.Sprintf("%.20q", r.text[r.at:min(len(r.text), r.at+80)])
		}
		r.err = fmt.Errorf("no JSON at byte %d: want %s, found %s", r.at+1, want, found)
	}
	return false
}

// peek passes spaces and returns the next byte; 0 at the end.
func (r *Row) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect passes c, if it comes next.
func (r *Row) expect(c byte, what string) bool {
	if r.peek() != c {
		return r.fail(what)
	}
	r.at++
	return true
}

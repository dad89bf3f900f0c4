package jsonrow

import (
	"bytes"
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset/internal/decimal"
)

// Numbers appends the member's value, a list of at least one number, to dst.
func (r *Row) Numbers(dst []float32) []float32 {
	if !r.pending {
		return dst
	}
	r.pending = false
	if c := r.peek(); c != '[' {
		r.wrong("want a list of numbers")
		return dst
	}
	r.at++
	for {
		r.peek()
		v, n := decimal.Parse(r.text[r.at:])
		if n == 0 || v-v != 0 {
			r.wrong(fmt.Sprintf("%.40q is not a finite number", r.item()))
			return dst
		}
		r.at += n
		dst = append(dst, v)
		switch r.peek() {
		case ',':
			r.at++
		case ']':
			r.at++
			return dst
		default:
			r.fail("a comma or ]")
			return dst
		}
	}
}

// wrong notes that the member's value is of the wrong kind.
func (r *Row) wrong(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("field %.40q: %s", r.name, what)
	}
}

// item is what stands at the present position up to a comma or bracket, for a
// message.
func (r *Row) item() []byte {
	text := r.text[r.at:min(len(r.text), r.at+100)]
	if i := bytes.IndexAny(text, ",]"); i >= 0 {
		text = text[:i]
	}
	return bytes.TrimSpace(text)
}

// value passes a value at this depth.
func (r *Row) value(depth int) bool {
	switch c := r.peek(); c {
	case '"':
		return r.str()
	case '{', '[':
		if depth >= MaxDepth {
			return r.fail(fmt.Sprintf("at most %d levels of lists and objects", MaxDepth))
		}
		r.at++
		if c == '[' {
			return r.items(']', func() bool { return r.value(depth + 1) })
		}
		return r.items('}', func() bool {
			return r.peek() == '"' && r.str() && r.expect(':', "a colon") && r.value(depth+1) || r.fail("the name of a field")
		})
	case 't':
		return r.word("true")
	case 'f':
		return r.word("false")
	case 'n':
		return r.word("null")
	}
	_, n := decimal.Parse(r.text[r.at:])
	r.at += n
	return n > 0 || r.fail("a value")
}

// items passes what stands between brackets.
func (r *Row) items(end byte, item func() bool) bool {
	if r.peek() == end {
		r.at++
		return true
	}
	for item() {
		if r.peek() == end {
			r.at++
			return true
		}
		if !r.expect(',', "a comma or "+string(rune(end))) {
			break
		}
	}
	return false
}

func (r *Row) word(word string) bool {
	if !bytes.HasPrefix(r.text[r.at:], []byte(word)) {
		return r.fail("a value")
	}
	r.at += len(word)
	return true
}

// str passes a string.
func (r *Row) str() bool {
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return true
		case c < ' ':
			return r.fail("a string without control characters")
		case c == '\\' && !r.escape():
			return r.fail("an escape (\\n, \\u00e9 …)")
		}
	}
	return r.fail("a quotation mark")
}

// escape passes an escape but for its last byte.
func (r *Row) escape() bool {
	rest := r.text[r.at+1:]
	if len(rest) == 0 || bytes.IndexByte([]byte(`"\/bfnrtu`), rest[0]) < 0 {
		return false
	}
	r.at++
	if rest[0] != 'u' {
		return true
	}
	for i := 1; i <= 4; i++ {
		if i >= len(rest) || bytes.IndexByte([]byte("0123456789abcdefABCDEF"), rest[i]) < 0 {
			return false
		}
	}
	r.at += 4
	return true
}

package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// byteChars is GPT-2's alphabet: a printable character for every byte.
var byteChars = func() (t [256]string) {
	next := rune(256)
	for b := range t {
		r := rune(b)
		if b < '!' || (b > '~' && b < 0xa1) || b == 0xad {
			r = next
			next++
		}
		t[b] = string(r)
	}
	return t
}()

// byteLevelString writes every byte as its character.
func byteLevelString(s string) string {
	b := make([]byte, 0, len(s)+len(s)/2)
	for i := range len(s) {
		b = append(b, byteChars[s[i]]...)
	}
	return string(b)
}

// byteLevel cuts as GPT-2 does and has the model read bytes.
type byteLevel struct {
	prefix bool // a space in front, unless there is one
	whole  bool // do not cut
	mapped bool // write the bytes' characters at once
}

func parseByteLevel(f fields) (preTokenizer, error) {
	b, cut, trim := &byteLevel{}, true, false
	for _, err := range []error{f.want("add_prefix_space", &b.prefix), f.want("trim_offsets", &trim), f.get("use_regex", &cut)} {
		if err != nil {
			return nil, err
		}
	}
	b.whole = !cut
	return b, nil
}

func (b *byteLevel) split(dst []piece, p piece) []piece {
	if p.bytes { // what an earlier step has mapped is mapped again
		p.s, p.bytes = byteLevelString(p.s), false
	}
	if b.prefix && !strings.HasPrefix(p.s, " ") {
		p.s = " " + p.s
	}
	from := len(dst)
	if b.whole {
		dst = append(dst, p)
	} else {
		for i := 0; i < len(p.s); {
			n := gpt2(p.s[i:])
			dst = append(dst, p.part(i, i+n))
			i += n
		}
	}
	for i := range dst[from:] {
		q := &dst[from+i]
		if b.mapped {
			q.s = byteLevelString(q.s)
		} else {
			q.bytes = true
		}
	}
	return dst
}

// gpt2 returns the length of what GPT-2's pattern finds at the start of s:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func gpt2(s string) int {
	if s[0] == '\'' {
		if n := contraction(s); n > 0 {
			return n
		}
	}
	i := 0
	if s[0] == ' ' && len(s) > 1 {
		i = 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	c := kindOf(r)
	if c == whiteSpace {
		return spaces(s)
	}
	for i += n; i < len(s); i += n {
		r, n = rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if kindOf(r) != c {
			break
		}
	}
	return i
}

func contraction(s string) int {
	for _, c := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(s, c) {
			return len(c)
		}
	}
	return 0
}

// spaces returns the length of the white space that s starts with, less its
// last character if something else follows.
func spaces(s string) int {
	last := 0
	for i, r := range s {
		if !unicode.IsSpace(r) {
			if last > 0 {
				return last
			}
			return i
		}
		last = i
	}
	return len(s)
}

const (
	other = iota
	letter
	number
	whiteSpace
)

// asciiKinds has the kinds of ASCII characters.
var asciiKinds = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		switch r := rune(c); { // not by ucd, whose tables are made when they are needed
		case 'a' <= r|0x20 && r|0x20 <= 'z':
			t[c] = letter
		case '0' <= r && r <= '9':
			t[c] = number
		case unicode.IsSpace(r):
			t[c] = whiteSpace
		}
	}
	return t
}()

func kindOf(r rune) uint8 {
	if r < utf8.RuneSelf {
		return asciiKinds[r]
	}
	return slowKind(r)
}

func slowKind(r rune) uint8 {
	switch c := ucd.Of(r); {
	case c&ucd.Letter != 0:
		return letter
	case c&ucd.Number != 0:
		return number
	case unicode.IsSpace(r):
		return whiteSpace
	}
	return other
}

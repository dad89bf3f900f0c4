package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// text is what goes through the normalizers.
type text struct {
	s string
	// atStart: the first character of s stands for the first of the input.
	atStart bool
}

// normalizer changes a text before it is cut.
type normalizer interface {
	normalize(t text) (text, error)
}

// normalizers are applied one after the other.
type normalizers []normalizer

func (ns normalizers) normalize(t text) (text, error) {
	for _, n := range ns {
		var err error
		if t, err = n.normalize(t); err != nil {
			return t, err
		}
		if len(t.s) > maxNormalized {
			return t, tooLong(len(t.s))
		}
	}
	return t, nil
}

func parseNormalizers(raw json.RawMessage) (normalizers, error) {
	return sequence(raw, "normalizers", 0, parseNormalizer)
}

// simple are the normalizers without options.
var simple = map[string]normalizer{
	"NFC": nfc, "NFD": nfd, "NFKC": nfkc, "NFKD": nfkd,
	"Lowercase":    mapping(lowercase),
	"StripAccents": filter(func(r rune) bool { return !ucd.Is(r, ucd.Combining) }),
	"Nmt":          normalizers{filter(keptByNmt), mapping(spacesOfNmt)},
	"ByteLevel":    mapping(byteLevelString),
}

func parseNormalizer(f fields) (normalizer, error) {
	kind := f.kind()
	if n, ok := simple[kind]; ok {
		return n, nil
	}
	switch kind {
	case "BertNormalizer":
		return parseBert(f)
	case "Strip":
		var s strip
		if err := f.want("strip_left", &s.left); err != nil {
			return nil, err
		}
		return s, f.want("strip_right", &s.right)
	case "Prepend":
		var p prepend
		return &p, p.parse(f)
	case "Replace":
		return parseReplace(f)
	case "Precompiled":
		return parsePrecompiled(f)
	}
	return nil, unsupportedf("normalizer %.40q", kind)
}

// mapping is a normalizer that keeps the start of the text.
type mapping func(s string) string

func (m mapping) normalize(t text) (text, error) { return text{m(t.s), t.atStart}, nil }

// filter keeps the characters for which it returns true.
type filter func(r rune) bool

func (keep filter) normalize(t text) (text, error) {
	first := true
	out := strings.Map(func(r rune) rune {
		kept := keep(r)
		if first && !kept {
			t.atStart = false
		}
		first = false
		if kept {
			return r
		}
		return -1
	}, t.s)
	return text{out, t.atStart}, nil
}

// lowercase lowers each character by itself: a sigma at the end of a word is no
// special case.
func lowercase(s string) string {
	i := 0
	for ; i < len(s) && s[i] < utf8.RuneSelf && (s[i] < 'A' || s[i] > 'Z'); i++ {
	}
	if i == len(s) {
		return s
	}
	b := append(make([]byte, 0, len(s)+8), s[:i]...)
	for _, r := range s[i:] {
		b = appendLower(b, r)
	}
	return string(b)
}

func appendLower(b []byte, r rune) []byte {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(b, byte(r))
	case r == 0x130: // İ, the one that becomes two
		return append(b, "i\u0307"...)
	}
	return utf8.AppendRune(b, ucd.Lower(r))
}

func keptByNmt(r rune) bool {
	return r == 0 || r == '\t' || r == '\n' || r == '\f' || r == '\r' || (r > 0x1f && r != 0x7f && r != 0x8f && r != 0x9f)
}

func spacesOfNmt(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\f', '\r', 0x1680, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f:
			return ' '
		}
		return r
	}, s)
}

// strip removes white space at the ends.
type strip struct{ left, right bool }

func (n strip) normalize(t text) (text, error) {
	if n.right {
		t.s = strings.TrimRightFunc(t.s, unicode.IsSpace)
	}
	if n.left {
		s := strings.TrimLeftFunc(t.s, unicode.IsSpace)
		t.atStart = t.atStart && len(s) == len(t.s)
		t.s = s
	}
	return t, nil
}

// prepend puts a string in front of a text that is not empty.
type prepend string

func (n *prepend) parse(f fields) error {
	if err := f.want("prepend", (*string)(n)); err != nil {
		return err
	}
	if len(*n) > maxContent {
		return unsupportedf("prepend of %d bytes, at most %d", len(*n), maxContent)
	}
	return nil
}

func (n *prepend) normalize(t text) (text, error) {
	if t.s != "" {
		t.s = string(*n) + t.s
	}
	return t, nil
}

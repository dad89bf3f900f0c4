package tokenizer

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// preTokenizer cuts a piece into words.
type preTokenizer interface {
	split(dst []piece, p piece) []piece
}

func parsePreTokenizers(raw json.RawMessage) ([]preTokenizer, error) {
	steps, err := sequence(raw, "pretokenizers", 0, parsePreTokenizer)
	if err != nil {
		return nil, err
	}
	for i, s := range steps {
		if b, ok := s.(*byteLevel); ok && i < len(steps)-1 {
			b.mapped = true // the next step looks at the characters
		}
	}
	return steps, nil
}

func parsePreTokenizer(f fields) (preTokenizer, error) {
	switch kind := f.kind(); kind {
	case "BertPreTokenizer":
		return bertSplit{}, nil
	case "ByteLevel":
		return parseByteLevel(f)
	case "Metaspace":
		return parseMetaspace(f)
	case "Whitespace":
		return wordSplit{}, nil
	case "WhitespaceSplit":
		return runeSplit{removed, unicode.IsSpace}, nil
	case "CharDelimiterSplit", "Delimiter":
		return parseDelimiter(f)
	case "Punctuation":
		s := runeSplit{isolated, func(r rune) bool { return ucd.Is(r, ucd.Punctuation) }}
		return s, parseBehavior(f, &s.behavior)
	case "Digits":
		return parseDigits(f)
	case "Split":
		return parseSplit(f)
	case "FixedLength":
		n := fixedLength(5)
		if err := f.get("length", (*int)(&n)); err != nil || n < 1 {
			return nil, formatf("FixedLength: length %d (%v)", n, err)
		}
		return n, nil
	default:
		return nil, unsupportedf("pre-tokenizer %.40q", kind)
	}
}

// runeSplit cuts at characters.
type runeSplit struct {
	behavior behavior
	is       func(rune) bool
}

func (n runeSplit) split(dst []piece, p piece) []piece { return splitRunes(dst, p, n.behavior, n.is) }

func parseDelimiter(f fields) (preTokenizer, error) {
	var s string
	if err := f.want("delimiter", &s); err != nil {
		return nil, err
	}
	d, n := utf8.DecodeRuneInString(s)
	if n == 0 || n != len(s) {
		return nil, formatf("delimiter %.40q is not one character", s)
	}
	return runeSplit{removed, func(r rune) bool { return r == d }}, nil
}

func parseDigits(f fields) (preTokenizer, error) {
	each := false
	if err := f.want("individual_digits", &each); err != nil {
		return nil, err
	}
	s := runeSplit{contiguous, func(r rune) bool { return ucd.Is(r, ucd.Numeric) }}
	if each {
		s.behavior = isolated
	}
	return s, nil
}

// bertSplit removes white space and isolates punctuation.
type bertSplit struct{}

func (bertSplit) split(dst []piece, p piece) []piece {
	start := 0
	cut := func(i int) {
		if start < i {
			dst = append(dst, p.part(start, i))
		}
	}
	for i, r := range p.s {
		space := unicode.IsSpace(r)
		if !space && !ucd.Is(r, ucd.Punctuation) {
			continue
		}
		cut(i)
		start = i
		i += runeLen(p.s, i)
		if !space {
			cut(i)
		}
		start = i
	}
	cut(len(p.s))
	return dst
}

// wordSplit finds \w+|[^\w\s]+ and removes the rest.
type wordSplit struct{}

func (wordSplit) split(dst []piece, p piece) []piece {
	const none, word, other = 0, 1, 2
	start, last := 0, none
	for i, r := range p.s {
		kind := other
		switch {
		case ucd.Is(r, ucd.Word):
			kind = word
		case unicode.IsSpace(r):
			kind = none
		}
		if kind == last {
			continue
		}
		if last != none {
			dst = append(dst, p.part(start, i))
		}
		start, last = i, kind
	}
	if last != none {
		dst = append(dst, p.part(start, len(p.s)))
	}
	return dst
}

// patternSplit cuts at matches of a pattern.
type patternSplit struct {
	pattern  finder
	behavior behavior
	invert   bool
}

func parseSplit(f fields) (preTokenizer, error) {
	p, err := parsePattern(f["pattern"])
	if err != nil {
		return nil, err
	}
	s := patternSplit{pattern: p, behavior: -1}
	if err := f.want("invert", &s.invert); err != nil {
		return nil, err
	}
	if err := parseBehavior(f, &s.behavior); err != nil || s.behavior < 0 {
		return nil, formatf("Split: behavior missing or unknown (%v)", err)
	}
	return s, nil
}

func (n patternSplit) split(dst []piece, p piece) []piece {
	s := splitter{dst: dst, p: p, behavior: n.behavior, invert: n.invert}
	n.pattern.find(p.s, s.at)
	return s.end()
}

// fixedLength cuts after every so many characters.
type fixedLength int

func (n fixedLength) split(dst []piece, p piece) []piece {
	start, count := 0, 0
	for i := range p.s {
		if count == int(n) {
			dst = append(dst, p.part(start, i))
			start, count = i, 0
		}
		count++
	}
	return append(dst, p.part(start, len(p.s)))
}

// metaspace writes spaces as a visible character and cuts in front of it.
type metaspace struct {
	replacement rune
	scheme      string
	whole       bool // do not cut
}

func parseMetaspace(f fields) (preTokenizer, error) {
	m := metaspace{scheme: "always"}
	var replacement string
	cut, prefix := true, true
	for _, err := range []error{f.want("replacement", &replacement), f.get("prepend_scheme", &m.scheme),
		f.get("split", &cut), f.get("add_prefix_space", &prefix)} {
		if err != nil {
			return nil, err
		}
	}
	r, n := utf8.DecodeRuneInString(replacement)
	if n == 0 || n != len(replacement) {
		return nil, formatf("Metaspace: replacement %.40q is not one character", replacement)
	}
	if m.scheme != "always" && m.scheme != "first" && m.scheme != "never" || (!prefix && m.scheme != "never") {
		return nil, formatf("Metaspace: prepend_scheme %.40q (add_prefix_space %v)", m.scheme, prefix)
	}
	m.replacement, m.whole = r, !cut
	return m, nil
}

func (m metaspace) split(dst []piece, p piece) []piece {
	r := string(m.replacement)
	p.s = strings.ReplaceAll(p.s, " ", r)
	if (m.scheme == "always" || (m.scheme == "first" && p.atStart)) && !strings.HasPrefix(p.s, r) {
		p.s = r + p.s
	}
	if m.whole {
		return append(dst, p)
	}
	s := splitter{dst: dst, p: p, behavior: mergedWithNext}
	literal(r).find(p.s, s.at)
	return s.end()
}

// runeLen returns the length of the character at byte i of s.
func runeLen(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

// lastRune returns where the last character of s starts.
func lastRune(s string) int {
	_, n := utf8.DecodeLastRuneInString(s)
	return len(s) - n
}

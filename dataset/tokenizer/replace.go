package tokenizer

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
)

// maxContent bounds what a normalizer puts in for a match, in bytes.
const maxContent = 64

// replace replaces matches by a fixed string.
type replace struct {
	pattern finder
	content string
}

func parseReplace(f fields) (*replace, error) {
	p, err := parsePattern(f["pattern"])
	if err != nil {
		return nil, err
	}
	n := &replace{pattern: p}
	if err := f.want("content", &n.content); err != nil {
		return nil, err
	}
	if len(n.content) > maxContent {
		return nil, unsupportedf("replacement of %d bytes, at most %d", len(n.content), maxContent)
	}
	return n, nil
}

func (n *replace) normalize(t text) (text, error) {
	var b strings.Builder
	done := 0
	var err error
	n.pattern.find(t.s, func(i, j int) {
		if b.Len() > maxNormalized {
			err = tooLong(b.Len())
			return
		}
		b.WriteString(t.s[done:i])
		b.WriteString(n.content)
		done = j
	})
	if err != nil || (done == 0 && b.Len() == 0) {
		return t, err
	}
	b.WriteString(t.s[done:])
	return text{b.String(), t.atStart}, nil
}

// finder finds matches from left to right.
type finder interface {
	find(s string, yield func(i, j int))
}

// parsePattern reads {"String": "…"} or {"Regex": "…"}.
func parsePattern(raw json.RawMessage) (finder, error) {
	f, err := parseFields(raw, "pattern")
	if err != nil {
		return nil, err
	}
	var s string
	if f.has("Regex") {
		if err := f.get("Regex", &s); err != nil {
			return nil, err
		}
		return compile(s)
	}
	if err := f.want("String", &s); err != nil {
		return nil, err
	}
	if s == "" {
		return nil, unsupportedf("an empty pattern")
	}
	return literal(s), nil
}

// literal is a pattern that stands for itself.
type literal string

func (l literal) find(s string, yield func(i, j int)) {
	for done := 0; ; {
		k := strings.Index(s[done:], string(l))
		if k < 0 {
			return
		}
		yield(done+k, done+k+len(l))
		done += k + len(l)
	}
}

// expression is a compiled pattern. If tail is set, its last group is \s+, of
// which the last character is left over when something else follows: what
// \s+(?!\S)|\s+ does.
type expression struct {
	re   *regexp.Regexp
	tail bool
	stop context.Context // nil: never
}

// stoppable is a finder that finds no more once ctx is done. What it has found then is of no use.
func stoppable(ctx context.Context, f finder) finder {
	if e, ok := f.(expression); ok {
		e.stop = ctx
		return e
	}
	return f
}

func (e expression) find(s string, yield func(i, j int)) {
	for done := 0; done < len(s); {
		if e.stop != nil && e.stop.Err() != nil {
			return
		}
		m := e.re.FindStringSubmatchIndex(s[done:])
		if m == nil {
			return
		}
		i, j := done+m[0], done+m[1]
		if e.tail && m[2] >= 0 && j < len(s) {
			if k := lastRune(s[i:j]); k > 0 {
				j = i + k
			}
		}
		if j == i { // an empty match
			yield(i, j)
			if j >= len(s) {
				return
			}
			done = j + runeLen(s, j)
			continue
		}
		yield(i, j)
		done = j
	}
}

package tokenizer

import (
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer/internal/ucd"
)

// maxAdded bounds the length of an added token in bytes, and so the work at
// every place of a text.
const maxAdded = 1024

// maxAddedTokens bounds how many there are.
const maxAddedTokens = 1 << 18

// addedToken is a token that is looked for in the text before anything else.
type addedToken struct {
	content                    string
	id                         int32
	singleWord, lstrip, rstrip bool
	normalized                 bool // looked for in the normalized text
}

// matcher cuts a text at added tokens.
type matcher struct {
	trie   *trie
	tokens []addedToken
}

// parseAdded reads the added tokens and gives them ids: the model's where its
// vocabulary has the token, else the next ones behind it, in the file's order.
// The ids in the file do not count; the library does not use them either.
func parseAdded(raw json.RawMessage, m model) ([]addedToken, error) {
	if err := atMost(raw, maxAddedTokens, "added_tokens", "tokens"); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if raw != nil {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, formatf("added_tokens: %w", err)
		}
	}
	byContent, taken := map[string]int{}, map[int32]bool{}
	var tokens []addedToken
	next := int32(m.size())
	for _, one := range list {
		f, err := parseFields(one, "added_tokens")
		if err != nil {
			return nil, err
		}
		a, err := parseAddedToken(f)
		if err != nil {
			return nil, err
		}
		if a.content == "" {
			continue
		}
		if i, ok := byContent[a.content]; ok { // a later one changes its flags
			a.id = tokens[i].id
			tokens[i] = a
			continue
		}
		if id, ok := m.id(a.content); ok {
			a.id = id
		} else {
			a.id = next
			next++
		}
		if taken[a.id] {
			return nil, formatf("added_tokens: two of them have id %d", a.id)
		}
		taken[a.id], byContent[a.content] = true, len(tokens)
		tokens = append(tokens, a)
	}
	return tokens, nil
}

func parseAddedToken(f fields) (a addedToken, err error) {
	var special bool
	for _, w := range []struct {
		name string
		dst  any
	}{{"content", &a.content}, {"single_word", &a.singleWord}, {"lstrip", &a.lstrip}, {"rstrip", &a.rstrip},
		{"normalized", &a.normalized}, {"special", &special}} {
		if err := f.want(w.name, w.dst); err != nil {
			return a, formatf("added_tokens: %w", err)
		}
	}
	if len(a.content) > maxAdded {
		return a, unsupportedf("added_tokens: one of %d bytes, at most %d", len(a.content), maxAdded)
	}
	return a, nil
}

// newMatcher returns a matcher of the tokens whose patterns are given.
func newMatcher(tokens []addedToken, patterns []string) (*matcher, error) {
	seen := map[string]bool{}
	entries := make([]entry, len(tokens))
	for i, p := range patterns {
		if p == "" || len(p) > 4*maxAdded || seen[p] {
			return nil, formatf("added_tokens: %.60q is another's equal, or nothing, once it is normalized", tokens[i].content)
		}
		seen[p] = true
		entries[i] = entry{p, int32(i)}
	}
	return &matcher{newTrie(entries), tokens}, nil
}

// cut appends the parts of p: those between added tokens, and these.
func (m *matcher) cut(dst []piece, p piece) []piece {
	if len(m.tokens) == 0 {
		return append(dst, p)
	}
	s, done := p.s, 0
	for i := 0; i < len(s); {
		if m.trie.root[s[i]] == 0 {
			i++
			continue
		}
		n, k := m.trie.longest(s[i:])
		if n == 0 {
			i++
			continue
		}
		a, start, stop := m.tokens[k], i, i+n
		i = stop
		if a.singleWord && (endsWithWord(s[:start]) || startsWithWord(s[stop:])) {
			continue
		}
		if a.lstrip {
			start = max(trimSpaceEnd(s[:start]), done)
		}
		if a.rstrip {
			stop += leadingSpace(s[stop:])
		}
		if done < start {
			dst = append(dst, p.part(done, start))
		}
		token := p.part(start, stop)
		token.id = a.id
		dst = append(dst, token)
		done = stop
	}
	if done < len(s) {
		dst = append(dst, p.part(done, len(s)))
	}
	return dst
}

func endsWithWord(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && ucd.Is(r, ucd.Word)
}

func startsWithWord(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && ucd.Is(r, ucd.Word)
}

// trimSpaceEnd returns the length of s without the white space at its end.
func trimSpaceEnd(s string) int {
	for len(s) > 0 {
		r, n := utf8.DecodeLastRuneInString(s)
		if !unicode.IsSpace(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return len(s)
}

// leadingSpace returns how many bytes of white space s starts with.
func leadingSpace(s string) int {
	for i, r := range s {
		if !unicode.IsSpace(r) {
			return i
		}
	}
	return len(s)
}

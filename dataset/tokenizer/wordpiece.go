package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// wordPiece takes the longest token that a word starts with, then the longest
// continuation, and so on.
type wordPiece struct {
	vocabulary
	continued vocabulary // tokens with the prefix, without it
	longest   int        // of all tokens, in bytes
	unk       string
	maxChars  int // longer words are unknown
}

func parseWordPiece(f fields) (*wordPiece, error) {
	v, err := parseVocabulary(f)
	if err != nil {
		return nil, err
	}
	m := &wordPiece{vocabulary: v}
	prefix := ""
	for _, err := range []error{f.want("unk_token", &m.unk), f.want("continuing_subword_prefix", &prefix),
		f.want("max_input_chars_per_word", &m.maxChars)} {
		if err != nil {
			return nil, err
		}
	}
	m.continued = v
	if prefix != "" {
		m.continued = vocabulary{}
	}
	for token, id := range v {
		m.longest = max(m.longest, len(token))
		if rest, ok := strings.CutPrefix(token, prefix); ok && prefix != "" {
			m.continued[rest] = id
		}
	}
	if m.longest > maxToken {
		return nil, unsupportedf("a token of %d bytes, at most %d", m.longest, maxToken)
	}
	return m, nil
}

func (m *wordPiece) encode(dst []int32, p piece, _ *workspace) ([]int32, error) {
	s := p.s
	if p.bytes {
		s = byteLevelString(s)
	}
	from := len(dst)
	if len(s) > m.maxChars && utf8.RuneCountInString(s) > m.maxChars {
		return m.unknown(dst, s)
	}
	v := m.vocabulary
	for start := 0; start < len(s); v = m.continued {
		id, n := m.match(v, s[start:])
		if n == 0 {
			return m.unknown(dst[:from], s)
		}
		dst = append(dst, id)
		start += n
	}
	return dst, nil
}

// match returns the longest token of v that s starts with.
func (m *wordPiece) match(v vocabulary, s string) (int32, int) {
	end := len(s)
	if end > m.longest {
		for end = m.longest; end > 0 && !utf8.RuneStart(s[end]); end-- {
		}
	}
	for end > 0 {
		if id, ok := v[s[:end]]; ok {
			return id, end
		}
		end = lastRune(s[:end])
	}
	return 0, 0
}

func (m *wordPiece) unknown(dst []int32, word string) ([]int32, error) {
	id, ok := m.vocabulary[m.unk]
	if !ok {
		return dst, missing(word, m.unk)
	}
	return append(dst, id), nil
}

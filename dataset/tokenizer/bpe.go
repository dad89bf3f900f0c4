package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// bpe merges neighbours, those first that were merged first in training.
type bpe struct {
	vocabulary
	merges        map[pair]merge
	bytes         [256]symbolID // of the bytes' characters
	prefix        string        // of characters that do not start a word
	suffix        string        // of a word's last character
	unk           string
	hasUnk        bool
	fuse          bool // unknown characters side by side become one token
	fallback      bool // unknown characters become their bytes' tokens
	direct        bool // words in the vocabulary are not built by merges
	plainAlphabet bool // no prefix and no suffix: bytes can be looked up
}

type pair struct{ a, b int32 }

type merge struct{ rank, id int32 }

// symbolID is the id of a character; ok is false if the vocabulary lacks it.
type symbolID struct {
	id int32
	ok bool
}

func parseBPE(f fields) (*bpe, error) {
	v, err := parseVocabulary(f)
	if err != nil {
		return nil, err
	}
	m := &bpe{vocabulary: v, hasUnk: f.has("unk_token")}
	dropout := 0.0
	for _, err := range []error{f.get("dropout", &dropout), f.get("unk_token", &m.unk), f.get("continuing_subword_prefix", &m.prefix),
		f.get("end_of_word_suffix", &m.suffix), f.get("fuse_unk", &m.fuse), f.get("byte_fallback", &m.fallback),
		f.get("ignore_merges", &m.direct)} {
		if err != nil {
			return nil, err
		}
	}
	if dropout != 0 {
		return nil, unsupportedf("dropout %v: the ids would be random; set it to null", dropout)
	}
	if len(m.prefix) > maxContent || len(m.suffix) > maxContent {
		return nil, unsupportedf("a prefix or suffix of more than %d bytes", maxContent)
	}
	m.plainAlphabet = m.prefix == "" && m.suffix == ""
	for b := range m.bytes {
		m.bytes[b].id, m.bytes[b].ok = v.id(byteChars[b])
	}
	merges, err := parseMerges(f)
	if err != nil {
		return nil, err
	}
	return m, m.add(merges)
}

// parseMerges reads merges written ["a", "b"] or, in older files, "a b".
func parseMerges(f fields) ([][2]string, error) {
	var raws []json.RawMessage
	if err := f.wantEntries("merges", maxVocabulary, "merges", &raws); err != nil {
		return nil, err
	}
	merges := make([][2]string, 0, len(raws))
	for i, raw := range raws {
		var line string
		if err := json.Unmarshal(raw, &line); err == nil {
			if strings.HasPrefix(line, "#version") {
				continue
			}
			a, b, ok := strings.Cut(line, " ")
			if !ok || strings.Contains(b, " ") {
				return nil, formatf("merge %d, %.60q, is not two tokens with a space between them", i, line)
			}
			merges = append(merges, [2]string{a, b})
			continue
		}
		var two []string
		if atMost(raw, 2, "", "") != nil || json.Unmarshal(raw, &two) != nil || len(two) != 2 {
			return nil, formatf("merge %d is not two tokens", i)
		}
		merges = append(merges, [2]string(two))
	}
	return merges, nil
}

func (m *bpe) add(merges [][2]string) error {
	m.merges = make(map[pair]merge, len(merges))
	for rank, ab := range merges {
		rest := ab[1]
		if len(rest) < len(m.prefix) {
			return formatf("merge %d: %.60q lacks the prefix %q", rank, rest, m.prefix)
		}
		var ids [3]int32
		for k, token := range [3]string{ab[0], ab[1], ab[0] + rest[len(m.prefix):]} {
			id, ok := m.vocabulary[token]
			if !ok {
				return formatf("merge %d: the vocabulary lacks %.60q", rank, token)
			}
			ids[k] = id
		}
		m.merges[pair{ids[0], ids[1]}] = merge{int32(rank), ids[2]}
	}
	return nil
}

func (m *bpe) encode(dst []int32, p piece, w *workspace) ([]int32, error) {
	if m.direct {
		s := p.s
		if p.bytes {
			s = byteLevelString(s)
		}
		if id, ok := m.vocabulary[s]; ok {
			return append(dst, id), nil
		}
	}
	if len(p.s) > math.MaxInt32/2 {
		return dst, tooLong(len(p.s))
	}
	w.symbols = w.symbols[:0]
	if p.bytes && m.plainAlphabet {
		if !m.fromBytes(p.s, w) {
			p.s, p.bytes = byteLevelString(p.s), false
		}
	} else if p.bytes {
		p.s, p.bytes = byteLevelString(p.s), false
	}
	if !p.bytes {
		if err := m.fromChars(p.s, w); err != nil {
			return dst, err
		}
	}
	w.mergeAll(m.merges)
	for i := int32(0); i >= 0 && int(i) < len(w.symbols); i = w.symbols[i].next {
		dst = append(dst, w.symbols[i].id)
	}
	return dst, nil
}

// fromBytes fills the symbols with the bytes' characters. It returns false if
// the vocabulary lacks one.
func (m *bpe) fromBytes(s string, w *workspace) bool {
	for i := range len(s) {
		c := m.bytes[s[i]]
		if !c.ok {
			w.symbols = w.symbols[:0]
			return false
		}
		w.add(c.id)
	}
	return true
}

// fromChars fills the symbols with the characters, or with what stands for
// those that the vocabulary lacks.
func (m *bpe) fromChars(s string, w *workspace) error {
	unk, pending := int32(0), false
	for i := 0; i < len(s); {
		n := runeLen(s, i)
		key := s[i : i+n]
		if i > 0 && m.prefix != "" {
			key = m.prefix + key
		}
		if i += n; i == len(s) && m.suffix != "" {
			key += m.suffix
		}
		if id, ok := m.vocabulary[key]; ok {
			if pending {
				w.add(unk)
				pending = false
			}
			w.add(id)
			continue
		}
		if m.fallback && m.addBytes(key, w) {
			continue
		}
		if !m.hasUnk {
			continue // the library drops the character
		}
		if pending && m.fuse {
			continue
		}
		if pending {
			w.add(unk)
		}
		var ok bool
		if unk, ok = m.vocabulary[m.unk]; !ok {
			return missing(s, m.unk)
		}
		pending = true
	}
	if pending {
		w.add(unk)
	}
	return nil
}

// addBytes adds the tokens <0x00> … of the bytes of s, if all are there.
func (m *bpe) addBytes(s string, w *workspace) bool {
	ids, ok := byteTokens(m.vocabulary, s)
	for _, id := range ids {
		w.add(id)
	}
	return ok
}

func byteTokens(v vocabulary, s string) ([]int32, bool) {
	ids := make([]int32, 0, len(s))
	for i := range len(s) {
		id, ok := v[fmt.Sprintf("<0x%02X>", s[i])]
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

// missing is the error for a word that cannot be encoded.
func missing(word, unk string) error {
	if !utf8.ValidString(word) || len(word) > 80 {
		word = "…"
	}
	return fmt.Errorf("%w: the vocabulary has no token for %q, and no unknown token %q", ErrText, word, unk)
}

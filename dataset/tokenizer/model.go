package tokenizer

import (
	"encoding/json"
)

// Limits of a file's vocabulary.
const (
	maxVocabulary = 1 << 21
	// maxID is where float32, in which data sets hand samples on, stops to
	// count.
	maxID = 1 << 24
)

// model turns words into ids.
type model interface {
	// encode appends the ids of a piece.
	encode(dst []int32, p piece, w *workspace) ([]int32, error)
	// id returns the id of a token of the vocabulary.
	id(token string) (int32, bool)
	// size is the number of tokens in the vocabulary.
	size() int
	// top is the largest id, -1 for none.
	top() int32
}

func parseModel(raw json.RawMessage) (model, error) {
	f, err := parseFields(raw, "model")
	if err != nil {
		return nil, err
	}
	kind := f.kind()
	if kind == "" { // old files do not say it
		switch {
		case f.has("merges"):
			kind = "BPE"
		case f.has("continuing_subword_prefix"):
			kind = "WordPiece"
		}
	}
	switch kind {
	case "WordPiece":
		return parseWordPiece(f)
	case "BPE":
		return parseBPE(f)
	case "Unigram":
		return parseUnigram(f)
	case "WordLevel":
		return parseWordLevel(f)
	}
	return nil, unsupportedf("model %.40q (want WordPiece, BPE, Unigram or WordLevel)", kind)
}

// vocabulary maps tokens to ids.
type vocabulary map[string]int32

func parseVocabulary(f fields) (vocabulary, error) {
	var v vocabulary
	if err := f.wantEntries("vocab", maxVocabulary, "tokens", &v); err != nil {
		return nil, err
	}
	for token, id := range v {
		if id < 0 || id >= maxID {
			return nil, formatf("vocab: %.60q has id %d, want 0 to %d", token, id, maxID-1)
		}
	}
	return v, nil
}

func (v vocabulary) id(token string) (int32, bool) {
	id, ok := v[token]
	return id, ok
}

func (v vocabulary) size() int { return len(v) }

func (v vocabulary) top() int32 {
	top := int32(-1)
	for _, id := range v {
		top = max(top, id)
	}
	return top
}

// wordLevel looks whole words up.
type wordLevel struct {
	vocabulary
	unk string
}

func parseWordLevel(f fields) (*wordLevel, error) {
	v, err := parseVocabulary(f)
	if err != nil {
		return nil, err
	}
	m := &wordLevel{vocabulary: v}
	return m, f.want("unk_token", &m.unk)
}

func (m *wordLevel) encode(dst []int32, p piece, _ *workspace) ([]int32, error) {
	s := p.s
	if p.bytes {
		s = byteLevelString(s)
	}
	id, ok := m.vocabulary[s]
	if !ok {
		if id, ok = m.vocabulary[m.unk]; !ok {
			return dst, missing(s, m.unk)
		}
	}
	return append(dst, id), nil
}

package tokenizer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// unkPenalty is how far an unknown character's score is below the lowest of
// the vocabulary: SentencePiece's constant.
const unkPenalty = 10

// unigram finds the cut of a word whose tokens' scores have the largest sum.
type unigram struct {
	vocabulary
	count    int // tokens in the file, equal ones counted each
	trie     *trie
	scores   []float64
	unk      int32 // -1 if there is none
	unkScore float64
	fallback bool
}

// scored is a token and its score, written ["token", -1.5].
type scored struct {
	token string
	score float64
}

func (s *scored) UnmarshalJSON(b []byte) error {
	if n := countEntries(b); n != 2 {
		return fmt.Errorf("%d values, want a token and its score", n)
	}
	var two [2]json.RawMessage
	if err := json.Unmarshal(b, &two); err != nil {
		return err
	}
	if err := json.Unmarshal(two[0], &s.token); err != nil {
		return err
	}
	return json.Unmarshal(two[1], &s.score)
}

func parseUnigram(f fields) (*unigram, error) {
	var list []scored
	if err := f.wantEntries("vocab", maxVocabulary, "tokens", &list); err != nil {
		return nil, err
	}
	m := &unigram{vocabulary: make(vocabulary, len(list)), scores: make([]float64, 0, len(list)), count: len(list), unk: -1}
	for _, err := range []error{f.get("unk_id", &m.unk), f.get("byte_fallback", &m.fallback)} {
		if err != nil {
			return nil, err
		}
	}
	if int(m.unk) >= len(list) || (m.unk < 0 && f.has("unk_id")) {
		return nil, formatf("unk_id %d of %d tokens", m.unk, len(list))
	}
	lowest := math.Inf(1)
	entries := make([]entry, len(list))
	for i, t := range list {
		if len(t.token) > maxToken {
			return nil, unsupportedf("a token of %d bytes, at most %d", len(t.token), maxToken)
		}
		m.vocabulary[t.token] = int32(i)
		m.scores = append(m.scores, t.score)
		entries[i] = entry{t.token, int32(i)}
		lowest = min(lowest, t.score)
	}
	m.unkScore = lowest - unkPenalty
	m.trie = newTrie(entries)
	return m, nil
}

func (m *unigram) size() int { return m.count }

// node is the best way to cut the text up to a byte: the last token, where it
// starts, and the sum of the scores.
type node struct {
	start, id int32 // start -1: not reached
	score     float64
}

func (m *unigram) encode(dst []int32, p piece, w *workspace) ([]int32, error) {
	s := p.s
	if p.bytes {
		s = byteLevelString(s)
	}
	if err := m.search(s, w); err != nil {
		return dst, err
	}
	from := len(dst)
	for end := len(s); end > 0; {
		n := w.best[end]
		start := int(n.start)
		if n.id != m.unk {
			dst = append(dst, n.id)
			end = start
			continue
		}
		for start > 0 && w.best[start].id == m.unk { // unknown ones side by side are one
			start = int(w.best[start].start)
		}
		dst = m.unknown(dst, s[start:end])
		end = start
	}
	slices.Reverse(dst[from:])
	return dst, nil
}

// unknown appends, last first, what stands for unknown characters.
func (m *unigram) unknown(dst []int32, s string) []int32 {
	if id, ok := m.vocabulary[s]; ok {
		return append(dst, id)
	}
	if m.fallback {
		if ids, ok := byteTokens(m.vocabulary, s); ok {
			slices.Reverse(ids)
			return append(dst, ids...)
		}
	}
	return append(dst, m.unk)
}

// search fills w.best: Viterbi's algorithm over the starts of characters.
func (m *unigram) search(s string, w *workspace) error {
	if cap(w.best) < len(s)+1 {
		w.best = make([]node, len(s)+1)
	}
	w.best = w.best[:len(s)+1]
	for i := range w.best {
		w.best[i] = node{start: -1}
	}
	for i := 0; i < len(s); {
		size := runeLen(s, i)
		score, single := w.best[i].score, false
		n := uint32(0)
		for j := i; j < len(s); j++ {
			if n = m.trie.child(n, s[j]); n == 0 {
				break
			}
			if id := m.trie.value[n]; id >= 0 {
				w.reach(j+1, node{int32(i), id, score + m.scores[id]})
				single = single || j+1 == i+size
			}
		}
		if !single {
			if m.unk < 0 {
				return missing(s[i:i+size], "")
			}
			w.reach(i+size, node{int32(i), m.unk, score + m.unkScore})
		}
		i += size
	}
	return nil
}

// reach keeps n if it is the first or a better way to end at byte i.
func (w *workspace) reach(i int, n node) {
	if w.best[i].start < 0 || n.score > w.best[i].score {
		w.best[i] = n
	}
}

package tokenizer

import (
	"context"
	"strings"
)

// Limits of the words that a workspace remembers.
const (
	maxWords    = 1 << 14
	maxWordSize = 48
)

// tokenize appends the ids of a text to w.ids, but may leave out what is behind
// (with truncation on the left: before) the first limit ones. limit 0: all.
func (t *Tokenizer) tokenize(s string, limit int, w *workspace) error {
	if err := checkText(s); err != nil {
		return err
	}
	err := t.cut(s, w)
	if t.stop != nil && t.stop.Err() != nil {
		return context.Cause(t.stop)
	}
	if err != nil {
		return err
	}
	from := len(w.ids)
	pieces := w.pieces
	if limit != 0 && t.truncation.left {
		skip, err := t.beforeTail(pieces, limit, w)
		if err != nil {
			return err
		}
		pieces, limit = pieces[skip:], 0
	}
	for _, p := range pieces {
		if err := t.word(p, w); err != nil {
			return err
		}
		if limit != 0 && p.id == notToken && len(w.ids)-from >= limit {
			break
		}
	}
	return nil
}

// beforeTail returns how many pieces precede the last ones that have limit ids.
func (t *Tokenizer) beforeTail(pieces []piece, limit int, w *workspace) (int, error) {
	from, n := len(w.ids), 0
	for i := len(pieces) - 1; i >= 0; i-- {
		if err := t.word(pieces[i], w); err != nil {
			return 0, err
		}
		n += len(w.ids) - from
		w.ids = w.ids[:from]
		if pieces[i].id == notToken && n >= limit {
			return i, nil
		}
	}
	return 0, nil
}

// cut fills w.pieces with the words and added tokens of a text.
func (t *Tokenizer) cut(s string, w *workspace) error {
	w.next = t.raw.cut(w.next[:0], piece{s: s, id: notToken, atStart: true})
	w.pieces = w.pieces[:0]
	for _, p := range w.next {
		if p.id != notToken {
			w.pieces = append(w.pieces, p)
			continue
		}
		n, err := t.normalizer.normalize(text{p.s, p.atStart})
		if err != nil {
			return err
		}
		p.s, p.atStart = n.s, n.atStart
		w.pieces = t.normal.cut(w.pieces, p)
	}
	for _, pre := range t.preTokenizers {
		w.next, w.pieces = w.pieces, w.next[:0]
		for _, p := range w.next {
			if p.id != notToken {
				w.pieces = append(w.pieces, p)
			} else if p.s != "" {
				w.pieces = pre.split(w.pieces, p)
			}
		}
	}
	return nil
}

// word appends the ids of a piece.
func (t *Tokenizer) word(p piece, w *workspace) error {
	switch {
	case p.id != notToken:
		w.ids = append(w.ids, p.id)
		return nil
	case p.s == "":
		return nil
	}
	if ids, ok := w.words[p.s]; ok {
		w.ids = append(w.ids, ids...)
		return nil
	}
	from := len(w.ids)
	var err error
	if w.ids, err = t.model.encode(w.ids, p, w); err != nil {
		return err
	}
	if len(p.s) <= maxWordSize {
		if len(w.words) >= maxWords {
			clear(w.words)
		}
		w.words[strings.Clone(p.s)] = append([]int32(nil), w.ids[from:]...)
	}
	return nil
}

// limit is the number of ids after which a text can be left, since truncation
// removes what follows; 0 means none. Of two texts the whole lengths decide how
// they share the room.
func (t *Tokenizer) limit(texts int) int {
	if t.truncation == nil || texts > 1 || t.truncation.strategy == "OnlySecond" {
		return 0
	}
	return t.truncation.length
}

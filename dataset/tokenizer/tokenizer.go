// Package tokenizer turns text into token ids as Hugging Face's tokenizers
// library does: it reads the library's file, tokenizer.json, and gives the same
// ids.
//
//	t, err := tokenizer.Parse(file)
//	t, err = t.WithLength(128) // what the model takes
//	e, err := t.Encode("A text.")
//	// e.IDs: [101 1037 3793 1012 102 0 0 …]
//
// # What is there
//
// Models WordPiece, BPE (byte-level too), Unigram and WordLevel, with the
// normalizers, pre-tokenizers, post-processors, added tokens, truncation and
// padding that the library has. Not there, and refused by name: UnicodeScripts,
// dropout, lookaround in patterns (but \s+(?!\S), which GPT-2's kind ends
// with), properties in them beyond Unicode's general categories and the scripts
// of Chinese, Japanese and Korean, and files without types of the library's first
// versions.
//
// # Trust
//
// A file and a text may be hostile: what a file declares is bounded (2^21
// tokens of at most 1,024 bytes, ids under 2^24), a text is at most [MaxText]
// bytes, and the work for it grows with its length times the longest token; that of a pattern may grow with the square of the
// length, and [Tokenizer.Until] ends it.
package tokenizer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"
)

const (
	// MaxFile is the largest tokenizer.json that is read, in bytes.
	MaxFile = 64 << 20
	// MaxText is the longest text that is encoded, in bytes.
	MaxText = 1 << 20
	// maxNormalized bounds what normalizers make of a text.
	maxNormalized = 4 * MaxText
	// maxToken bounds a token's length in bytes, and so the work at a place.
	maxToken = 1024
)

// A Tokenizer turns text into ids. It is safe for concurrent use.
type Tokenizer struct {
	normalizer    normalizers
	preTokenizers []preTokenizer
	model         model
	raw, normal   *matcher // added tokens, looked for before and after normalization
	template      template
	truncation    *truncation
	padding       *padding
	pad           int32 // notToken if the file names none
	top           int32
	workspaces    *sync.Pool
	stop          context.Context // nil: never
}

// Encoding is what a text becomes: three lists of the same length.
type Encoding struct {
	// IDs of the tokens, 0 to VocabSize-1.
	IDs []int32
	// TypeIDs say which of two texts a token is of.
	TypeIDs []int32
	// Mask is 1 for tokens, 0 for padding (the attention mask).
	Mask []int32
}

// VocabSize returns the largest id plus 1: the rows that an embedding must have.
func (t *Tokenizer) VocabSize() int { return int(t.top) + 1 }

// WithLength returns a tokenizer whose encodings have exactly n ids: longer
// texts are cut as the file's truncation says, or at the end; shorter ones are
// filled with the file's padding, or with its token [PAD] or <pad>.
func (t *Tokenizer) WithLength(n int) (*Tokenizer, error) {
	if n < 1 || n > maxLength || n < added(t.template.single) {
		return nil, unsupportedf("length %d, want %d to %d (special tokens included)", n, max(1, added(t.template.single)), maxLength)
	}
	if t.pad == notToken {
		return nil, formatf(`no token to fill short texts with: set "padding" in the file (enable_padding before save), or add a token [PAD] or <pad>`)
	}
	c := *t
	c.truncation = &truncation{strategy: "LongestFirst"}
	if t.truncation != nil {
		*c.truncation = *t.truncation
	}
	if c.truncation.strategy == "OnlySecond" { // which would leave a single text too long
		c.truncation.strategy = "LongestFirst"
	}
	c.truncation.length = n
	c.padding = &padding{id: t.pad}
	if t.padding != nil {
		*c.padding = *t.padding
	}
	c.padding.fixed, c.padding.multiple = n, 0
	return &c, nil
}

// Until returns a tokenizer that fails with ctx's cause once ctx is done: a stranger's patterns can take minutes for a text
// of 64 KiB.
func (t *Tokenizer) Until(ctx context.Context) *Tokenizer {
	c := *t
	c.stop = ctx
	c.normalizer = make(normalizers, len(t.normalizer))
	for i, n := range t.normalizer {
		if r, ok := n.(*replace); ok {
			n = &replace{stoppable(ctx, r.pattern), r.content}
		}
		c.normalizer[i] = n
	}
	c.preTokenizers = make([]preTokenizer, len(t.preTokenizers))
	for i, p := range t.preTokenizers {
		if s, ok := p.(patternSplit); ok {
			s.pattern = stoppable(ctx, s.pattern)
			p = s
		}
		c.preTokenizers[i] = p
	}
	return &c
}

// Encode returns the ids of a text.
func (t *Tokenizer) Encode(s string) (Encoding, error) { return t.encode(s) }

// EncodePair returns the ids of two texts that belong together, such as a
// question and its answer.
func (t *Tokenizer) EncodePair(a, b string) (Encoding, error) { return t.encode(a, b) }

// Tokens returns the ids of a text alone: no special tokens are put around it, and it is neither cut nor filled.
func (t *Tokenizer) Tokens(s string) ([]int32, error) {
	w := t.workspaces.Get().(*workspace)
	defer t.release(w)
	w.ids = w.ids[:0]
	if err := t.tokenize(s, 0, w); err != nil {
		return nil, err
	}
	return slices.Clone(w.ids), nil
}

// Seen returns the part of a text that the tokens hold which [Tokenizer.Encode] keeps of it, and up to a sixteenth
// more: what is behind it (with truncation on the left: before it) makes no difference to a model. Without
// truncation that is the whole text.
func (t *Tokenizer) Seen(s string) (string, error) {
	if t.truncation == nil {
		return s, nil
	}
	return part(s, max(1, t.truncation.length-added(t.template.single)), t.truncation.left, t.Tokens)
}

// SeenLast returns the end of a text that the last n of its tokens hold, as Seen does.
func (t *Tokenizer) SeenLast(s string, n int) (string, error) { return part(s, n, true, t.Tokens) }

func (t *Tokenizer) encode(texts ...string) (Encoding, error) {
	w := t.workspaces.Get().(*workspace)
	defer t.release(w)
	w.ids = w.ids[:0]
	ids := make([][]int32, len(texts))
	ends := make([]int, len(texts))
	for i, s := range texts {
		if err := t.tokenize(s, t.limit(len(texts)), w); err != nil {
			return Encoding{}, err
		}
		ends[i] = len(w.ids)
	}
	start := 0
	for i, end := range ends { // w.ids has moved while it grew
		ids[i] = w.ids[start:end]
		start = end
	}
	steps := t.template.single
	if len(texts) == 2 {
		steps = t.template.pair
	}
	if t.truncation != nil {
		room := t.truncation.length - added(steps)
		if room < 0 {
			return Encoding{}, formatf("truncation: max_length %d has no room for %d special tokens", t.truncation.length, added(steps))
		}
		var err error
		if ids, err = t.truncation.apply(ids, room); err != nil {
			return Encoding{}, err
		}
	}
	e := compose(steps, ids)
	if t.padding != nil {
		e = t.padding.apply(e)
	}
	return e, nil
}

// compose fills a template.
func compose(steps []step, texts [][]int32) Encoding {
	n := 0
	for _, s := range steps {
		n += len(s.ids)
		if s.text != notText {
			n += len(texts[s.text])
		}
	}
	e := Encoding{make([]int32, 0, n), make([]int32, 0, n), make([]int32, 0, n)}
	for _, s := range steps {
		ids := s.ids
		if s.text != notText {
			ids = texts[s.text]
		}
		e.IDs = append(e.IDs, ids...)
		for range ids {
			e.TypeIDs, e.Mask = append(e.TypeIDs, s.kind), append(e.Mask, 1)
		}
	}
	return e
}

// release gives a workspace back, unless a long text has made it large.
func (t *Tokenizer) release(w *workspace) {
	const large = 1 << 16
	if cap(w.ids) < large && cap(w.best) < large && cap(w.symbols) < large && cap(w.pieces) < large && cap(w.next) < large {
		t.workspaces.Put(w)
	}
}

// checkText returns an error for a text that must not be encoded.
func checkText(s string) error {
	if len(s) > MaxText {
		return tooLong(len(s))
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: it is not UTF-8; convert the file", ErrText)
	}
	return nil
}

func tooLong(n int) error {
	return fmt.Errorf("%w: %d bytes, at most %d (%d once normalized)", ErrText, n, MaxText, maxNormalized)
}

package dataset

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// tokenized is a set of texts as token ids: samples of shape [length].
type tokenized struct {
	*TextSet
	with *tokenizer.Tokenizer
	size int
}

// adapt makes token ids of the texts, by the package's tokenizer.
func (t *TextSet) adapt(s Schema) (Dataset, error) {
	if s.Tokenizer == nil {
		return nil, fmt.Errorf("%w: texts, and the package has no tokenizer (tokenizer.json) that makes numbers of them", ErrShape)
	}
	size, err := countFeatures(s.Shape)
	if err != nil {
		return nil, err
	}
	return tokenized{t, s.Tokenizer, size}, nil
}

// Shape returns the number of token ids.
func (t tokenized) Shape() []int { return []int{t.size} }

// Sample writes the token ids of a text.
func (t tokenized) Sample(i int, dst []float32) (int, error) {
	texts, label, err := t.Text(i)
	if err != nil {
		return 0, err
	}
	if len(dst) != t.size {
		return 0, fmt.Errorf("%w: %d values, there are %d token ids", ErrBuffer, len(dst), t.size)
	}
	var e tokenizer.Encoding
	if len(texts) == 2 {
		e, err = t.with.EncodePair(texts[0], texts[1])
	} else {
		e, err = t.with.Encode(texts[0])
	}
	if err != nil {
		return 0, fmt.Errorf("text %d: %w", i, err)
	}
	if len(e.IDs) != len(dst) {
		return 0, fmt.Errorf("%w: text %d has %d token ids, want %d", ErrFormat, i, len(e.IDs), len(dst))
	}
	for j, id := range e.IDs {
		dst[j] = float32(id)
	}
	return label, nil
}

// seen is what of a text its tokens hold. Two texts that belong together are returned whole.
func (t tokenized) seen(i int) (texts []string, err error) {
	if texts, _, err = t.Text(i); err != nil || len(texts) != 1 {
		return texts, err
	}
	texts[0], err = t.with.Seen(texts[0])
	return texts, err
}

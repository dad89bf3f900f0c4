package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// TextSet is a set of labelled texts in memory: one a sample, or two that belong
// together, such as a premise and its hypothesis. It becomes samples of numbers
// once a package's tokenizer makes them ids ([Adapt]).
type TextSet struct {
	origin
	first, second []string // second is nil for single texts
	labels        []int32
	bytes         int // of all texts, with what a string costs
}

// stringCost is what a string takes beside its bytes.
const stringCost = 16

// add appends the texts of one sample.
func (t *TextSet) add(texts [2]string, pair bool) error {
	t.bytes += len(texts[0]) + len(texts[1]) + stringCost
	if pair {
		t.bytes += stringCost
	}
	if t.bytes > MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of text", ErrTooLarge, MaxBytes)
	}
	t.first = append(t.first, texts[0])
	if pair {
		t.second = append(t.second, texts[1])
	}
	return nil
}

// finish takes the labels.
func (t *TextSet) finish(labels *LabelReader, opts Options) (*TextSet, error) {
	if labels.Len() == 0 {
		return nil, fmt.Errorf("%w: no texts", ErrFormat)
	}
	var err error
	if t.labels, t.names, err = labels.Finish(); err != nil {
		return nil, err
	}
	t.listed = opts.Classes != nil
	return t, nil
}

// NewTexts returns a set of single texts and their classes, by the names in
// classes, which may be nil.
func NewTexts(texts []string, labels []int, classes []string) (*TextSet, error) {
	if len(texts) != len(labels) || len(texts) == 0 {
		return nil, fmt.Errorf("%w: %d texts and %d labels", ErrFormat, len(texts), len(labels))
	}
	t := &TextSet{first: slices.Clone(texts), labels: make([]int32, len(labels))}
	if classes == nil {
		classes = numberNames(slices.Max(labels) + 1)
	}
	for i, l := range labels {
		if l < 0 || l >= len(classes) {
			return nil, fmt.Errorf("%w: sample %d has label %d, want 0 to %d", ErrFormat, i, l, len(classes)-1)
		}
		t.labels[i] = int32(l)
	}
	t.names = slices.Clone(classes)
	return t, nil
}

// NewTextPairs is NewTexts for two texts a sample that belong together.
func NewTextPairs(first, second []string, labels []int, classes []string) (*TextSet, error) {
	if len(first) != len(second) {
		return nil, fmt.Errorf("%w: %d first texts and %d second ones", ErrFormat, len(first), len(second))
	}
	t, err := NewTexts(first, labels, classes)
	if err != nil {
		return nil, err
	}
	t.second = slices.Clone(second)
	return t, nil
}

// Len returns the number of samples.
func (t *TextSet) Len() int { return len(t.labels) }

// Shape returns nil: texts have no shape before they are tokenized.
func (t *TextSet) Shape() []int { return nil }

// Classes returns the number of classes.
func (t *TextSet) Classes() int { return len(t.names) }

// Text returns the texts of a sample, one or two, and its class.
func (t *TextSet) Text(i int) (texts []string, label int, err error) {
	if i < 0 || i >= len(t.labels) {
		return nil, 0, fmt.Errorf("%w: %d of %d", ErrIndex, i, len(t.labels))
	}
	texts = []string{t.first[i]}
	if t.second != nil {
		texts = append(texts, t.second[i])
	}
	return texts, int(t.labels[i]), nil
}

// Sample returns the class of a sample; dst must be empty, since a text is no
// numbers.
func (t *TextSet) Sample(i int, dst []float32) (int, error) {
	if len(dst) != 0 {
		return 0, fmt.Errorf("%w: this set holds texts; the package needs a tokenizer (tokenizer.json) to make numbers of them", ErrBuffer)
	}
	_, label, err := t.Text(i)
	return label, err
}

// content returns a sample's texts, for a Survey.
func (t *TextSet) content(i int) ([]byte, int, error) {
	texts, label, err := t.Text(i)
	return []byte(strings.Join(texts, "\x00")), label, err
}

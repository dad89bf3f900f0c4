package submission

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Kind is the kind of a submission's rows.
type Kind string

// The kinds of rows.
const (
	// Values are numbers with a label: data.jsonl with {"x": […], "y": …}, or data.npz with
	// arrays x and y.
	Values Kind = "values"
	// Pictures are PNG files in folders named after their classes: train/<class>/<name>.png.
	Pictures Kind = "pictures"
	// Texts have a label: data.jsonl with {"text": …, "label": …}.
	Texts Kind = "texts"
	// Conversations are turns of a user and an assistant: data.jsonl with
	// {"system": …, "conversations": [{"role", "content"}, …]}.
	Conversations Kind = "conversations"
)

// Known reports whether it is one of the four kinds.
func (k Kind) Known() bool { return k == Values || k == Pictures || k == Texts || k == Conversations }

// Bounds of every submission, whatever its round says.
const (
	// MaxRows bounds the rows that a round may take.
	MaxRows = 100_000
	// MaxBytes bounds what a round may say of the bytes of all files together: 256 MiB.
	MaxBytes = 256 << 20
	// DefaultBytes is that bound where a round does not say: 64 MiB.
	DefaultBytes = 64 << 20
	// MaxText bounds the bytes of a text, and of all contents of a conversation together:
	// 64 KiB.
	MaxText = dataset.MaxConversation
	// MaxTurns bounds the turns of a conversation.
	MaxTurns = dataset.MaxTurns
	// MaxPixels bounds the pixels of a picture: 4 mebipixels.
	MaxPixels = 4 << 20
	// maxValues bounds the values of a sample, as packages do.
	maxValues = 1 << 24
)

// Schema says what a round takes.
type Schema struct {
	Kind    Kind
	Shape   []int    // of a sample of values or pictures: [channels, height, width] of pictures
	Classes []string // names of labels 0, 1, …; none for conversations
	MinRows int      // at least so many rows; 0 means 1
	MaxRows int      // at most so many; 0 means MaxRows
	// MaxBytes bounds the sizes of all files together; 0 means DefaultBytes. What is larger
	// is invalid for everybody and need not be fetched.
	MaxBytes int64
}

// withDefaults fills in what is left open and checks the rest. An error is one of the round's
// package, not of a submission.
func (s Schema) withDefaults() (Schema, error) {
	if s.MinRows == 0 {
		s.MinRows = 1
	}
	if s.MaxRows == 0 {
		s.MaxRows = MaxRows
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = DefaultBytes
	}
	switch {
	case !s.Kind.Known():
		return s, fmt.Errorf("submission: kind %.60q: want %q, %q, %q or %q", s.Kind, Values, Pictures, Texts, Conversations)
	case s.MinRows < 1 || s.MaxRows < s.MinRows || s.MaxRows > MaxRows:
		return s, fmt.Errorf("submission: %d to %d rows: want 1 to %d", s.MinRows, s.MaxRows, MaxRows)
	case s.MaxBytes < 0 || s.MaxBytes > MaxBytes:
		return s, fmt.Errorf("submission: %d bytes: want at most %d", s.MaxBytes, MaxBytes)
	case s.Kind != Conversations && len(s.Classes) == 0:
		return s, fmt.Errorf("submission: %s need the names of the classes", s.Kind)
	case (s.Kind == Values || s.Kind == Pictures) && s.features() < 1:
		return s, fmt.Errorf("submission: %s need the shape of a sample, of at most %d values; it is %v", s.Kind, maxValues, s.Shape)
	case s.Kind == Pictures && (len(s.Shape) != 3 || s.Shape[0] != 1 && s.Shape[0] != 3):
		return s, fmt.Errorf("submission: pictures become samples of [1, height, width] or [3, height, width], not %v", s.Shape)
	}
	return s, nil
}

// features is the number of values of a sample; 0 if the shape is out of range.
func (s Schema) features() int {
	n := 1
	for _, d := range s.Shape {
		if d < 1 || n > maxValues/d {
			return 0
		}
		n *= d
	}
	if len(s.Shape) == 0 {
		return 0
	}
	return n
}

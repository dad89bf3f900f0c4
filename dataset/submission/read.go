package submission

import (
	"io/fs"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Turn is one turn of a conversation.
type Turn struct {
	Role    string `json:"role"` // "user" or "assistant"
	Content string `json:"content"`
}

// Conversation is a row of [Conversations].
type Conversation struct {
	System string `json:"system,omitempty"` // what the assistant was told; may be empty
	Turns  []Turn `json:"conversations"`    // a user's and an assistant's in turns
}

// Set is a submission that was read and keeps all rules.
type Set struct {
	// Manifest is what data.json says.
	Manifest Manifest

	data  dataset.Described // of values, pictures and texts
	texts *dataset.TextSet  // of texts, the same
	talks []Conversation
}

// Len is the number of rows.
func (s *Set) Len() int { return s.Manifest.Rows }

// Dataset is the rows as samples with their classes, for a package to adapt; nil for
// conversations.
func (s *Set) Dataset() dataset.Described { return s.data }

// Conversation is row i of conversations, 0 ≤ i < Len.
func (s *Set) Conversation(i int) Conversation { return s.talks[i] }

// Text is what row i says, for comparing it with others: a text, or all that the user and
// the assistant say; empty for other kinds.
func (s *Set) Text(i int) string {
	if s.talks != nil {
		said := make([]string, len(s.talks[i].Turns))
		for k, t := range s.talks[i].Turns {
			said[k] = t.Content
		}
		return strings.Join(said, "\n")
	}
	if s.texts == nil {
		return ""
	}
	said, _, err := s.texts.Text(i)
	if err != nil {
		return ""
	}
	return strings.Join(said, "\n")
}

// Read reads and verifies a submission. What it holds need not be trusted: names, sizes and
// numbers of files come first, and nothing is allocated or unpacked beyond what the schema
// allows, so that it takes a few times schema.MaxBytes of memory.
//
// An [*Invalid] is about the submission, and the same for everybody: it scores 0. Any other
// error is one of fsys, or of the schema, and says nothing about it.
func Read(fsys fs.FS, schema Schema) (*Set, error) {
	schema, err := schema.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &reader{fsys: fsys, schema: schema}
	if r.classes, err = newClasses(schema.Classes); err != nil {
		return nil, err
	}
	if err := r.list(); err != nil {
		return nil, err
	}
	s := &Set{}
	if s.Manifest, err = r.manifest(); err != nil {
		return nil, err
	}
	switch {
	case schema.Kind == Pictures:
		s.data, err = r.pictures(s.Manifest.Rows)
	case schema.Kind == Conversations:
		s.talks, err = r.conversations(s.Manifest.Rows)
	case schema.Kind == Texts:
		s.texts, err = r.textRows(s.Manifest.Rows)
		s.data = s.texts
	case r.has(ArrayFile):
		s.data, err = r.arrays(s.Manifest.Rows)
	default:
		s.data, err = r.valueRows(s.Manifest.Rows)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

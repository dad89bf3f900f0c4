package submission

import (
	"io/fs"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// Set is a submission that was read and keeps all rules.
type Set struct {
	// Manifest is what data.json says.
	Manifest Manifest

	data dataset.Described
}

// Len is the number of rows.
func (s *Set) Len() int { return s.Manifest.Rows }

// Dataset is the rows for a package to adapt: samples with their classes, or a
// [dataset.ConversationSet].
func (s *Set) Dataset() dataset.Described { return s.data }

// Text is what row i says, for comparing it with others: a text, or all that the user and
// the assistant say; empty for other kinds.
func (s *Set) Text(i int) string {
	set, ok := s.data.(texter)
	if !ok {
		return ""
	}
	said, _, err := set.Text(i)
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
		s.data, err = r.conversations(s.Manifest.Rows)
	case schema.Kind == Texts:
		s.data, err = r.textRows(s.Manifest.Rows)
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

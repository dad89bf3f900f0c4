package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/audio"
	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// ErrShape means that samples have another shape than a package takes.
var ErrShape = errors.New("dataset: samples of another shape")

// Schema is what a model package states about the samples it takes.
type Schema struct {
	// Shape of a sample; nil if the package does not say.
	Shape []int
	// Classes are the names of the labels; nil if the package does not say.
	// Names "0", "1", … say no more than the number.
	Classes []string
	// Columns of a table that are the features; nil for other sets.
	Columns []Column
	// Resize of pictures; nil for height and width each by itself.
	Resize *Resize
	// Tokenizer makes token ids of texts, as many as Shape has values; nil if
	// the package takes no texts, or makes a token of each byte of a conversation.
	Tokenizer *tokenizer.Tokenizer
	// Audio says what becomes of recordings; nil if the package takes none.
	Audio *audio.Spec
}

// Adapt returns ds as a package takes it, or an error that says in which point
// it does not fit. It is the one check where a data set meets a package:
//
//   - Labels are numbered by the package's classes, found by name. A class that
//     occurs in ds and that the package does not name is an ErrClass; what ds
//     lacks is fine. Where only one side has names, numbers count only if the
//     order of the names was agreed on (Options.Classes, or the data set's own).
//     A set that says nothing of its classes ([ClassNames]) is taken at its word.
//   - The shape must be the package's; sizes of 1 do not count, and a sample of
//     one dimension may have any shape with as many values. Otherwise it is an
//     ErrShape. Pictures are resized.
//   - Texts become token ids, by the package's tokenizer, and so do conversations, each
//     token with a label ([Sequences]); recordings get its rate and length, or become
//     spectrograms.
//   - A table is read again if the package's columns are others or in another
//     order than the file's.
func Adapt(ds Dataset, s Schema) (Dataset, error) {
	var err error
	switch d := ds.(type) { // a caller's type that embeds one of these has a Sample of its own
	case *Memory:
		ds, err = d.adapt(s)
	case *ImageFolder:
		ds, err = d.adapt(s)
	case *Pictures:
		ds, err = d.adapt(s)
	case *TextSet:
		ds, err = d.adapt(s)
	case *ConversationSet:
		ds, err = d.adapt(s)
	case *WaveFolder:
		ds, err = d.adapt(s)
	case subset:
		ds, err = d.adapt(s)
	case describedSubset:
		ds, err = d.adapt(s)
	default:
		ds, err = s.shaped(ds)
	}
	if err != nil {
		return nil, err
	}
	return relabel(ds, s.Classes)
}

// shaped compares the shape of a set with the schema's, and resizes images in
// memory.
func (s Schema) shaped(ds Dataset) (Dataset, error) {
	if own := Columns(ds); own != nil && len(s.Columns) > 0 && !sameColumns(own, s.Columns) {
		return nil, columnsError(own, s.Columns)
	}
	d, ok := ds.(Described)
	if !ok || s.Shape == nil || sameShape(d.Shape(), s.Shape) {
		return ds, nil
	}
	if shape := d.Shape(); s.Resize != nil && isImage(shape) && isImage(s.Shape) && shape[0] == s.Shape[0] {
		return &resizedSet{of: d, shape: s.Shape, resize: *s.Resize}, nil
	}
	have, _ := countFeatures(d.Shape())
	want, _ := countFeatures(s.Shape)
	return nil, fmt.Errorf("%w: %v (%d values), and the package takes %v (%d)", ErrShape, d.Shape(), have, s.Shape, want)
}

func isImage(shape []int) bool { return len(shape) == 3 && (shape[0] == 1 || shape[0] == 3) }

// sameShape reports whether values in a row mean the same for both shapes.
func sameShape(a, b []int) bool {
	one := func(d int) bool { return d == 1 }
	a, b = slices.DeleteFunc(slices.Clone(a), one), slices.DeleteFunc(slices.Clone(b), one)
	if len(a) <= 1 || len(b) <= 1 {
		n, _ := countFeatures(append(a, 1))
		m, _ := countFeatures(append(b, 1))
		return n == m
	}
	return slices.Equal(a, b)
}

func (m *Memory) adapt(s Schema) (Dataset, error) {
	if len(s.Columns) == 0 || m.columns == nil || m.reopen == nil || sameColumns(m.columns, s.Columns) {
		return s.shaped(m)
	}
	again, err := m.reopen(s.Columns)
	if err != nil {
		return nil, fmt.Errorf("with the package's columns: %w", err)
	}
	return s.shaped(again)
}

// sameColumns reports whether the table's features are already those of the
// package.
func sameColumns(own, columns []Column) bool { return slices.EqualFunc(own, columns, sameColumn) }

// sameColumn compares a column with the package's. A package that fills nothing
// in leaves it to everybody what becomes of the missing values of their own.
func sameColumn(own, column Column) bool {
	sameFill := own.Fill == nil || column.Fill == nil || *own.Fill == *column.Fill
	return (own.Name == column.Name || own.Name == "" || column.Name == "") && slices.Equal(own.Values, column.Values) && sameFill
}

// columnsError says in what columns differ from the package's.
func columnsError(own, columns []Column) error {
	for i := range min(len(own), len(columns)) {
		a, b := own[i], columns[i]
		if a.Name != b.Name || sameColumn(a, b) {
			continue
		}
		if !slices.Equal(a.Values, b.Values) {
			return fmt.Errorf("%w: column %.60q has %s, and the package takes %s", ErrShape, a.Name, valuesOf(a), valuesOf(b))
		}
		return fmt.Errorf("%w: missing values of column %.60q were replaced by %v, and the package takes %v", ErrShape, a.Name, *a.Fill, *b.Fill)
	}
	return fmt.Errorf("%w: columns %s, and the package takes %s", ErrShape, listColumns(own), listColumns(columns))
}

// valuesOf says what a column holds.
func valuesOf(c Column) string {
	if c.Values == nil {
		return "numbers"
	}
	return "the names " + listNames(c.Values)
}

func listColumns(columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return listNames(names)
}

func (s subset) adapt(schema Schema) (Dataset, error) {
	if c, ok := s.ds.(*ConversationSet); ok {
		return c.pick(s.indices).adapt(schema)
	}
	ds, err := Adapt(s.ds, schema)
	if err != nil {
		return nil, err
	}
	return Subset(ds, s.indices)
}

// relabel numbers labels as the list of classes does.
func relabel(ds Dataset, classes []string) (Dataset, error) {
	names := ClassNames(ds)
	if names == nil || classes == nil || slices.Equal(names, classes) {
		return ds, nil
	}
	list, err := NewClassList(classes)
	if err != nil {
		return nil, fmt.Errorf("the package's classes: %w", err)
	}
	agreed := false
	if l, ok := ds.(interface{ isListed() bool }); ok {
		agreed = l.isListed()
	}
	numbered, unnamed := allNumbers(names), slices.Equal(classes, numberNames(len(classes)))
	switch {
	case unnamed && !numbered && agreed && len(names) <= len(classes):
		return ds, nil
	case unnamed && !numbered:
		return nil, fmt.Errorf("%w: the package numbers its classes 0 to %d, and this data names %s: list the names in the package's order (Options.Classes)",
			ErrClass, len(classes)-1, listNames(names))
	case numbered && !list.numbers:
		return nil, fmt.Errorf("%w: the package names its classes %s, and this data only numbers them: list the names in the order of the numbers (Options.Classes)",
			ErrClass, listNames(classes))
	}
	to := make([]int, len(names))
	same := true
	for i, name := range names {
		if to[i], _, err = list.index(name); err != nil {
			to[i] = -1
		}
		same = same && to[i] == i
	}
	if same {
		return ds, nil
	}
	return newRelabelled(ds, to, list)
}

func allNumbers(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, is := parseNumber(strings.TrimSpace(n)); return !is })
}

package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// ReadTextJSONL reads one JSON object per line, gzipped or plain, with a field
// of text, or two (opts.Text), and one of the label (opts.Label; label, else y).
// Where opts.Text is empty the text is field text, or what such fields are
// usually called. Errors about a line are a [RowError].
func ReadTextJSONL(r io.Reader, opts Options) (*TextSet, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	labels, err := NewLabelReader(opts)
	if err != nil {
		return nil, err
	}
	l := &textLines{opts: opts, labels: labels}
	if err := eachJSONLine(r, l.add); err != nil {
		return nil, err
	}
	return l.set.finish(l.labels, opts)
}

// OpenTextJSONL reads a file. See ReadTextJSONL.
func OpenTextJSONL(path string, opts Options) (*TextSet, error) {
	return openText(path, opts, ReadTextJSONL)
}

var errNoText = fmt.Errorf("%w: no field holds text", ErrFormat)

// textLines collects the texts and labels of JSON lines.
type textLines struct {
	opts   Options
	fields []string // of the text; found in the first line
	label  string
	labels *LabelReader
	set    TextSet
}

// add takes one line.
func (l *textLines) add(fields jsonFields, line int) error {
	if l.fields == nil {
		if err := l.choose(fields); err != nil {
			return err
		}
	}
	if l.opts.Missing == MissingDrop && fields.lacks(l.label) {
		return nil
	}
	label, err := fields.label(l.label)
	if err != nil {
		return err
	}
	if err := l.labels.Add(label, line); err != nil {
		return fmt.Errorf("field %.40q: %w", l.label, err)
	}
	var texts [2]string
	for i, name := range l.fields {
		if !fields.isString(name) {
			return fmt.Errorf("%w: field %.40q is no text", ErrFormat, name)
		}
		if err := json.Unmarshal(fields[name], &texts[i]); err != nil {
			return fmt.Errorf("%w: field %.40q: %w", ErrFormat, name, err)
		}
	}
	return l.set.add(texts, len(l.fields) == 2)
}

// choose decides by the first line which fields are read.
func (l *textLines) choose(fields jsonFields) error {
	l.label = fields.labelField(l.opts.Label)
	names := slices.Sorted(maps.Keys(fields))
	columns, err := chooseTexts(names, func(i int) bool { return names[i] != l.label && fields.isString(names[i]) }, l.opts.Text)
	if err != nil {
		return err
	}
	if len(columns) == 0 {
		return fmt.Errorf("%w; there are %s", errNoText, listNames(names))
	}
	for _, c := range columns {
		l.fields = append(l.fields, names[c])
		l.set.notes = append(l.set.notes, fmt.Sprintf("the text is field %q", names[c]))
	}
	return nil
}

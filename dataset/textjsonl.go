package dataset

import (
	"fmt"
	"io"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
)

// ReadTextJSONL reads one JSON object per line, gzipped or plain, with a field
// of text, or two (opts.Text), and one of the label (opts.Label; label or y).
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
func (l *textLines) add(row *jsonrow.Row, line int) error {
	if l.fields == nil {
		if err := l.choose(row); err != nil {
			return err
		}
	}
	texts, label, err := l.values(row)
	if err != nil {
		return err
	}
	if l.opts.Missing == MissingDrop && isMissing(label) {
		return nil
	}
	if label, err = labelText(l.label, label); err != nil {
		return err
	}
	if err := l.labels.Add(label, line); err != nil {
		return fmt.Errorf("field %.40q: %w", l.label, err)
	}
	var strings [2]string
	for i, name := range l.fields {
		if !jsonrow.IsString(texts[i]) {
			return fmt.Errorf("%w: field %.40q is no text", ErrFormat, name)
		}
		if strings[i], err = jsonText(name, texts[i]); err != nil {
			return err
		}
	}
	return l.set.add(strings, len(l.fields) == 2)
}

// values returns the values of the fields of text and of the label.
func (l *textLines) values(row *jsonrow.Row) (texts [2][]byte, label []byte, err error) {
	for row.Next() && err == nil {
		if string(row.Name()) == l.label {
			err = field(row, &label)
		} else if i := slices.Index(l.fields, string(row.Name())); i >= 0 {
			err = field(row, &texts[i])
		}
	}
	if err == nil {
		err = rowError(row)
	}
	return texts, label, err
}

// choose decides by the first line which fields are read.
func (l *textLines) choose(row *jsonrow.Row) error {
	isText := map[string]bool{}
	for row.Next() {
		name := string(row.Name())
		isText[name] = jsonrow.IsString(row.Value())
	}
	if err := rowError(row); err != nil {
		return err
	}
	names := fieldNames(row)
	var err error
	if l.label, err = labelField(l.opts.Label, names); err != nil {
		return err
	}
	columns, err := chooseTexts(names, func(i int) bool { return names[i] != l.label && isText[names[i]] }, l.opts.Text)
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

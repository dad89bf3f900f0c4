package dataset

import (
	"cmp"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset/internal/jsonrow"
	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ReadJSONL reads one JSON object per line, gzipped or plain: field x (or
// Options.X) is the sample, a list of numbers, field label or y (or
// Options.Label) the label, a number or a name. Every sample must have the same
// number of values, which is its shape. Errors about a line are a [RowError].
func ReadJSONL(r io.Reader, opts Options) (*Memory, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	labels, err := NewLabelReader(opts)
	if err != nil {
		return nil, err
	}
	l := &jsonLines{xField: cmp.Or(opts.X, "x"), yField: opts.Label, labels: labels}
	if err := eachJSONLine(r, l.add); err != nil {
		return nil, err
	}
	if labels.Len() == 0 {
		return nil, fmt.Errorf("%w: no lines", ErrFormat)
	}
	y, names, err := labels.Finish()
	if err != nil {
		return nil, err
	}
	m, err := newRows(l.x, len(names), y)
	if err != nil {
		return nil, err
	}
	m.names, m.listed = names, opts.Classes != nil
	return m, nil
}

// jsonLines collects samples and labels.
type jsonLines struct {
	xField, yField string
	labels         *LabelReader
	row            []float32 // of the present line
	x              blocks
}

// add takes one line.
func (l *jsonLines) add(row *jsonrow.Row, line int) error {
	if l.labels.Len() == 0 {
		var err error
		if l.yField, err = labelField(l.yField, fieldNames(row)); err != nil {
			return err
		}
		if l.yField == l.xField {
			return fmt.Errorf("%w: field %.40q cannot be features and label", ErrFormat, l.xField)
		}
	}
	label, err := l.values(row)
	if err != nil {
		return err
	}
	if l.labels.Len() == 0 {
		l.x = newBlocks(len(l.row))
	}
	if len(l.row) != l.x.width {
		return fmt.Errorf("%w: %d values, %d before", ErrFormat, len(l.row), l.x.width)
	}
	x, err := l.x.add()
	if err != nil {
		return err
	}
	copy(x, l.row)
	if label, err = labelText(l.yField, label); err != nil {
		return err
	}
	return l.labels.Add(label, line)
}

// values reads the numbers of a line into l.row, and returns the value of its
// label.
func (l *jsonLines) values(row *jsonrow.Row) (label []byte, err error) {
	l.row = l.row[:0]
	for row.Next() && err == nil {
		switch name := string(row.Name()); {
		case name == l.yField:
			err = field(row, &label)
		case name != l.xField:
		case len(l.row) > 0:
			err = errTwice(row)
		default:
			l.row = row.Numbers(l.row)
		}
	}
	if err == nil {
		err = rowError(row)
	}
	if err == nil && len(l.row) == 0 {
		names := fieldNames(row)
		return nil, fmt.Errorf("%w: no field %.40q; there are %s (Options.X; columns as fields of their own belong into a CSV file)%s", ErrFormat,
			l.xField, listNames(names), notTurns(names))
	}
	return label, err
}

// OpenJSONL reads a file of JSON lines. See ReadJSONL.
func OpenJSONL(path string, opts Options) (*Memory, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadJSONL(f, opts)
	if err != nil {
		return nil, inFile(path, err)
	}
	return m, nil
}

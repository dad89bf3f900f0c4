package dataset

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
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
	m, err := newMemory([]int{l.columns}, len(names), l.x, nil, y)
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
	columns        int
	x              []float32
}

// add takes one line.
func (l *jsonLines) add(fields jsonFields, line int) error {
	l.yField = fields.labelField(l.yField)
	before := len(l.x)
	list, ok := fields[l.xField]
	if !ok {
		return fmt.Errorf("%w: no field %.40q; there are %s (Options.X; columns as fields of their own belong into a CSV file)", ErrFormat,
			l.xField, listNames(slices.Sorted(maps.Keys(fields))))
	}
	var err error
	if l.x, err = appendNumbers(l.x, list); err != nil {
		return fmt.Errorf("field %.40q: %w", l.xField, err)
	}
	n := len(l.x) - before
	if l.columns != 0 && n != l.columns {
		return fmt.Errorf("%w: %d values, %d before", ErrFormat, n, l.columns)
	}
	l.columns = n
	if 4*len(l.x) > MaxBytes {
		return fmt.Errorf("%w: more than %d values", ErrTooLarge, before)
	}
	label, err := fields.label(l.yField)
	if err != nil {
		return err
	}
	return l.labels.Add(label, line)
}

// appendNumbers appends the numbers of a JSON list, at least one.
func appendNumbers(x []float32, list json.RawMessage) ([]float32, error) {
	list = bytes.TrimSpace(list)
	if len(list) < 2 || list[0] != '[' {
		return x, fmt.Errorf("%w: not a list of numbers", ErrFormat)
	}
	list = list[1 : len(list)-1]
	for {
		cell, rest, more := bytes.Cut(list, []byte(","))
		v, ok := parseFloat32(cell, false)
		if !ok {
			return x, fmt.Errorf("%w: %.40q is not a finite number", ErrFormat, bytes.TrimSpace(cell[:min(len(cell), 100)]))
		}
		x = append(x, v)
		if list = rest; !more {
			return x, nil
		}
	}
}

// OpenJSONL reads a file of JSON lines. See ReadJSONL.
func OpenJSONL(path string, opts Options) (*Memory, error) {
	f, err := os.Open(path)
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

package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// maxLine is the longest line of JSON, in bytes.
const maxLine = 16 << 20

// JSONLOptions says which fields hold sample and label.
type JSONLOptions struct {
	// X is the field of the sample, a list of numbers. Default: "x".
	X string
	// Y is the field of the label, a whole number or a name. Default: "y".
	Y string
	// Classes lists the labels in order. Default: as in CSVOptions.
	Classes []string
}

// ReadJSONL reads one JSON object per line, gzipped or plain. Every sample must
// have the same number of values, which is its shape.
func ReadJSONL(r io.Reader, opts JSONLOptions) (*Memory, error) {
	r, err := gunzip(r)
	if err != nil {
		return nil, err
	}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxLine)
	var x []float32
	var labels []string
	columns := 0
	for line := 1; scan.Scan(); line++ {
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		values, label, err := jsonSample(scan.Bytes(), cmp.Or(opts.X, "x"), cmp.Or(opts.Y, "y"))
		if err == nil && columns != 0 && len(values) != columns {
			err = fmt.Errorf("%w: %d values, %d before", ErrFormat, len(values), columns)
		}
		if err == nil && 4*(len(x)+len(values)) > MaxBytes {
			err = fmt.Errorf("%w: more than %d values", ErrTooLarge, len(x))
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		columns = len(values)
		x, labels = append(x, values...), append(labels, label)
	}
	if err := scan.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrTooLarge, maxLine)
	} else if err != nil {
		return nil, readError(err)
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%w: no lines", ErrFormat)
	}
	y, classes, err := numberLabels(labels, opts.Classes)
	if err != nil {
		return nil, err
	}
	return New([]int{columns}, classes, x, y)
}

// jsonSample reads one line.
func jsonSample(line []byte, xField, yField string) ([]float32, string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var list []*float32 // pointers distinguish null from 0
	err := json.Unmarshal(fields[xField], &list)
	if err != nil || len(list) == 0 || slices.Contains(list, nil) {
		return nil, "", fmt.Errorf("%w: field %.40q is not a list of numbers", ErrFormat, xField)
	}
	values := make([]float32, len(list))
	for i, v := range list {
		values[i] = *v
	}
	var label any
	d := json.NewDecoder(bytes.NewReader(fields[yField]))
	d.UseNumber()
	if err := d.Decode(&label); err == nil {
		switch l := label.(type) {
		case string:
			return values, l, nil
		case json.Number:
			return values, l.String(), nil
		}
	}
	return nil, "", fmt.Errorf("%w: field %.40q is not a label (a whole number or a name)", ErrFormat, yField)
}

// OpenJSONL reads a file of JSON lines. See ReadJSONL.
func OpenJSONL(path string, opts JSONLOptions) (*Memory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadJSONL(f, opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

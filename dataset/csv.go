package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// maxColumns bounds a CSV file's columns.
const maxColumns = 1 << 16

// CSVOptions says how a table is laid out. The zero value reads comma-separated
// values without a header, with the label in the last column.
type CSVOptions struct {
	// Comma is the separator of columns, '\t' for TSV. Default: ','.
	Comma rune
	// Header says that the first line names the columns.
	Header bool
	// Label is the column of the label: its name in the header, or its index
	// from
	// 0. Default: the last column.
	Label string
	// Classes lists the labels in order, so that every file of a data set gets
	// the same class numbers. Default: whole numbers from 0 are class numbers;
	// other labels are numbered in alphabetical order.
	Classes []string
}

// ReadCSV reads a table of numbers with one label column, gzipped or plain.
// Each row is a sample of shape [columns-1] and must have all columns. The
// error for an empty cell, NaN or infinity names the line.
func ReadCSV(r io.Reader, opts CSVOptions) (*Memory, error) {
	r, err := gunzip(r)
	if err != nil {
		return nil, err
	}
	limited := &io.LimitedReader{R: r, N: MaxBytes}
	c := csv.NewReader(limited)
	c.ReuseRecord = true
	if opts.Comma != 0 {
		c.Comma = opts.Comma
	}
	t := &rows{opts: opts}
	for {
		record, err := c.Read()
		if err == io.EOF {
			break
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err != nil {
			return nil, readError(err)
		}
		line, _ := c.FieldPos(0)
		if err := t.add(record); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if limited.N <= 0 {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxBytes)
	}
	if len(t.labels) == 0 {
		return nil, fmt.Errorf("%w: no rows", ErrFormat)
	}
	y, classes, err := numberLabels(t.labels, opts.Classes)
	if err != nil {
		return nil, err
	}
	return New([]int{t.columns - 1}, classes, t.values, y)
}

// OpenCSV reads a CSV file. See ReadCSV.
func OpenCSV(path string, opts CSVOptions) (*Memory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadCSV(f, opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// rows collects the samples and labels of a table.
type rows struct {
	opts    CSVOptions
	columns int // 0 before the first line
	label   int // column of the label
	values  []float32
	labels  []string
}

func (t *rows) add(record []string) error {
	if t.columns == 0 {
		if err := t.start(record); err != nil || t.opts.Header {
			return err
		}
	}
	if 4*(len(t.values)+len(record)) > MaxBytes {
		return fmt.Errorf("%w: more than %d values", ErrTooLarge, len(t.values))
	}
	for i, cell := range record {
		if i == t.label {
			t.labels = append(t.labels, strings.Clone(strings.TrimSpace(cell)))
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(cell), 32)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: column %d: %.40q is not a finite number", ErrFormat, i, cell)
		}
		t.values = append(t.values, float32(v))
	}
	return nil
}

// start determines the columns from the first line; encoding/csv checks that
// the other lines have as many.
func (t *rows) start(record []string) error {
	t.columns = len(record)
	if t.columns < 2 || t.columns > maxColumns {
		return fmt.Errorf("%w: %d columns, want 2 to %d", ErrFormat, t.columns, maxColumns)
	}
	t.label = t.columns - 1
	if t.opts.Label == "" {
		return nil
	}
	if t.opts.Header {
		if i := slices.IndexFunc(record, func(name string) bool { return strings.TrimSpace(name) == t.opts.Label }); i >= 0 {
			t.label = i
			return nil
		}
	}
	i, err := strconv.Atoi(t.opts.Label)
	if err != nil || i < 0 || i >= t.columns {
		return fmt.Errorf("%w: no column %.60q", ErrFormat, t.opts.Label)
	}
	t.label = i
	return nil
}

// numberLabels turns labels into class numbers.
func numberLabels(labels, classes []string) ([]int, int, error) {
	y := make([]int, len(labels))
	if classes == nil && wholeNumbers(labels, y) {
		return y, 0, nil
	}
	if classes == nil {
		names := map[string]bool{}
		for _, l := range labels {
			names[l] = true
		}
		classes = slices.Sorted(maps.Keys(names))
	}
	number := make(map[string]int, len(classes))
	for i, name := range classes {
		number[name] = i
	}
	for i, l := range labels {
		var ok bool
		if y[i], ok = number[l]; !ok {
			return nil, 0, fmt.Errorf("%w: sample %d has label %.60q, which is not one of the %d classes", ErrFormat, i, l, len(classes))
		}
	}
	return y, len(classes), nil
}

// wholeNumbers parses labels that are all class numbers into y, or returns
// false.
func wholeNumbers(labels []string, y []int) bool {
	for i, l := range labels {
		v, err := strconv.ParseUint(l, 10, 16)
		if err != nil {
			return false
		}
		y[i] = int(v)
	}
	return true
}

package dataset

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset/internal/decimal"
	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ReadCSV reads a table with one label column, gzipped or plain: a sample is a
// row, of shape [features]. Separator, header and label's column are detected
// where the options leave them open; what was decided is in [Notes]. A first line
// that counts rows and features and names the classes, as in scikit-learn's
// tables, is told from a row and from a header. Every row must have all
// columns. Errors about a row are a [RowError] with the line, and nothing is read
// halfway: one bad cell refuses the table.
func ReadCSV(r io.Reader, opts Options) (*Memory, error) {
	t, err := newTableReader(r, opts)
	if err != nil {
		return nil, err
	}
	rows, err := newTableRows(t.layout, opts)
	if err != nil {
		return nil, err
	}
	if err := t.eachRow(rows.add); err != nil {
		return nil, err
	}
	return rows.finish()
}

// OpenCSV reads a CSV file. See ReadCSV.
func OpenCSV(path string, opts Options) (*Memory, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := ReadCSV(f, opts)
	if err != nil {
		return nil, inFile(path, err)
	}
	m.reopen = func(columns []Column) (*Memory, error) {
		opts := opts
		opts.Columns, opts.Categorical, opts.Ignore = columns, nil, nil
		return OpenCSV(path, opts)
	}
	return m, nil
}

// tableRows collects the samples and labels of a table.
type tableRows struct {
	*layout
	missing Missing
	labels  *LabelReader
	// values are those of the columns of numbers, row by row
	values blocks
	// numbers are the places of the columns of numbers among the features
	numbers []int
	// codes are the readers of categorical columns; nil for numbers
	codes   []*LabelReader
	dropped int
	filled  int
}

func newTableRows(l *layout, opts Options) (*tableRows, error) {
	if len(opts.Columns) == 0 {
		if err := l.checkNames(); err != nil {
			return nil, err
		}
	}
	t := &tableRows{layout: l, missing: opts.Missing, codes: make([]*LabelReader, len(l.schema))}
	var err error
	if t.labels, err = NewLabelReader(l.counted.options(opts)); err != nil {
		return nil, err
	}
	for i, c := range l.schema {
		if c.Values == nil {
			t.numbers = append(t.numbers, i)
			continue
		}
		if t.codes[i], err = newValueReader(c.Values); err != nil {
			return nil, fmt.Errorf("column %s: %w", l.title(l.features[i]), err)
		}
	}
	t.values = newBlocks(len(t.numbers))
	return t, nil
}

// add takes one row.
func (t *tableRows) add(cells [][]byte, line int) error {
	if t.missing == MissingDrop && t.lacks(cells) {
		t.dropped++
		return nil
	}
	if rows := t.labels.Len(); 4*(len(t.schema)+1) > MaxBytes-4*(len(t.schema)+1)*rows { // names are numbers later, one or more; the label is one
		return &RowError{Line: line, Err: fmt.Errorf("%w: more than %d rows of %d features", ErrTooLarge, rows, len(t.schema))}
	}
	row, err := t.values.add()
	if err != nil {
		return &RowError{Line: line, Err: err}
	}
	if err := addLabel(t.labels, bytes.TrimSpace(cells[t.label]), line); err != nil {
		return t.wrong(line, t.label, err)
	}
	for i, column := range t.features {
		if t.codes[i] != nil {
			err = t.addName(t.codes[i], bytes.TrimSpace(cells[column]), line)
		} else {
			row[0], err = t.number(cells[column], column, t.schema[i].Fill != nil)
			row = row[1:]
		}
		if err != nil {
			return t.wrong(line, column, err)
		}
	}
	return nil
}

// addLabel takes the label of a row of text, in which NUL is no letter.
func addLabel(labels *LabelReader, label []byte, line int) error {
	if bytes.IndexByte(label, 0) >= 0 {
		return fmt.Errorf("%w: %.60q has a NUL byte, as files have that are no text", ErrFormat, label)
	}
	return labels.Add(label, line)
}

// wrong is an error about one cell.
func (t *tableRows) wrong(line, column int, err error) error {
	if line == 1 && t.names == nil {
		err = fmt.Errorf("%w (if the first line names the columns, say so: Options.Header)", err)
	}
	if column == t.label && t.guessed {
		err = fmt.Errorf("%w (the last column is taken for the label, since none is called so: Options.Label)", err)
	}
	return &RowError{Line: line, Column: t.title(column), Err: err}
}

// lacks reports whether a row has a missing value.
func (t *tableRows) lacks(cells [][]byte) bool {
	if t.labels.Missing(bytes.TrimSpace(cells[t.label])) {
		return true
	}
	for i, column := range t.features {
		cell := bytes.TrimSpace(cells[column])
		if t.codes[i] != nil && t.codes[i].Missing(cell) || t.codes[i] == nil && len(cell) <= 8 && missingMarks[string(cell)] {
			return true
		}
	}
	return false
}

func (t *tableRows) addName(codes *LabelReader, cell []byte, line int) error {
	if t.missing == MissingImpute && codes.Missing(cell) {
		t.filled++
		codes.addMissing()
		return nil
	}
	return addLabel(codes, cell, line)
}

// number parses a cell; what is to be filled in is NaN.
func (t *tableRows) number(cell []byte, column int, fill bool) (float32, error) {
	v, ok := parseFloat32(cell, t.decimalComma)
	if ok {
		return v, nil
	}
	text := strings.TrimSpace(string(cell[:min(len(cell), 100)]))
	if missingMarks[text] {
		if t.missing == MissingImpute || fill {
			t.filled++
			return float32(math.NaN()), nil
		}
		return 0, fmt.Errorf("%w: the value is missing (%q); Options.Missing can drop or impute it", ErrFormat, text)
	}
	return 0, fmt.Errorf("%w: %.40q is not a finite number%s; Options.Categorical makes names features, Options.Ignore leaves a column out, Options.Text reads texts",
		ErrFormat, text, t.listWords(column))
}

// parseFloat32 parses a finite decimal number with spaces around it.
func parseFloat32(cell []byte, decimalComma bool) (float32, bool) {
	if v, n := decimal.Parse(cell); n == len(cell) && n > 0 {
		return v, v-v == 0
	}
	cell = bytes.TrimSpace(cell)
	if len(cell) == 0 || cell[len(cell)-1] > '9' || len(cell) > 2 && (cell[1]|0x20 == 'x' || cell[2]|0x20 == 'x') {
		return 0, false // a name, "inf" and "nan" among them, or Go's hexadecimal form
	}
	if decimalComma {
		cell = bytes.Replace(cell, []byte(","), []byte("."), 1)
	}
	if v, n := decimal.Parse(cell); n == len(cell) {
		return v, v-v == 0
	}
	v, err := strconv.ParseFloat(string(cell), 32)
	return float32(v), err == nil && v-v == 0
}

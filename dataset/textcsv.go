package dataset

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/decloud-sdk/decloud-go/internal/regular"
)

// ReadTextCSV reads a table with one column of text, or two (opts.Text), and one
// of labels, gzipped or plain; other columns are left out. Separator, header,
// label and text are detected where the options leave them open, as in
// [ReadCSV]. Spaces around a text stay.
func ReadTextCSV(r io.Reader, opts Options) (*TextSet, error) {
	t, err := readTextCSV(r, opts)
	if err == nil && t == nil {
		err = fmt.Errorf("%w; all columns are numbers", errNoText)
	}
	return t, err
}

// OpenTextCSV reads a file. See ReadTextCSV.
func OpenTextCSV(path string, opts Options) (*TextSet, error) {
	return openText(path, opts, ReadTextCSV)
}

// openText opens a file for one of the readers of texts.
func openText(path string, opts Options, read func(io.Reader, Options) (*TextSet, error)) (*TextSet, error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := read(f, opts)
	if err != nil {
		return nil, inFile(path, err)
	}
	return t, nil
}

// readTextCSV is ReadTextCSV that returns nil if all features are numbers.
func readTextCSV(r io.Reader, opts Options) (*TextSet, error) {
	t, err := newTableReader(r, opts)
	if err != nil {
		return nil, err
	}
	columns, err := t.textColumns(opts)
	if len(columns) == 0 || err != nil {
		return nil, err
	}
	rows := &textRows{layout: t.layout, texts: columns, drop: opts.Missing == MissingDrop}
	if rows.labels, err = NewLabelReader(t.counted.options(opts)); err != nil {
		return nil, err
	}
	if err := t.eachRow(rows.add); err != nil {
		return nil, err
	}
	rows.set.notes = t.notes
	if rows.dropped > 0 {
		rows.set.notes = append(rows.set.notes, fmt.Sprintf("left out %d rows without a label", rows.dropped))
	}
	return rows.set.finish(rows.labels, opts)
}

// textColumns finds the columns of text, before any row is read.
func (t *tableReader) textColumns(opts Options) ([]int, error) {
	records, err := t.start.records(t.comma)
	if err != nil {
		return nil, err
	}
	names := t.names
	if names != nil || t.counted != nil {
		records = records[1:]
	}
	if names == nil {
		names = numberNames(t.columns)
	}
	isText := func(i int) bool {
		if i == t.label {
			return false
		}
		for _, r := range records {
			if i < len(r) && !isNumber(r[i], t.decimalComma) && !missingMarks[r[i]] {
				return true
			}
		}
		return false
	}
	columns, err := chooseTexts(names, isText, opts.Text)
	for _, c := range columns {
		if c == t.label {
			return nil, fmt.Errorf("%w: column %s is the label; the text is another (Options.Text, Options.Label)", ErrFormat, t.title(c))
		}
		t.note("the text is column %s", t.title(c))
	}
	return columns, err
}

// textRows collects the texts and labels of a table.
type textRows struct {
	*layout
	texts   []int
	labels  *LabelReader
	drop    bool
	dropped int
	set     TextSet
}

// add takes one row.
func (t *textRows) add(cells [][]byte, line int) error {
	label := bytes.TrimSpace(cells[t.label])
	if t.drop && t.labels.Missing(label) {
		t.dropped++
		return nil
	}
	if err := addLabel(t.labels, label, line); err != nil {
		return &RowError{Line: line, Column: t.title(t.label), Err: err}
	}
	var texts [2]string
	for i, c := range t.texts {
		if !utf8.Valid(cells[c]) {
			return &RowError{Line: line, Column: t.title(c), Err: fmt.Errorf("%w: the text is not UTF-8; convert the file", ErrFormat)}
		}
		texts[i] = string(cells[c])
	}
	if err := t.set.add(texts, len(t.texts) == 2); err != nil {
		return &RowError{Line: line, Err: err}
	}
	return nil
}

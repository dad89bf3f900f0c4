package dataset

import "fmt"

// newValueReader returns a reader of a categorical column: of these values, or
// of those that occur if there are none.
func newValueReader(values []string) (*LabelReader, error) {
	if len(values) == 0 {
		return &LabelReader{values: true}, nil
	}
	r, err := NewLabelReader(Options{Classes: values})
	if err == nil {
		r.values = true
	}
	return r, err
}

// finish makes the set of the rows that were read.
func (t *tableRows) finish() (*Memory, error) {
	rows := t.labels.Len()
	if rows == 0 {
		return nil, fmt.Errorf("%w: no rows%s", ErrFormat, t.droppedNote())
	}
	t.fill(rows)
	x, err := t.expand(rows)
	if err != nil {
		return nil, err
	}
	y, names, err := t.labels.Finish()
	if err != nil {
		return nil, err
	}
	m, err := newRows(x, len(names), y)
	if err != nil {
		return nil, err
	}
	if t.dropped > 0 {
		t.note("left out%s", t.droppedNote())
	}
	if t.filled > 0 {
		t.note("%d missing values were filled in", t.filled)
	}
	m.names, m.listed, m.columns, m.notes = names, t.labels.list != nil, t.schema, t.notes
	return m, nil
}

func (t *tableRows) droppedNote() string {
	if t.dropped == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d rows with missing values)", t.dropped)
}

// fill replaces missing numbers by the mean of their column, or what the schema
// says.
func (t *tableRows) fill(rows int) {
	if t.filled == 0 {
		return
	}
	for place, feature := range t.numbers {
		sum, n := 0.0, 0
		for r := range rows {
			if v := t.values.row(r)[place]; v == v {
				sum += float64(v)
				n++
			}
		}
		if n == rows {
			continue
		}
		if t.schema[feature].Fill == nil {
			mean := float32(sum / float64(max(n, 1)))
			t.schema[feature].Fill = &mean
		}
		for r := range rows {
			if v := &t.values.row(r)[place]; *v != *v {
				*v = *t.schema[feature].Fill
			}
		}
	}
}

// expand returns the features of all rows, those of categorical columns as many
// as there are values.
func (t *tableRows) expand(rows int) (blocks, error) {
	if len(t.numbers) == len(t.schema) {
		return t.values, nil
	}
	codes, width := make([][]int32, len(t.schema)), 0
	for i, r := range t.codes {
		if r != nil {
			var err error
			if codes[i], t.schema[i].Values, err = r.Finish(); err != nil {
				return blocks{}, err
			}
		}
		width += t.schema[i].Features()
	}
	if width > maxColumns || 4*width*rows > MaxBytes {
		return blocks{}, fmt.Errorf("%w: %d rows of %d features", ErrTooLarge, rows, width)
	}
	x, r := newBlocks(width), 0
	for numbers := range t.values.take {
		to, err := x.add()
		if err != nil {
			return blocks{}, err
		}
		for i := range t.schema {
			n := t.schema[i].Features()
			if codes[i] == nil {
				to[0], numbers = numbers[0], numbers[1:]
			} else if c := codes[i][r]; c >= 0 {
				to[c] = 1
			}
			to = to[n:]
		}
		r++
	}
	return x, nil
}

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
	m, err := newMemory([]int{len(x) / rows}, len(names), x, nil, y)
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
	width := len(t.numbers)
	for place, feature := range t.numbers {
		sum, n := 0.0, 0
		for r := range rows {
			if v := t.values[r*width+place]; v == v {
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
			if v := &t.values[r*width+place]; *v != *v {
				*v = *t.schema[feature].Fill
			}
		}
	}
}

// expand returns the features of all rows, those of categorical columns as many
// as there are values.
func (t *tableRows) expand(rows int) ([]float32, error) {
	if len(t.numbers) == len(t.schema) {
		return t.values, nil
	}
	codes, width := make([][]int32, len(t.schema)), 0
	for i, r := range t.codes {
		if r != nil {
			var err error
			if codes[i], t.schema[i].Values, err = r.Finish(); err != nil {
				return nil, err
			}
		}
		width += t.schema[i].Features()
	}
	if width > maxColumns || 4*width*rows > MaxBytes {
		return nil, fmt.Errorf("%w: %d rows of %d features", ErrTooLarge, rows, width)
	}
	x := make([]float32, 0, width*rows)
	values := t.values
	for row := range rows {
		for i := range t.schema {
			if codes[i] == nil {
				x, values = append(x, values[0]), values[1:]
				continue
			}
			x = x[:len(x)+t.schema[i].Features()]
			if c := codes[i][row]; c >= 0 {
				x[len(x)-t.schema[i].Features()+int(c)] = 1
			}
		}
	}
	return x, nil
}

package parquet

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// valueCost is what a value takes beside its bytes.
const valueCost = 24

// rows is what was read of the files of a set so far.
type rows struct {
	labels *dataset.LabelReader
	total  int // bytes of values
}

// read reads the labels, and calls add for every value of columns.
func (r *rows) read(f *parquet.File, columns []int, label int, add func(column int, value []byte) error) error {
	seen, row := make([]int, len(columns)), 0
	for _, g := range f.RowGroups() {
		chunks := g.ColumnChunks()
		for i, column := range columns {
			if err := values(chunks[column], func(v parquet.Value) error {
				err := r.check(v)
				if err == nil {
					err = add(i, v.ByteArray())
				}
				if err != nil {
					return fmt.Errorf("row %d: %w", seen[i], err)
				}
				seen[i]++
				return nil
			}); err != nil {
				return err
			}
		}
		unsigned := isUnsigned(chunks[label].Type())
		if err := values(chunks[label], func(v parquet.Value) error {
			if err := r.addLabel(v, unsigned, row); err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			row++
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) addLabel(v parquet.Value, unsigned bool, row int) error {
	text := labelText(v, unsigned)
	if s := string(text); v.Kind() != parquet.ByteArray && (s == "+Inf" || s == "-Inf") {
		return fmt.Errorf("%w: label %s is not a whole number", dataset.ErrFormat, s)
	}
	return r.labels.Add(text, row+1)
}

// finish returns the classes of all rows, and their names.
func (r *rows) finish() (labels []int, classes []string, err error) {
	if r.labels.Len() == 0 {
		return nil, nil, fmt.Errorf("%w: no rows", dataset.ErrFormat)
	}
	y, classes, err := r.labels.Finish()
	for _, l := range y {
		labels = append(labels, int(l))
	}
	return labels, classes, err
}

// check adds the size of a value to the total, and refuses null.
func (r *rows) check(v parquet.Value) error {
	if v.IsNull() {
		return fmt.Errorf("%w: the value is null (of a picture that is only named by a path, too)", dataset.ErrFormat)
	}
	if r.total += len(v.ByteArray()) + valueCost; r.total > dataset.MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of values", dataset.ErrTooLarge, dataset.MaxBytes)
	}
	return nil
}

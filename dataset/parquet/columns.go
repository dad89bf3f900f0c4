package parquet

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// valueCost is what a value takes beside its bytes.
const valueCost = 24

// readColumns reads the labels, and calls add for every value of columns.
func readColumns(f *parquet.File, columns []int, label int, opts dataset.Options, add func(column int, value []byte) error) (labels []int, classes []string, err error) {
	reader, err := dataset.NewLabelReader(opts)
	if err != nil {
		return nil, nil, err
	}
	total, rows := 0, make([]int, len(columns))
	for _, g := range f.RowGroups() {
		chunks := g.ColumnChunks()
		for i, column := range columns {
			if err := values(chunks[column], func(v parquet.Value) error {
				err := checkValue(v, &total)
				if err == nil {
					err = add(i, v.ByteArray())
				}
				if err != nil {
					return fmt.Errorf("row %d: %w", rows[i], err)
				}
				rows[i]++
				return nil
			}); err != nil {
				return nil, nil, err
			}
		}
		if err := values(chunks[label], func(v parquet.Value) error {
			if err := reader.Add(labelText(v, isUnsigned(chunks[label].Type())), reader.Len()+1); err != nil {
				return fmt.Errorf("row %d: %w", reader.Len(), err)
			}
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	y, classes, err := reader.Finish()
	for _, l := range y {
		labels = append(labels, int(l))
	}
	return labels, classes, err
}

// checkValue adds the size of a value to the total, and refuses null.
func checkValue(v parquet.Value, total *int) error {
	if v.IsNull() {
		return fmt.Errorf("%w: the value is null (of a picture that is only named by a path, too)", dataset.ErrFormat)
	}
	if *total += len(v.ByteArray()) + valueCost; *total > dataset.MaxBytes {
		return fmt.Errorf("%w: more than %d bytes of values", dataset.ErrTooLarge, dataset.MaxBytes)
	}
	return nil
}

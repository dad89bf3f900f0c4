package dataset

import (
	"errors"
	"fmt"
	"io"

	"github.com/decloud-sdk/decloud-go/dataset/internal/csvrow"
)

// maxTableBytes bounds the text of a table: ten times the bytes of its values.
const maxTableBytes = 10 * MaxBytes

// tableReader is a table whose layout is known and whose records are still to be
// read.
type tableReader struct {
	*layout
	start   sample // valid until eachRow
	all     io.Reader
	limited *io.LimitedReader // what all reads from
}

// newTableReader looks at the beginning of a table, gzipped or plain.
func newTableReader(r io.Reader, opts Options) (*tableReader, error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	r, err := gunzip(r)
	if err != nil {
		return nil, err
	}
	t := &tableReader{limited: &io.LimitedReader{R: r, N: maxTableBytes}}
	if t.start, t.all, err = sniff(t.limited); err != nil {
		return nil, err
	}
	t.layout, err = newLayout(t.start, opts)
	return t, err
}

// eachRow calls add for every record but the header, with the number of its first
// line. The cells are valid during the call.
func (t *tableReader) eachRow(add func(cells [][]byte, line int) error) error {
	r := csvrow.NewReader(t.all, t.comma)
	header, rows := t.names != nil || t.counted != nil, 0
	for {
		cells, line, err := r.Read()
		switch {
		case errors.Is(err, io.EOF) && t.limited.N <= 0:
			return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, int64(maxTableBytes))
		case errors.Is(err, io.EOF):
			return t.counted.check(rows)
		case errors.Is(err, csvrow.ErrQuote), errors.Is(err, csvrow.ErrTooLong):
			return &RowError{Line: line, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
		case err != nil:
			return readError(err)
		case header:
			header = false
			continue
		case len(cells) != t.columns:
			return &RowError{Line: line, Err: fmt.Errorf("%w: %d columns, %d before", ErrFormat, len(cells), t.columns)}
		}
		rows++
		if err := add(cells, line); err != nil {
			return err
		}
	}
}

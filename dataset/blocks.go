package dataset

import (
	"fmt"
	"slices"
)

// blockBytes is the size of a full block: what is too much of a set is at most
// that.
const blockBytes = 1 << 20

// blocks are rows of as many values each, in pieces. One slice that grows would
// be copied again and again, and take more than twice its size meanwhile.
type blocks struct {
	width int // values of a row
	rows  int // of every block but the last, which may have fewer
	n     int // of all rows
	list  [][]float32
}

// newBlocks returns no rows yet, of width values.
func newBlocks(width int) blocks {
	return blocks{width: width, rows: max(1, blockBytes/(4*max(1, width)))}
}

// oneBlock returns the rows that values hold.
func oneBlock(width int, values []float32) blocks {
	n := len(values) / width
	return blocks{width, n, n, [][]float32{values}}
}

// row returns the values of row i.
func (b *blocks) row(i int) []float32 {
	at := i % b.rows * b.width
	return b.list[i/b.rows][at : at+b.width]
}

// add appends a row and returns its place for values. ErrTooLarge if all would
// take more than MaxBytes, before memory is taken for it.
func (b *blocks) add() ([]float32, error) {
	if 4*b.width > MaxBytes-4*b.width*b.n {
		return nil, fmt.Errorf("%w: more than %d rows of %d values", ErrTooLarge, b.n, b.width)
	}
	if b.n%b.rows == 0 {
		b.list = append(b.list, nil)
	}
	last := &b.list[len(b.list)-1]
	if size := len(*last) + b.width; size > cap(*last) {
		*last = slices.Grow(*last, b.room(size)-len(*last))
	}
	*last = (*last)[:len(*last)+b.width]
	b.n++
	return (*last)[len(*last)-b.width:], nil
}

// room is the capacity that a block of so many values gets: a full one at once,
// but for the first, which doubles.
func (b *blocks) room(size int) int {
	full := b.rows * b.width
	if len(b.list) > 1 {
		return full
	}
	return min(full, 2*size)
}

// all yields the values of every block, in order.
func (b *blocks) all(yield func([]float32) bool) { slices.Values(b.list)(yield) }

// take yields the rows in order, and gives up a block once the next one is begun.
func (b *blocks) take(yield func([]float32) bool) {
	for i := range b.n {
		if i >= b.rows && i%b.rows == 0 {
			b.list[i/b.rows-1] = nil
		}
		if !yield(b.row(i)) {
			return
		}
	}
}

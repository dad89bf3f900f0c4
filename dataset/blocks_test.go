package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlocks(t *testing.T) {
	for _, width := range []int{0, 1, 3, 1000, blockBytes/4 - 1, blockBytes / 4, blockBytes/4 + 1} {
		b := newBlocks(width)
		n := min(700_000, 10*blockBytes/(4*max(1, width)))
		for i := range n {
			row, err := b.add()
			if err != nil || len(row) != width {
				t.Fatalf("row %d of width %d: %d values, %v", i, width, len(row), err)
			}
			if width > 0 {
				row[0], row[width-1] = float32(i), float32(i)
			}
		}
		require.Equal(t, n, b.n)
		total := 0
		for values := range b.all {
			total += len(values)
		}
		require.Equal(t, n*width, total)
		for i := 0; i < n && width > 0; i += 97 {
			require.Equal(t, float32(i), b.row(i)[0])
			require.Equal(t, float32(i), b.row(i)[width-1])
		}
		i := 0
		for row := range b.take {
			if width > 0 && row[0] != float32(i) {
				t.Fatalf("row %d of width %d is %v", i, width, row[0])
			}
			i++
		}
		require.Equal(t, n, i)
	}
}

// The limit is looked at before memory is taken.
func TestBlocksRefuseBeforeTheyAllocate(t *testing.T) {
	for _, width := range []int{1, 1000, MaxBytes / 4, MaxBytes/4 + 1, MaxBytes} {
		b := newBlocks(width)
		b.n = MaxBytes / 4 / width
		allocs := testing.AllocsPerRun(1, func() {
			_, err := b.add()
			require.ErrorIs(t, err, ErrTooLarge)
		})
		require.Less(t, allocs, 10.0)
		require.Empty(t, b.list)
	}
}

// A small table takes little: blocks begin small.
func TestBlocksBeginSmall(t *testing.T) {
	b := newBlocks(4)
	for range 150 {
		_, err := b.add()
		require.NoError(t, err)
	}
	require.Less(t, cap(b.list[0]), 2000)
}

// Names take as much as numbers while they are read, and count as these.
func TestNamesCountForTheLimit(t *testing.T) {
	rows := tableRows{layout: &layout{schema: make([]Column, 1<<16)}, labels: &LabelReader{y: make([]int32, MaxBytes/4>>16)}}
	err := rows.add(nil, 7)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "line 7")
}

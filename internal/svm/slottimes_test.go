package svm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSlotTimes(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	type add struct {
		n    uint64
		end  int // seconds
		step int
	}
	for _, c := range []struct {
		name string
		adds []add
		want []int // when slot 5, 6, … ended
		runs int
	}{
		{"nothing", nil, nil, 0},
		{"one slot", []add{{1, 7, 0}}, []int{7}, 1},
		{"equal steps", []add{{1, 7, 0}, {1, 9, 0}, {1, 11, 0}}, []int{7, 9, 11}, 1},
		{"the step changes", []add{{1, 7, 0}, {1, 9, 0}, {1, 10, 0}, {1, 11, 0}}, []int{7, 9, 10, 11}, 2},
		{"many at once", []add{{3, 7, 2}, {2, 13, 2}}, []int{7, 9, 11, 13, 15}, 1},
		{"many after one", []add{{1, 7, 0}, {3, 9, 2}}, []int{7, 9, 11, 13}, 1},
		{"many of another step", []add{{1, 7, 0}, {2, 9, 5}}, []int{7, 9, 14}, 2},
		{"a warp", []add{{2, 7, 0}, {1, 8, 0}}, []int{7, 7, 8}, 2},
		{"a clock that goes back", []add{{1, 7, 0}, {1, 3, 0}, {1, 4, 0}}, []int{7, 3, 4}, 2},
		{"no slots", []add{{0, 7, 0}}, nil, 0},
	} {
		times, slot := slotTimes{first: 5}, uint64(5)
		for _, a := range c.adds {
			times.add(slot, a.n, at(a.end), time.Duration(a.step)*time.Second)
			slot += a.n
		}
		require.Len(t, times.runs, c.runs, c.name)
		require.EqualValues(t, len(c.want), slot-5, c.name)
		for i, want := range c.want {
			require.Equal(t, at(want), times.at(5+uint64(i)), "%s, slot %d", c.name, i)
		}
	}
}

func TestSlotTimesForget(t *testing.T) {
	var times slotTimes
	for slot := range uint64(6) { // runs of two: 0 1, 2 3, 4 5
		times.add(slot, 1, time.Unix(int64(slot*slot), 0), 0)
	}
	require.Len(t, times.runs, 3)
	times.forget(3)
	times.forget(1)
	require.Equal(t, uint64(3), times.first)
	require.Len(t, times.runs, 2)
	require.Equal(t, time.Unix(9, 0), times.at(3))
	require.Equal(t, time.Unix(25, 0), times.at(5))
}

package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// series samples a function once a second for 100 seconds.
func series(f func(second int) int64) (all []sample) {
	for i := range 100 {
		all = append(all, sample{time.Duration(i) * time.Second, f(i)})
	}
	return all
}

func TestDrift(t *testing.T) {
	const warmUp, end, window = 20 * time.Second, 100 * time.Second, 16 * time.Second
	for _, c := range []struct {
		name   string
		f      func(int) int64
		growth float64
	}{
		{"steady", func(int) int64 { return 1000 }, 0},
		{"a warm-up does not count", func(i int) int64 { return int64(50 * min(i, 20)) }, 0},
		{"peaks do not count", func(i int) int64 { return map[bool]int64{true: 9000, false: 1000}[i%5 == 0] }, 0},
		{"growth", func(i int) int64 { return int64(1000 + 10*i) }, 640.0 / 1280},
		{"shrinking", func(i int) int64 { return map[bool]int64{true: 1000, false: 500}[i < 50] }, -0.5},
	} {
		d, ok := driftOf(series(c.f), warmUp, end, window)
		require.True(t, ok, c.name)
		require.InDelta(t, c.growth, d.Growth, 0.001, c.name)
	}
	_, ok := driftOf(nil, warmUp, end, window)
	require.False(t, ok)
}

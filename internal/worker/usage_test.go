package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUsageOfMemory(t *testing.T) {
	c := NewCache[string, int](100)
	var none atomic.Int64
	_, release, err := c.Use(t.Context(), "k", 60, 10, value7)
	require.NoError(t, err)
	require.Equal(t, Usage{Memory: 70, MaxMemory: 100, MaxComputing: 1}, UsageOf(c, &none, 0))
	release()
	require.Equal(t, Usage{Memory: 60, MaxMemory: 100, MaxComputing: 3}, UsageOf(c, &none, 3))
}

// A job counts while it computes, and not any more once it failed.
func TestUsageOfPlaces(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var busy atomic.Int64
	var during int64
	require.NoError(t, Run(ctx, Config[int]{
		Poll: time.Hour, Computing: &busy, Heavy: func(int) bool { return true },
		List: func(context.Context) ([]int, error) { return []int{1}, nil },
		Handle: func(context.Context, int) (Compute, error) {
			return func(context.Context) error {
				during = busy.Load()
				stop()
				return context.Canceled
			}, nil
		},
		Failed: func(*int, error, time.Duration) {},
	}))
	require.EqualValues(t, 1, during)
	require.Zero(t, busy.Load())
}

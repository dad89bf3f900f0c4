package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func value7(context.Context) (int, error) { return 7, nil }

func TestCacheLoadsOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string, int](100)
		var loads atomic.Int32
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				v, release, err := c.Use(t.Context(), "k", 60, 1, func(context.Context) (int, error) {
					loads.Add(1)
					time.Sleep(time.Second)
					return 7, nil
				})
				require.NoError(t, err)
				require.Equal(t, 7, v)
				release()
				release() // a second time changes nothing
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, loads.Load())
		require.EqualValues(t, 60, c.used)
	})
}

func TestCacheDropsWhatWasUsedLongestAgo(t *testing.T) {
	c := NewCache[string, int](100)
	use := func(key string) {
		_, release, err := c.Use(t.Context(), key, 40, 20, value7)
		require.NoError(t, err)
		release()
	}
	use("a")
	use("b")
	use("a")
	use("c")
	require.Contains(t, c.values, "a")
	require.NotContains(t, c.values, "b")
	require.Contains(t, c.values, "c")
}

func TestCacheTrimsWhatNobodyWillAskFor(t *testing.T) {
	c := NewCache[string, int](100)
	inUse := func(key string) (release func()) {
		_, release, err := c.Use(t.Context(), key, 20, 5, value7)
		require.NoError(t, err)
		return release
	}
	inUse("wanted")()
	inUse("over")()
	release := inUse("over, but in use")
	c.Trim(func(key string) bool { return key == "wanted" })
	require.Contains(t, c.values, "wanted")
	require.NotContains(t, c.values, "over")
	require.Contains(t, c.values, "over, but in use")
	require.EqualValues(t, 45, c.used)
	release()
	c.Trim(func(string) bool { return false })
	require.Empty(t, c.values)
	require.Zero(t, c.used)
}

func TestCacheRefusesWhatNeverFits(t *testing.T) {
	c := NewCache[string, int](100)
	for _, need := range [][2]int64{{101, 0}, {60, 41}, {1 << 62, 1 << 62}, {-1, 5}} {
		_, _, err := c.Use(t.Context(), "k", need[0], need[1], value7)
		require.ErrorIs(t, err, ErrMemory)
	}
}

func TestCacheForgetsWhatFailedToLoad(t *testing.T) {
	c := NewCache[string, int](100)
	_, _, err := c.Use(t.Context(), "k", 60, 1, func(context.Context) (int, error) { return 0, errors.New("EIO") })
	require.ErrorContains(t, err, "EIO")
	require.Zero(t, c.used)
	_, release, err := c.Use(t.Context(), "k", 60, 1, value7)
	require.NoError(t, err)
	release()
}

func TestCacheWaitsInOrderAndCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string, int](100)
		_, release, err := c.Use(t.Context(), "a", 10, 90, value7)
		require.NoError(t, err)
		var wg sync.WaitGroup
		var order []string
		wait := func(ctx context.Context, key string, work int64, want error) {
			wg.Go(func() {
				_, release, err := c.Use(ctx, key, 10, work, value7)
				require.ErrorIs(t, err, want)
				if err == nil {
					order = append(order, key)
					time.Sleep(time.Second)
					release()
				}
			})
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		wait(ctx, "leaves", 80, context.Canceled)
		wait(t.Context(), "big", 90, nil)
		wait(t.Context(), "small", 5, nil)
		cancel()
		release()
		wg.Wait()
		require.Equal(t, []string{"big", "small"}, order)
	})
}

func TestCacheNeverExceedsItsBudgetNorLosesBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCache[string, int](1000)
		var wg sync.WaitGroup
		for i := range 50 {
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			wg.Go(func() {
				for range 100 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(200))*time.Millisecond)
					key := rng.IntN(20)
					_, release, err := c.Use(ctx, fmt.Sprint(key), int64(30*key), int64(rng.IntN(400)), func(ctx context.Context) (int, error) {
						time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond)
						return 7, ctx.Err()
					})
					if err == nil {
						c.mu.Lock()
						require.LessOrEqual(t, c.used, c.size)
						c.mu.Unlock()
						time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond)
						release()
					}
					cancel()
				}
			})
		}
		wg.Wait()
		kept := int64(0)
		for _, e := range c.values {
			require.Zero(t, e.users)
			kept += e.bytes
		}
		require.Equal(t, kept, c.used)
		require.Empty(t, c.queue)
	})
}

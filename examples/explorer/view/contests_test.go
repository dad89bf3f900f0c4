package view

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
)

// Whoever looks at whatever epochs of a contest, the node is asked for its standings once, and then for a fifth of the time at most.
func TestStandingsAreShared(t *testing.T) {
	for name, failure := range map[string]error{"standings": nil, "a failure": errors.New("too slow")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c contests
				var reads atomic.Int32
				get := func() (decloud.Standings, error) {
					return c.of(t.Context(), contestKey{pkg: "a"}, func() (decloud.Standings, error) {
						time.Sleep(time.Second)
						return decloud.Standings{Missing: []int{int(reads.Add(1))}}, failure
					})
				}
				var wg sync.WaitGroup
				for range maxContests {
					wg.Go(func() {
						s, err := get()
						if len(s.Missing) != 1 || s.Missing[0] != 1 || !errors.Is(err, failure) {
							t.Errorf("%v, %v", s.Missing, err)
						}
					})
				}
				synctest.Wait()
				_, err := get()
				require.ErrorIs(t, err, ErrBusy, "the explorer has other pages to read, too")
				wg.Wait()
				time.Sleep(contestRest*time.Second - 1)
				_, err = get()
				require.ErrorIs(t, err, failure)
				require.Equal(t, int32(1), reads.Load())
				time.Sleep(time.Nanosecond)
				_, err = get()
				require.ErrorIs(t, err, failure)
				require.Equal(t, int32(2), reads.Load())
			})
		})
	}
}

// A read that panics is an error for who waits for it, and in no one's way afterwards.
func TestStandingsThatPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c contests
		require.Panics(t, func() {
			_, _ = c.of(t.Context(), contestKey{}, func() (decloud.Standings, error) { time.Sleep(time.Nanosecond); panic("over a node's answer") })
		})
		_, err := c.of(t.Context(), contestKey{}, nil)
		require.Error(t, err)
		time.Sleep(contestRest)
		_, err = c.of(t.Context(), contestKey{}, func() (decloud.Standings, error) { return decloud.Standings{}, nil })
		require.NoError(t, err)
		require.Zero(t, c.busy)
	})
}

// Standings of many contests, or of large ones, do not add up, however many read at a time.
func TestStandingsAreBounded(t *testing.T) {
	for name, entries := range map[string]int{"small": 1, "large": maxEntries / 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c contests
				large := decloud.Standings{Epochs: []decloud.Epoch{{Entries: make([]decloud.Entry, entries)}}}
				for batch := range 2 * maxKept / maxContests {
					var wg sync.WaitGroup
					for i := range maxContests {
						wg.Go(func() {
							_, err := c.of(t.Context(), contestKey{pkg: fmt.Sprint(batch, i)}, func() (decloud.Standings, error) { time.Sleep(5 * time.Second); return large, nil })
							if err != nil {
								t.Error(err)
							}
						})
					}
					wg.Wait()
					kept := 0
					for _, one := range c.all {
						kept += len(one.Epochs[0].Entries)
					}
					require.LessOrEqual(t, len(c.all), maxKept)
					require.LessOrEqual(t, kept, maxEntries+maxContests*entries)
				}
				time.Sleep(maxContestRest)
				_, err := c.of(t.Context(), contestKey{}, func() (decloud.Standings, error) { return decloud.Standings{}, nil })
				require.NoError(t, err)
				require.Len(t, c.all, 1, "what is old is dropped")
			})
		})
	}
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// drip never arrives.
func drip(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestFetchOfOneKeyRunsOnceForAllWhoAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFetches(4, time.Hour, time.Second)
		var calls atomic.Int32
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				require.NoError(t, f.Do(t.Context(), "k", func(context.Context) error {
					calls.Add(1)
					time.Sleep(time.Second)
					return nil
				}))
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, calls.Load())
	})
}

func TestAbsenceIsRememberedUntilTheNextTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, calls := NewFetches(4, 30*time.Minute, 10*time.Second), 0
		ask := func() *AbsentError {
			var absent *AbsentError
			require.ErrorAs(t, f.Do(t.Context(), "ghost", func(ctx context.Context) error { calls++; return drip(ctx) }), &absent)
			return absent
		}
		start := time.Now()
		absent := ask()
		require.Equal(t, time.Minute, time.Since(start), "a first try is short")
		require.ErrorIs(t, absent, context.DeadlineExceeded)
		require.Equal(t, 10*time.Second, absent.For)

		time.Sleep(9 * time.Second)
		require.Equal(t, time.Second, ask().For)
		require.Equal(t, 1, calls, "asking costs nothing")
		require.Error(t, f.Absent("ghost"))
		require.NoError(t, f.Absent("other"))

		time.Sleep(time.Second)
		start = time.Now()
		require.Equal(t, 20*time.Second, ask().For)
		require.Equal(t, 2*time.Minute, time.Since(start), "the next one is longer: what has arrived is kept")
		for range 9 {
			time.Sleep(5 * time.Minute)
			start = time.Now()
			ask()
		}
		require.Equal(t, 30*time.Minute, time.Since(start))
	})
}

func TestWhatIsAbsentLeavesPlacesToFreshKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFetches(4, 30*time.Minute, time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = f.Do(ctx, fmt.Sprint("ghost", i), drip)
					time.Sleep(time.Second)
				}
			})
		}
		time.Sleep(2 * time.Hour) // all have failed many times
		start := time.Now()
		require.NoError(t, f.Do(t.Context(), "honest", func(context.Context) error { return nil }))
		require.Less(t, time.Since(start), time.Second)
		cancel()
		wg.Wait()
	})
}

func TestCallerThatGivesUpSaysNothingAboutTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFetches(4, time.Hour, time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { require.ErrorIs(t, f.Do(ctx, "k", drip), context.Canceled) })
		synctest.Wait()
		wg.Go(func() { require.NoError(t, f.Do(t.Context(), "k", func(context.Context) error { return nil })) })
		synctest.Wait()
		cancel()
		wg.Wait()
		require.NoError(t, f.Absent("k"))
	})
}

func TestPermanentErrorOfAFetchIsNoAbsence(t *testing.T) {
	f := NewFetches(1, time.Hour, time.Hour)
	invalid := errors.New("not a package")
	for range 2 {
		err := f.Do(t.Context(), "k", func(context.Context) error { return Permanent(invalid) })
		require.ErrorIs(t, err, invalid)
		require.False(t, errors.As(err, new(*AbsentError)))
	}
}

func TestAbsencesAreBounded(t *testing.T) {
	f := NewFetches(1, time.Hour, time.Hour)
	for i := range 2 * maxAbsent {
		require.Error(t, f.Do(t.Context(), fmt.Sprint(i), func(context.Context) error { return errors.New("404") }))
	}
	require.LessOrEqual(t, len(f.absent), maxAbsent)
}

// Who has many keys to look for gives each a first try that is shorter; further ones are twice as long.
func TestFirstTriesCanBeShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFetches(4, 30*time.Minute, time.Second)
		for _, want := range []time.Duration{3 * time.Second, 6 * time.Second, 12 * time.Second} {
			start := time.Now()
			require.Error(t, f.DoIn(t.Context(), "drip", 3*time.Second, drip))
			require.Equal(t, want, time.Since(start))
			time.Sleep(time.Minute)
		}
		start := time.Now()
		require.Error(t, f.DoIn(t.Context(), "another", time.Hour, drip))
		require.Equal(t, time.Minute, time.Since(start), "never longer than others'")
	})
}

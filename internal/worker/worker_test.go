package worker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func one(context.Context) ([]uint64, error) { return []uint64{7}, nil }

func TestRunHandlesARoundAgainAfterEachPollButNeverTwiceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var calls, now atomic.Int32
		err := Run(ctx, Config{Poll: time.Second, List: one, Failed: nil, Handle: func(context.Context, uint64) error {
			require.EqualValues(t, 1, now.Add(1))
			time.Sleep(2500 * time.Millisecond) // longer than two polls
			now.Add(-1)
			calls.Add(1)
			return nil
		}})
		require.NoError(t, err)
		require.EqualValues(t, 4, calls.Load()) // at 0, 3, 6 and 9 s
	})
}

func TestRunBacksOffFromAFailingRoundAndGivesUpOnAPermanentError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		var at []time.Duration
		var told []time.Duration
		err := Run(ctx, Config{
			Poll: time.Second, List: one,
			Handle: func(context.Context, uint64) error {
				at = append(at, time.Since(start))
				if len(at) == 4 {
					return Permanent(errors.New("never"))
				}
				return errors.New("not now")
			},
			Failed: func(id *uint64, _ error, retry time.Duration) {
				require.EqualValues(t, 7, *id)
				told = append(told, retry)
			},
		})
		require.NoError(t, err)
		require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}, at)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 0}, told)
	})
}

func TestRunTurnsAPanicOfTheCallersCodeIntoAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var got error
		err := Run(ctx, Config{Poll: time.Second, List: one,
			Handle: func(context.Context, uint64) error { panic("data set fell over") },
			Failed: func(_ *uint64, err error, _ time.Duration) { got = err; cancel() },
		})
		require.NoError(t, err)
		require.ErrorContains(t, got, "data set fell over")
	})
}

func TestRunSurvivesPanicsOfListAndFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		lists := 0
		require.NoError(t, Run(ctx, Config{Poll: time.Second,
			List:   func(context.Context) ([]uint64, error) { lists++; panic("observer of the list") },
			Failed: func(*uint64, error, time.Duration) { panic("observer of failures") },
		}))
		require.Equal(t, 4, lists, "at 0, 1, 3 and 7 s")
	})
}

func TestRunSurvivesAFailingListAndWakesOnAHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start, lists := time.Now(), 0
		listed := make(chan struct{})
		err := Run(ctx, Config{Poll: time.Hour,
			Hints: func(ctx context.Context, hint func()) {
				<-listed
				hint()
				hint()
				<-ctx.Done()
			},
			List: func(context.Context) ([]uint64, error) {
				lists++
				if lists == 1 {
					close(listed)
					return nil, errors.New("no chain")
				}
				cancel()
				return nil, nil
			},
			Failed: func(id *uint64, err error, _ time.Duration) { require.Nil(t, id); require.Error(t, err) },
		})
		require.NoError(t, err)
		require.Equal(t, 2, lists)
		require.Zero(t, time.Since(start), "the hint must not wait for the poll")
	})
}

func TestRunWaitsForTheRoundsInHandWhenStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ended := false
		err := Run(ctx, Config{Poll: time.Minute, List: one, Handle: func(ctx context.Context, _ uint64) error {
			<-ctx.Done()
			time.Sleep(time.Second) // tidying up
			ended = true
			return ctx.Err()
		}, Failed: func(*uint64, error, time.Duration) { t.Error("stopped is not failed") }})
		require.NoError(t, err)
		require.True(t, ended)
	})
}

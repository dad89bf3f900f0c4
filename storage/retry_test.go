package storage

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetry(t *testing.T) {
	again := func(n int, err error) []error {
		list := make([]error, n)
		for i := range list {
			list[i] = err
		}
		return list
	}
	for _, c := range []struct {
		name     string
		errs     []error // one per attempt; success after the last
		calls    int
		min, max time.Duration
		want     error
	}{
		{"success", nil, 1, 0, 0, nil},
		{"incomplete, then success", again(2, ErrIncomplete), 3, 750 * time.Millisecond, 1500 * time.Millisecond, nil},
		{"gives up after four", again(9, ErrIncomplete), 4, 1750 * time.Millisecond, 3500 * time.Millisecond, ErrIncomplete},
		{"unknown errors are retried", again(1, errors.New("connection reset")), 2, 250 * time.Millisecond, 500 * time.Millisecond, nil},
		{"not found is permanent", again(9, ErrNotFound), 1, 0, 0, ErrNotFound},
		{"corrupt is permanent", again(9, fmt.Errorf("x: %w", ErrCorrupt)), 1, 0, 0, ErrCorrupt},
		{"unauthorized is permanent", again(9, &Error{Status: 401, Err: ErrUnauthorized}), 1, 0, 0, ErrUnauthorized},
		{"400 is permanent", again(9, &Error{Status: 400, Err: errors.New("bad")}), 1, 0, 0, errors.New("bad")},
		{"500 is retried", again(1, &Error{Status: 500, Err: errors.New("oops")}), 2, 250 * time.Millisecond, 500 * time.Millisecond, nil},
		{"501 is permanent", again(9, &Error{Status: 501, Err: errors.New("no")}), 1, 0, 0, errors.New("no")},
		{"Retry-After is honoured", again(1, &Error{Status: 429, RetryAfter: 7 * time.Second, Err: ErrRateLimited}), 2, 7 * time.Second, 7 * time.Second, nil},
		{"429 without Retry-After", again(1, &Error{Status: 429, Err: ErrRateLimited}), 2, 250 * time.Millisecond, 500 * time.Millisecond, nil},
		{"Retry-After beyond the longest pause", again(9, &Error{Status: 429, RetryAfter: time.Hour, Err: ErrRateLimited}), 1, 0, 0, ErrRateLimited},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				err := Retry{}.withDefaults().do(context.Background(), func() (bool, error) {
					calls++
					if calls > len(c.errs) {
						return false, nil
					}
					return false, c.errs[calls-1]
				})
				require.Equal(t, c.calls, calls)
				require.GreaterOrEqual(t, time.Since(start), c.min)
				require.LessOrEqual(t, time.Since(start), c.max)
				if c.want == nil {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.want.Error())
				}
			})
		})
	}
}

func TestRetryCountsAnewAfterProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := Retry{Attempts: 2}.withDefaults().do(context.Background(), func() (bool, error) {
			calls++
			return calls <= 10, ErrIncomplete
		})
		require.ErrorIs(t, err, ErrIncomplete)
		require.Equal(t, 12, calls)
	})
}

func TestRetryObeysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		start, calls := time.Now(), 0
		err := Retry{}.withDefaults().do(ctx, func() (bool, error) { calls++; return false, ErrIncomplete })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 1, calls)
		require.Equal(t, 100*time.Millisecond, time.Since(start))
	})
}

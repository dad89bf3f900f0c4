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
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// list names the same jobs again and again; odd ones are heavy.
func list(jobs ...int) func(context.Context) ([]int, error) {
	return func(context.Context) ([]int, error) { return jobs, nil }
}

func odd(j int) bool { return j%2 == 1 }

// computing is a job that only computes.
func computing(f func(context.Context, int) error) func(context.Context, int) (Compute, error) {
	return func(_ context.Context, j int) (Compute, error) {
		return func(ctx context.Context) error { return f(ctx, j) }, nil
	}
}

// run runs a loop for a while of fake time.
func run(t *testing.T, d time.Duration, cfg Config[int]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	cfg.Heavy = odd
	if cfg.Parallel == 0 {
		cfg.Parallel = 1
	}
	require.NoError(t, Run(ctx, cfg))
}

func TestJobRepeatsAfterEachPollButNeverOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, now atomic.Int32
		run(t, 10*time.Second, Config[int]{Poll: time.Second, List: list(7), Handle: computing(func(context.Context, int) error {
			require.EqualValues(t, 1, now.Add(1))
			time.Sleep(2500 * time.Millisecond) // longer than two polls
			now.Add(-1)
			calls.Add(1)
			return nil
		})})
		require.EqualValues(t, 4, calls.Load()) // at 0, 3, 6 and 9 s
	})
}

func TestParallelBoundsWhatComputesAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		handled, computed := map[time.Duration]int{}, map[time.Duration]int{}
		note := func(m map[time.Duration]int) {
			mu.Lock()
			m[time.Since(start)]++
			mu.Unlock()
		}
		run(t, time.Minute, Config[int]{Poll: time.Hour, Parallel: 2, List: list(1, 3, 5, 7), Handle: func(context.Context, int) (Compute, error) {
			note(handled)
			return func(context.Context) error {
				note(computed)
				time.Sleep(10 * time.Second)
				return nil
			}, nil
		}})
		require.Equal(t, map[time.Duration]int{0: 4}, handled, "fetching waits for nobody's computing")
		require.Equal(t, map[time.Duration]int{0: 2, 10 * time.Second: 2}, computed)
	})
}

func TestHeavyJobsInFlightAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var jobs []int
		for i := range 1000 {
			jobs = append(jobs, 2*i+1)
		}
		var now, most atomic.Int32
		run(t, time.Second, Config[int]{Poll: time.Second, Parallel: 2, Fetch: 5, List: list(jobs...), Handle: func(ctx context.Context, _ int) (Compute, error) {
			most.Store(max(most.Load(), now.Add(1)))
			<-ctx.Done()
			now.Add(-1)
			return nil, nil
		}})
		require.EqualValues(t, 7, most.Load())
	})
}

func TestLightJobsOfStrangersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var jobs []int
		for i := range 1000 {
			jobs = append(jobs, 2*i)
		}
		var now, most atomic.Int32
		run(t, time.Second, Config[int]{Poll: time.Second, List: list(jobs...), Handle: func(ctx context.Context, _ int) (Compute, error) {
			most.Store(max(most.Load(), now.Add(1)))
			<-ctx.Done()
			now.Add(-1)
			return nil, nil
		}})
		require.EqualValues(t, maxLight, most.Load())
	})
}

func TestLightJobsOfAGroupFollowOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := []int{998, 996}
		for i := range 200 {
			jobs = append(jobs, 2*i)
		}
		start := time.Now()
		var mu sync.Mutex
		done := map[int]time.Duration{}
		run(t, 4*time.Minute, Config[int]{Poll: time.Hour, List: list(jobs...),
			Group: func(j int) any { return j > 900 || j%4 == 0 },
			Handle: func(ctx context.Context, j int) (Compute, error) {
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				done[j] = time.Since(start)
				return nil, nil
			}})
		require.Len(t, done, len(jobs))
		require.Equal(t, time.Second, done[998])
		require.Equal(t, 2*time.Second, done[996])
		require.Equal(t, time.Second, done[2], "another group does not wait for it")
		require.Equal(t, 100*time.Second, done[398], "each of a hundred after the last one")
	})
}

// What is listed once, such as what is looked for every hour, is not forgotten while it waits for its group.
func TestLightJobsOfAGroupWaitBeyondTheNextList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var done []int
		lists := 0
		run(t, time.Minute, Config[int]{Poll: time.Second,
			List: func(context.Context) ([]int, error) {
				if lists++; lists > 1 {
					return []int{8}, nil
				}
				return []int{2, 4, 6}, nil
			},
			Group: func(j int) any { return j < 8 },
			Handle: func(ctx context.Context, j int) (Compute, error) {
				time.Sleep(5 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				if j < 8 {
					done = append(done, j)
				}
				return nil, nil
			}})
		require.Equal(t, []int{2, 4, 6}, done)
	})
}

// A pause ends when it ends, not with the next list.
func TestPausesEndOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		run(t, 59*time.Second, Config[int]{Poll: time.Minute, List: list(2), Handle: func(context.Context, int) (Compute, error) {
			at = append(at, time.Since(start))
			time.Sleep(time.Second)
			return nil, Wait(errors.New("for its turn"), 16*time.Second)
		}})
		require.Equal(t, []time.Duration{0, 17 * time.Second, 34 * time.Second, 51 * time.Second}, at)
	})
}

func TestFailingJobBacksOffAndPermanentErrorGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at, told []time.Duration
		run(t, time.Hour, Config[int]{Poll: time.Second, List: list(7),
			Handle: computing(func(context.Context, int) error {
				at = append(at, time.Since(start))
				if len(at) == 4 {
					return Permanent(errors.New("never"))
				}
				return errors.New("not now")
			}),
			Failed: func(j *int, _ error, retry time.Duration) {
				require.Equal(t, 7, *j)
				told = append(told, retry)
			},
		})
		require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}, at)
		require.Equal(t, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 0}, told)
	})
}

// What is permanent for one job may be what others replace.
func TestRetriedErrorsAreNotPermanent(t *testing.T) {
	cause := errors.New("no such model")
	err := fmt.Errorf("join: %w", Retried(fmt.Errorf("package: %w", Permanent(cause))))
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "join: package: no such model")
	require.False(t, errors.As(err, new(permanentError)))
	var wait waitError
	require.ErrorAs(t, Retried(Wait(cause, time.Second)), &wait)
	require.NoError(t, Retried(nil))
	retry, _ := new(attempt).note(err, time.Second, time.Now())
	require.Equal(t, time.Second, retry)
}

func TestFailingJobDoesNotDelayOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done []int
		run(t, time.Minute, Config[int]{Poll: time.Second, List: list(1, 3),
			Handle: computing(func(_ context.Context, j int) error {
				if j == 1 {
					return errors.New("ghost")
				}
				done = append(done, j)
				return nil
			}),
			Failed: func(*int, error, time.Duration) {},
		})
		require.GreaterOrEqual(t, len(done), 59)
	})
}

func TestFailuresOfJobsNoLongerListedAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lists, tries := 0, 0
		run(t, 3*time.Second, Config[int]{Poll: time.Second,
			List: func(context.Context) ([]int, error) {
				if lists++; lists == 2 {
					return nil, nil
				}
				return []int{7}, nil
			},
			Handle: computing(func(context.Context, int) error { tries++; return Permanent(errors.New("never")) }),
			Failed: func(*int, error, time.Duration) {},
		})
		require.Equal(t, 2, tries)
	})
}

func TestPanicInHandleBecomesAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got error
		run(t, 500*time.Millisecond, Config[int]{Poll: time.Second, List: list(7),
			Handle: computing(func(context.Context, int) error { panic("data set fell over") }),
			Failed: func(_ *int, err error, _ time.Duration) { got = err },
		})
		require.ErrorContains(t, got, "data set fell over")
		require.ErrorAs(t, got, new(*PanicError))
	})
}

func TestLoopSurvivesPanicsInListHintsAndFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lists := 0
		run(t, 10*time.Second, Config[int]{Poll: time.Second,
			Hints:  func(context.Context, func()) { panic("websocket") },
			List:   func(context.Context) ([]int, error) { lists++; panic("observer of the list") },
			Failed: func(*int, error, time.Duration) { panic("observer of failures") },
		})
		require.Equal(t, 4, lists, "at 0, 1, 3 and 7 s")
	})
}

func TestHintsCauseAListSoonButNotOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		run(t, 25*time.Second, Config[int]{Poll: 40 * time.Second,
			Hints: func(ctx context.Context, hint func()) {
				for ctx.Err() == nil {
					time.Sleep(100 * time.Millisecond)
					hint()
				}
			},
			List: func(context.Context) ([]int, error) { at = append(at, time.Since(start)); return nil, nil },
		})
		const tenth = 100 * time.Millisecond
		require.Equal(t, []time.Duration{0, tenth, 2 * tenth, 3 * tenth, 10 * time.Second, 20 * time.Second}, at)
	})
}

func TestHintsDoNotCutABackoffShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lists := 0
		run(t, 100*time.Second, Config[int]{Poll: 10 * time.Second,
			Hints: func(ctx context.Context, hint func()) {
				for ctx.Err() == nil {
					hint()
					time.Sleep(time.Second)
				}
			},
			List:   func(context.Context) ([]int, error) { lists++; return nil, errors.New("429") },
			Failed: func(j *int, _ error, _ time.Duration) { require.Nil(t, j) },
		})
		require.Equal(t, 4, lists, "at 0, 10, 30 and 70 s")
	})
}

func TestStoppingWaitsForJobsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		run(t, time.Second, Config[int]{Poll: time.Minute, List: list(7), Handle: computing(func(ctx context.Context, _ int) error {
			<-ctx.Done()
			time.Sleep(time.Second) // tidying up
			ended = true
			return ctx.Err()
		}), Failed: func(*int, error, time.Duration) { t.Error("stopped is not failed") }})
		require.True(t, ended)
	})
}

// Reasons to wait are told once, except that it is not this job's turn: that is no news.
func TestTurnsAreNotTold(t *testing.T) {
	cause := errors.New("others first")
	a := new(attempt)
	for _, c := range []struct {
		err    error
		report bool
	}{
		{Turn(cause, time.Minute), false},
		{fmt.Errorf("base: %w", Turn(cause, time.Minute)), false},
		{Wait(cause, time.Minute), true},
		{Wait(cause, time.Minute), false},
	} {
		retry, report := a.note(c.err, time.Second, time.Now())
		require.Equal(t, time.Minute, retry, "it does not count as a failure")
		require.Equal(t, c.report, report)
	}
}

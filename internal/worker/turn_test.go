package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// creator is the owner in jobs such as "eve/7".
func creator(job string) string {
	owner, _, _ := strings.Cut(job, "/")
	return owner
}

// jobsOf are n jobs of one owner.
func jobsOf(owner string, n int) (jobs []string) {
	for i := range n {
		jobs = append(jobs, fmt.Sprintf("%s/%d", owner, i))
	}
	return jobs
}

func TestOwnersTakeTurns(t *testing.T) {
	l := loop[string]{Config: Config[string]{Owner: creator}, flights: map[string]*flight{}, failed: map[string]*attempt{}}
	now := time.Now()
	all := append(jobsOf("eve", 3), "bob/0", "ann/0", "bob/1")
	require.Equal(t, []string{"eve/0", "bob/0", "ann/0", "eve/1", "bob/1", "eve/2"}, l.inTurn(all, now))

	l.failed["eve/0"] = &attempt{failures: 1, last: now.Add(-time.Minute)}
	l.failed["bob/1"] = &attempt{failures: 3, last: now.Add(-time.Hour)}
	require.Equal(t, []string{"ann/0", "eve/1", "bob/0", "eve/2", "bob/1", "eve/0"}, l.inTurn(all, now),
		"who has failed comes a turn later, and what has failed comes last, the oldest first")

	l.failed["eve/0"].notBefore = now.Add(time.Second)
	l.failed["bob/1"].givenUp = true
	l.flights["ann/0"] = &flight{owner: "ann", heavy: true}
	require.Equal(t, []string{"eve/1", "bob/0", "eve/2"}, l.inTurn(all, now))
}

// Ghosts are jobs of one owner that take as long as they may and then fail. They are listed first, since they pay more.
// The honest job used to wait for 33 of their deadlines.
func TestGhostsDoNotStarveAnHonestJob(t *testing.T) {
	const deadline = 30 * time.Minute
	for _, ghosts := range []int{8, 100} {
		t.Run(fmt.Sprint(ghosts), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := NewFetches(16, deadline, 5*time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				listed := jobsOf("eve", ghosts)
				var mu sync.Mutex
				var done time.Duration
				var from time.Time
				time.AfterFunc(3*time.Hour, func() { // the ghosts are there long before it
					mu.Lock()
					defer mu.Unlock()
					listed, from = append(listed, "bob/0"), time.Now()
				})
				require.NoError(t, Run(ctx, Config[string]{
					Poll: 5 * time.Second, Parallel: 1, Owner: creator,
					Heavy:  func(string) bool { return true },
					List:   func(context.Context) ([]string, error) { mu.Lock(); defer mu.Unlock(); return listed, nil },
					Failed: func(*string, error, time.Duration) {},
					Handle: func(ctx context.Context, job string) (Compute, error) {
						if creator(job) == "eve" {
							return nil, f.Do(ctx, job, drip)
						}
						return func(context.Context) error { done = time.Since(from); cancel(); return nil }, f.Do(ctx, job, func(context.Context) error { return nil })
					},
				}))
				require.LessOrEqual(t, done, deadline/10, "%s", done)
			})
		})
	}
}

func TestJobThatIsOverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Bool
		finalized := errors.New("the round is finalized")
		var got error
		time.AfterFunc(10*time.Second, func() { over.Store(true) })
		run(t, time.Minute, Config[int]{Poll: time.Second, List: list(1),
			Over: func(int) error {
				if over.Load() {
					return finalized
				}
				return nil
			},
			Handle: computing(func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return errors.New("stopped in a batch")
			}),
			Failed: func(_ *int, err error, retry time.Duration) { got = err; require.Zero(t, retry) },
		})
		require.ErrorIs(t, got, finalized)
	})
}

func TestWaitingIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reports, tries := 0, 0
		run(t, 10*time.Second+time.Millisecond, Config[int]{Poll: time.Second, List: list(1),
			Handle: func(context.Context, int) (Compute, error) {
				tries++
				return nil, Wait(errors.New("for others"), 2*time.Second)
			},
			Failed: func(_ *int, _ error, retry time.Duration) { reports++; require.Equal(t, 2*time.Second, retry) },
		})
		require.Equal(t, 6, tries, "its pause does not grow")
		require.Equal(t, 1, reports)
	})
}

// What comes later has failed, with a pause of its own, and is told once.
func TestLaterIsAFailureWithAPause(t *testing.T) {
	var a attempt
	now := time.Now()
	for i := range 5 {
		retry, report := a.note(Later(errors.New("not here"), time.Second), time.Hour, now)
		require.Equal(t, time.Second, retry)
		require.Equal(t, i == 0, report)
		require.Equal(t, i+1, a.failures)
	}
	require.NoError(t, Later(nil, time.Second))
}

// Package worker is the loop that the trainer's and the validator's workers share: it lists the jobs to do, does each
// in a goroutine of its own, never one job twice at the same time, and backs off from those that fail.
package worker

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// maxLight bounds the light jobs in flight, so that strangers who open rounds cannot exhaust a worker's memory.
	maxLight = 64
	// maxBackoff bounds the pause after repeated failures of one job.
	maxBackoff = 5 * time.Minute
	// maxListsPerPoll bounds how often hints make the loop list within one Poll.
	maxListsPerPoll = 4
)

// Config describes one loop over jobs of type J.
type Config[J comparable] struct {
	// Poll is the pause between two lists; a failing job is tried again after Poll, 2·Poll, 4·Poll … 5 minutes.
	Poll time.Duration
	// Parallel is how many heavy jobs are done at a time. Those that have to wait are started in the order of the list.
	Parallel int
	// Hints, if not nil, runs beside the loop until ctx is done and calls hint when the loop should list again before
	// Poll is over. Hints cause at most four lists a Poll, and none while listing fails.
	Hints func(ctx context.Context, hint func())
	// List returns the jobs to do now, the most urgent first.
	List func(ctx context.Context) ([]J, error)
	// Heavy reports whether a job takes one of the Parallel places. Others start at once.
	Heavy func(J) bool
	// Handle does one job. It checks whether there is still something to do, and is safe to call again at any time.
	Handle func(ctx context.Context, job J) error
	// Failed is called with every error: job is nil if List failed, retry is 0 if the job is given up.
	Failed func(job *J, err error, retry time.Duration)
}

// permanentError marks an error that trying again cannot fix.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks err as one that trying again cannot fix: the loop gives up a job that returns it. Nil stays nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// attempt is what the loop remembers of a job that failed.
type attempt struct {
	failures  int
	notBefore time.Time
	givenUp   bool
}

// loop is the state of one Run.
type loop[J comparable] struct {
	Config[J]
	mu       sync.Mutex
	inFlight map[J]bool
	heavy    int // of those in flight
	waiting  []J // heavy jobs without a place
	failed   map[J]*attempt
	wg       sync.WaitGroup
}

// Run works until ctx is done, then waits for the jobs in flight and returns nil: being stopped is no error.
func Run[J comparable](ctx context.Context, cfg Config[J]) error {
	l := &loop[J]{Config: cfg, inFlight: map[J]bool{}, failed: map[J]*attempt{}}
	ctx, cancel := context.WithCancel(ctx)
	defer l.wg.Wait()
	defer cancel()
	hints := l.listen(ctx)
	failures := 0
	for ctx.Err() == nil {
		jobs, err := l.list(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			pause := backoff(l.Poll, failures)
			failures++
			l.report(nil, err, pause)
			sleep(ctx, pause, nil)
			continue
		}
		failures = 0
		l.start(ctx, jobs)
		sleep(ctx, l.Poll/maxListsPerPoll, nil)
		sleep(ctx, l.Poll-l.Poll/maxListsPerPoll, hints)
	}
	return nil
}

func (l *loop[J]) list(ctx context.Context) (jobs []J, err error) {
	err = Protect("looking for work", func() (err error) {
		jobs, err = l.List(ctx)
		return err
	})
	return jobs, err
}

// listen merges hints: any number of them cause one list.
func (l *loop[J]) listen(ctx context.Context) <-chan struct{} {
	if l.Hints == nil {
		return nil
	}
	hints := make(chan struct{}, 1)
	l.wg.Go(func() {
		err := Protect("waiting for hints", func() error {
			l.Hints(ctx, func() {
				select {
				case hints <- struct{}{}:
				default:
				}
			})
			return nil
		})
		if err != nil {
			l.report(nil, err, 0) // polling goes on without them
		}
	})
	return hints
}

// start begins the jobs that may start now, and forgets the failures of jobs that are no longer listed.
func (l *loop[J]) start(ctx context.Context, jobs []J) {
	l.mu.Lock()
	defer l.mu.Unlock()
	listed := make(map[J]bool, len(jobs))
	l.waiting = l.waiting[:0]
	for _, j := range jobs {
		listed[j] = true
		a := l.failed[j]
		switch {
		case l.inFlight[j], a != nil && (a.givenUp || time.Now().Before(a.notBefore)):
		case !l.Heavy(j):
			if len(l.inFlight)-l.heavy < maxLight {
				l.begin(ctx, j)
			}
		case l.heavy < l.Parallel:
			l.begin(ctx, j)
		default:
			l.waiting = append(l.waiting, j)
		}
	}
	for j := range l.failed {
		if !listed[j] && !l.inFlight[j] {
			delete(l.failed, j)
		}
	}
}

// begin starts a job in a goroutine of its own; l.mu is held.
func (l *loop[J]) begin(ctx context.Context, j J) {
	l.inFlight[j] = true
	if l.Heavy(j) {
		l.heavy++
	}
	l.wg.Go(func() {
		err := Protect("the work", func() error { return l.Handle(ctx, j) })
		l.finish(ctx, j, err)
	})
}

// finish reports a failure before it releases the job, so that reports about one job come in order; then the next
// waiting job gets its place.
func (l *loop[J]) finish(ctx context.Context, j J, err error) {
	if ctx.Err() != nil {
		err = nil // stopped, not failed
	}
	if err != nil {
		l.report(&j, err, l.remember(j, err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.inFlight, j)
	if err == nil {
		delete(l.failed, j)
	}
	if !l.Heavy(j) {
		return
	}
	l.heavy--
	if len(l.waiting) > 0 && ctx.Err() == nil {
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.begin(ctx, next)
	}
}

// report reports a failure. A panic in Failed is dropped: there is nobody left to report it to.
func (l *loop[J]) report(j *J, err error, retry time.Duration) {
	_ = Protect("reporting a failure", func() error {
		l.Failed(j, err, retry)
		return nil
	})
}

// remember notes a failure and says when to try again; 0 means never.
func (l *loop[J]) remember(j J, err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.failed[j]
	if a == nil {
		a = &attempt{}
		l.failed[j] = a
	}
	if errors.As(err, new(permanentError)) {
		a.givenUp = true
		return 0
	}
	retry := backoff(l.Poll, a.failures)
	a.failures++
	a.notBefore = time.Now().Add(retry)
	return retry
}

func backoff(poll time.Duration, failures int) time.Duration {
	d := poll
	for range failures {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// sleep returns after d, when wake receives, or when ctx is done.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
	}
}

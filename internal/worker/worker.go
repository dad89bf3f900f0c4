// Package worker is the loop that all workers share: it lists the jobs to do, does each in a goroutine of its own, never
// one job twice at the same time, and backs off from those that fail. What waits for strangers (fetching) is apart from
// what computes, so that neither holds up the other; what is fresh goes before what failed; and those who own the jobs
// take turns. [Fetches] bounds fetching, [Cache] memory.
package worker

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxLight bounds the light jobs in flight, so that strangers who open rounds cannot exhaust a worker's memory.
	maxLight = 64
	// maxQueued bounds those that wait for a place until the next list.
	maxQueued = 16 * maxLight
	// defaultFetch is how many heavy jobs may be in flight beside those that compute.
	defaultFetch = 16
	// defaultHinted is how many lists hints may cause in a Poll.
	defaultHinted = 4
)

// Compute is the second half of a heavy job, which keeps a processor busy.
type Compute func(ctx context.Context) error

// Config describes one loop over jobs of type J.
type Config[J comparable] struct {
	// Poll is the pause between two lists; a failing job is tried again after Poll, 2·Poll, 4·Poll … 5 minutes.
	Poll time.Duration
	// Parallel is how many jobs compute at a time. The others wait in the order in which they became ready.
	Parallel int
	// Computing, if set, holds how many do.
	Computing *atomic.Int64
	// Fetch is how many heavy jobs may be in flight beside those that compute. Default 16. Jobs that have failed before
	// get half of all places at most.
	Fetch int
	// Hints, if not nil, runs beside the loop until ctx is done and calls hint when the loop should list again before
	// Poll is over: at once, as long as that makes no more than Hinted lists a Poll, and as many more after it was quiet.
	// There are none while listing fails.
	Hints func(ctx context.Context, hint func())
	// Hinted bounds the lists that hints cause in a Poll. Default 4.
	Hinted int
	// List returns the jobs to do now, the most urgent first.
	List func(ctx context.Context) ([]J, error)
	// Heavy reports whether a job fetches and computes. Others start at once.
	Heavy func(J) bool
	// Owner, if not nil, names whose job it is: owners take turns, and the owner of jobs that failed comes after others.
	Owner func(J) string
	// Group, if not nil, names what a light job is about: those of one group are done one after the other, and only one of
	// them has a place at a time.
	Group func(J) any
	// Handle does one job, or the part of it that waits for the network, and returns the part that computes, if there is
	// one. It checks whether there is still something to do, and is safe to call again at any time.
	Handle func(ctx context.Context, job J) (Compute, error)
	// Over, if not nil, is asked about each heavy job in flight after every list: an error ends the job's context, with
	// the error as its cause.
	Over func(J) error
	// Failed is called with every error: job is nil if List failed, retry is 0 if the job is given up.
	Failed func(job *J, err error, retry time.Duration)
}

// loop is the state of one Run.
type loop[J comparable] struct {
	Config[J]
	mu      sync.Mutex
	flights map[J]*flight
	heavy   int          // of those in flight
	retries int          // of those: they have failed before
	waiting []J          // heavy jobs without a place, in the order in which they get one
	queued  []J          // light ones
	groups  map[any]bool // of light jobs in flight
	failed  map[J]*attempt
	compute places
	ended   chan struct{} // a job ended, so that a pause may have begun
	wg      sync.WaitGroup
}

// Run works until ctx is done, then waits for the jobs in flight and returns nil: being stopped is no error.
func Run[J comparable](ctx context.Context, cfg Config[J]) error {
	cfg.Fetch, cfg.Hinted = cmp.Or(cfg.Fetch, defaultFetch), cmp.Or(cfg.Hinted, defaultHinted)
	l := &loop[J]{Config: cfg, flights: map[J]*flight{}, failed: map[J]*attempt{}, groups: map[any]bool{}, ended: make(chan struct{}, 1), compute: newPlaces(cfg.Parallel)}
	ctx, cancel := context.WithCancel(ctx)
	defer l.wg.Wait()
	defer cancel()
	hints := l.listen(ctx)
	failures, pace := 0, pace{every: l.Poll / time.Duration(l.Hinted), most: l.Poll}
	for ctx.Err() == nil {
		jobs, err := l.list(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			pause := Backoff(l.Poll, failures)
			failures++
			l.report(nil, err, pause)
			sleep(ctx, pause)
			continue
		}
		failures = 0
		l.start(ctx, jobs)
		now := time.Now()
		l.rest(ctx, jobs, now.Add(pace.wait(now)), nil)
		l.rest(ctx, jobs, now.Add(l.Poll), hints)
	}
	return nil
}

// pace says when something that happens again and again may happen next: once in every so often, and what was not used
// of the time before, at most that long, at once.
type pace struct {
	every, most time.Duration
	used        time.Time // until when the time is used up
}

// wait notes that it happens now, and returns how long to wait before the next time.
func (p *pace) wait(now time.Time) time.Duration {
	if oldest := now.Add(p.every - p.most); p.used.Before(oldest) {
		p.used = oldest
	}
	p.used = p.used.Add(p.every)
	return p.used.Sub(now)
}

// rest waits until then, or for a hint. Listed jobs whose pause ends meanwhile are started on time.
func (l *loop[J]) rest(ctx context.Context, jobs []J, until time.Time, hints <-chan struct{}) {
	for ctx.Err() == nil && time.Now().Before(until) {
		timer := time.NewTimer(time.Until(l.nextDue(jobs, until)))
		select {
		case <-ctx.Done():
		case <-timer.C:
			l.resume(ctx, jobs)
		case <-l.ended:
		case <-hints:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// nextDue is when the next pause of a listed job ends, but at most the given time.
func (l *loop[J]) nextDue(jobs []J, at time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, j := range jobs {
		a := l.failed[j]
		if a != nil && l.flights[j] == nil && !a.givenUp && a.notBefore.After(now) && a.notBefore.Before(at) {
			at = a.notBefore
		}
	}
	return at
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

// report reports a failure. A panic in Failed is dropped: there is nobody left to report it to.
func (l *loop[J]) report(j *J, err error, retry time.Duration) {
	_ = Protect("reporting a failure", func() error {
		l.Failed(j, err, retry)
		return nil
	})
}

// sleep returns after d, or when ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

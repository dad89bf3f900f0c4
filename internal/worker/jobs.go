package worker

import (
	"context"
	"time"
)

// flight is a job in flight.
type flight struct {
	owner string
	heavy bool
	retry bool // it has failed before
	end   context.CancelCauseFunc
}

// start begins the jobs that may start now, ends those that are over, and forgets the failures of jobs that are no
// longer listed.
func (l *loop[J]) start(ctx context.Context, jobs []J) {
	l.endOver()
	l.mu.Lock()
	defer l.mu.Unlock()
	listed := make(map[J]bool, len(jobs))
	for _, j := range jobs {
		listed[j] = true
	}
	l.waiting = l.waiting[:0]
	for _, j := range l.inTurn(jobs, time.Now()) {
		switch {
		case l.Heavy(j):
			l.waiting = append(l.waiting, j)
		case len(l.flights)-l.heavy < maxLight:
			l.begin(ctx, j)
		}
	}
	l.fill(ctx)
	for j := range l.failed {
		if !listed[j] && l.flights[j] == nil {
			delete(l.failed, j)
		}
	}
}

// fill gives free places to waiting jobs; l.mu is held. Those that failed before, which wait behind the others, get half
// of the places at most, so that a fresh one finds a place soon.
func (l *loop[J]) fill(ctx context.Context) {
	most := l.Fetch + l.Parallel
	for len(l.waiting) > 0 && l.heavy < most && ctx.Err() == nil {
		next := l.waiting[0]
		if l.hasFailed(next) && l.retries >= max(1, most/2) {
			return
		}
		l.waiting = l.waiting[1:]
		l.begin(ctx, next)
	}
}

// hasFailed reports whether a job has failed before; l.mu is held.
func (l *loop[J]) hasFailed(j J) bool {
	a := l.failed[j]
	return a != nil && a.failures > 0
}

// endOver ends the jobs in flight that are over.
func (l *loop[J]) endOver() {
	if l.Over == nil {
		return
	}
	for j, f := range l.heavyFlights() {
		if err := Protect("asking whether a job is over", func() error { return l.Over(j) }); err != nil {
			f.end(err)
		}
	}
}

func (l *loop[J]) heavyFlights() map[J]*flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[J]*flight{}
	for j, f := range l.flights {
		if f.heavy {
			all[j] = f
		}
	}
	return all
}

// begin starts a job in a goroutine of its own; l.mu is held.
func (l *loop[J]) begin(ctx context.Context, j J) {
	f := &flight{owner: l.owner(j), heavy: l.Heavy(j), retry: l.hasFailed(j)}
	jobCtx, end := context.WithCancelCause(ctx)
	f.end = end
	l.flights[j] = f
	l.count(f, 1)
	l.wg.Go(func() {
		defer end(nil)
		l.finish(ctx, j, l.do(jobCtx, j))
	})
}

// do does both parts of a job. A job that ended because it was over says so, whatever it made of it.
func (l *loop[J]) do(ctx context.Context, j J) error {
	err := Protect("the work", func() error {
		compute, err := l.Handle(ctx, j)
		if err != nil || compute == nil {
			return err
		}
		if err := l.compute.take(ctx); err != nil {
			return err
		}
		defer l.compute.give()
		defer l.counted()()
		return compute(ctx)
	})
	if err != nil && ctx.Err() != nil {
		return Permanent(context.Cause(ctx))
	}
	return err
}

// finish reports a failure before it releases the job, so that reports about one job come in order; then the next
// waiting job gets its place. Here ctx is the loop's.
func (l *loop[J]) finish(ctx context.Context, j J, err error) {
	if ctx.Err() != nil {
		err = nil // stopped, not failed
	}
	if err != nil {
		if retry, report := l.remember(j, err); report {
			l.report(&j, err, retry)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(l.flights[j], -1)
	delete(l.flights, j)
	if err == nil {
		delete(l.failed, j)
	}
	l.fill(ctx)
}

// remember notes a failure.
func (l *loop[J]) remember(j J, err error) (retry time.Duration, report bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.failed[j]
	if a == nil {
		a = &attempt{}
		l.failed[j] = a
	}
	return a.note(err, l.Poll, time.Now())
}

// count counts a heavy job in flight; l.mu is held.
func (l *loop[J]) count(f *flight, n int) {
	if !f.heavy {
		return
	}
	l.heavy += n
	if f.retry {
		l.retries += n
	}
}

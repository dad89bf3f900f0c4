package worker

import (
	"context"
	"slices"
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
	// A light job that waits for others of its group was promised its turn, also where it is not listed each time.
	l.waiting, l.queued = l.waiting[:0], slices.DeleteFunc(l.queued, func(j J) bool { return listed[j] })
	l.queue(ctx, jobs)
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

// queue lines up the jobs that may start now, and starts those for which there are places; l.mu is held.
func (l *loop[J]) queue(ctx context.Context, jobs []J) {
	for _, j := range l.inTurn(jobs, time.Now()) {
		if l.Heavy(j) {
			l.waiting = append(l.waiting, j)
		} else if len(l.queued) < maxQueued {
			l.queued = append(l.queued, j)
		}
	}
	l.fill(ctx)
	l.fillLight(ctx)
}

// resume starts listed jobs whose pause is over.
func (l *loop[J]) resume(ctx context.Context, jobs []J) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var again []J
	for _, j := range jobs {
		if l.failed[j] != nil && !slices.Contains(l.waiting, j) && !slices.Contains(l.queued, j) {
			again = append(again, j)
		}
	}
	l.queue(ctx, again)
}

// fillLight gives free places to queued light jobs whose group has none in flight; l.mu is held.
func (l *loop[J]) fillLight(ctx context.Context) {
	l.queued = slices.DeleteFunc(l.queued, func(j J) bool {
		group := l.group(j)
		if ctx.Err() != nil || len(l.flights)-l.heavy >= maxLight || group != nil && l.groups[group] {
			return false
		}
		l.begin(ctx, j)
		return true
	})
}

// group is that of a light job; nil if it has none.
func (l *loop[J]) group(j J) any {
	if l.Group == nil || l.Heavy(j) {
		return nil
	}
	return l.Group(j)
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
	if group := l.group(j); group != nil {
		l.groups[group] = true
	}
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
	if group := l.group(j); group != nil {
		delete(l.groups, group)
	}
	if err == nil {
		delete(l.failed, j)
	}
	l.fill(ctx)
	l.fillLight(ctx)
	select {
	case l.ended <- struct{}{}:
	default:
	}
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

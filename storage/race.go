package storage

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"
)

// raceBytes is where a race is decided. Up to here sources run side by side,
// so that a dead or slow one costs nothing; from here on the first one has the
// line for itself.
const raceBytes = 4 << 20

// hedgeBytes decides it when a further source was let in: both may come over one
// slow line, and only what one of them brings is of use.
const hedgeBytes = 1 << 20

// watchFor is how long it takes to find that sources are too slow, see
// [Config.MinRate]. It doubles each time: where the line is what is slow, many
// at once would make it slower still.
const watchFor = 5 * time.Second

var errOutrun = errors.New("another source was faster")

// race lets the sources bring root into the local store. Sources that have
// failed lately come last.
func (s *Store) race(parent context.Context, root cid.Cid, limits limits) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	r := &race{s: s, root: root, limits: limits, queue: s.ranking(), width: s.cfg.Parallel, leader: -1, length: raceBytes,
		running: map[int]*runner{}, done: make(chan outcome), ahead: make(chan struct{}, 1)}
	err := r.run(ctx)
	cancel(errOutrun)
	for range r.running {
		<-r.done
	}
	if err != nil && parent.Err() != nil {
		return context.Cause(parent)
	}
	return err
}

// race is one race; all but the counters of runners belongs to the goroutine
// of run.
type race struct {
	s       *Store
	root    cid.Cid
	limits  limits
	queue   []int           // sources that wait
	running map[int]*runner // those at work
	width   int             // how many may be while no one leads
	leader  int             // the source that has the line for itself, or -1
	length  int64           // bytes that win
	done    chan outcome
	ahead   chan struct{} // somebody may have reached his goal
	errs    []error
}

// runner is a source at work.
type runner struct {
	stop     context.CancelCauseFunc
	arrived  atomic.Int64 // bytes that are new
	streamed atomic.Int64 // and those before them that were here
	goal     atomic.Int64 // where arrived wins the race
	seen     int64        // arrived when it was last looked at
	since    int64        // streamed when another was let in
}

type outcome struct {
	source int
	err    error
}

// run returns when one source has brought everything, or all have failed.
func (r *race) run(ctx context.Context) error {
	watch := watchFor
	timer := time.NewTimer(watch)
	defer timer.Stop()
	for {
		for r.leader < 0 && len(r.running) < r.width && len(r.queue) > 0 && ctx.Err() == nil {
			r.start(ctx, r.queue[0])
			r.queue = r.queue[1:]
		}
		if len(r.running) == 0 {
			return errors.Join(append(r.errs, ctx.Err())...)
		}
		select {
		case <-r.ahead:
			r.decide()
		case <-timer.C:
			if r.slow(watch) && len(r.queue) > 0 {
				r.reopen()
				watch *= 2
			}
			timer.Reset(watch)
		case o := <-r.done:
			if r.ended(o) {
				return nil
			}
		}
	}
}

func (r *race) start(ctx context.Context, source int) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &runner{stop: cancel}
	w.goal.Store(r.length)
	r.running[source] = w
	j := &job{s: r.s, from: r.s.cfg.Fetchers[source], to: r.s.local, root: r.root, limits: r.limits, arrived: func(total, streamed int64) {
		w.streamed.Store(streamed)
		w.arrived.Store(total)
		if total < w.goal.Load() {
			return
		}
		select {
		case r.ahead <- struct{}{}:
		default: // run has yet to look
		}
	}}
	go func() {
		err := protect(name(j.from), func() error { return j.run(ctx) })
		if cause := context.Cause(ctx); err != nil && errors.Is(cause, errOutrun) {
			err = cause
		}
		r.done <- outcome{source, err}
	}()
}

// decide gives the line to the first that has reached his goal.
func (r *race) decide() {
	if r.leader >= 0 {
		return
	}
	for i, w := range r.running {
		if w.arrived.Load() >= w.goal.Load() {
			if r.overtaken(w) {
				w.goal.Add(hedgeBytes)
				continue
			}
			w.goal.Store(math.MaxInt64)
			r.leader, r.width = i, r.s.cfg.Parallel
			break
		}
	}
	if r.leader < 0 {
		return
	}
	for i, w := range r.running {
		if i != r.leader {
			w.stop(errOutrun)
		}
	}
}

// overtaken reports whether another is much faster than w on its way through
// what is here already: a CAR begins at its beginning.
func (r *race) overtaken(w *runner) bool {
	for _, o := range r.running {
		if o.streamed.Load() > o.arrived.Load() && o.streamed.Load()-o.since > 2*(w.streamed.Load()-w.since) {
			return true
		}
	}
	return false
}

// slow reports whether nobody has kept to Config.MinRate since it last looked.
func (r *race) slow(since time.Duration) bool {
	var best int64
	for _, w := range r.running {
		now := w.arrived.Load()
		best = max(best, now-w.seen)
		w.seen = now
	}
	return float64(best) < float64(r.s.cfg.MinRate)*since.Seconds()
}

// reopen lets one more source in. Those at work go on: they may be the best
// there is.
func (r *race) reopen() {
	r.length = hedgeBytes
	for _, w := range r.running {
		w.since = w.streamed.Load()
	}
	if r.leader < 0 {
		r.width = len(r.running) + 1
		return
	}
	w := r.running[r.leader]
	w.goal.Store(w.arrived.Load() + r.length)
	r.s.score(r.leader, false)
	r.leader, r.width = -1, 2
}

// ended reports whether o has brought everything.
func (r *race) ended(o outcome) bool {
	r.running[o.source].stop(nil)
	delete(r.running, o.source)
	if o.source == r.leader {
		r.leader, r.width = -1, max(r.width, r.s.cfg.Parallel)
	}
	switch {
	case o.err == nil:
		r.s.score(o.source, true)
		return true
	case errors.Is(o.err, errOutrun):
		r.queue = append(r.queue, o.source) // should the leader fail
	default:
		r.s.score(o.source, false)
		r.errs = append(r.errs, wrap("fetch", name(r.s.cfg.Fetchers[o.source]), r.root, o.err))
	}
	return false
}

// ranking lists the sources, those with fewer failures in a row first.
func (s *Store) ranking() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]int, len(s.cfg.Fetchers))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return s.failures[a] - s.failures[b] })
	return list
}

func (s *Store) score(source int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.failures[source] = 0
	} else {
		s.failures[source]++
	}
}

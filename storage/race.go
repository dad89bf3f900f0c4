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

// raceBytes decides a race. Until a source has delivered that many bytes all of
// them run in parallel, so that a dead or slow one costs nothing; from then on
// the first one continues alone.
const raceBytes = 4 << 20

// hedgeBytes decides a race after a source was added. It is smaller, since both
// may share one slow line and only the bytes of one of them are of use.
const hedgeBytes = 1 << 20

// slowAfter is how long the sources must be slower than [Config.MinRate] before
// another one is added. It doubles each time: if the line itself is slow, more
// sources would only make it slower.
const slowAfter = 5 * time.Second

var errOutrun = errors.New("another source was faster")

// race fetches root from several sources at once: those of the configuration, and
// maybe others behind them. Sources that failed recently come last.
func (s *Store) race(parent context.Context, to *blocks, root cid.Cid, sources []Fetcher, limits limits) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	r := &race{s: s, to: to, root: root, limits: limits, sources: sources, queue: s.ranking(len(sources)), parallel: s.cfg.Parallel, leader: -1, winBytes: raceBytes,
		running: map[int]*runner{}, done: make(chan outcome), reached: make(chan struct{}, 1)}
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

// race is the state of one race. Only the goroutine of run uses it, except for
// the atomic counters of runners.
type race struct {
	s        *Store
	to       *blocks
	root     cid.Cid
	limits   limits
	sources  []Fetcher
	queue    []int           // sources not started yet
	running  map[int]*runner // sources that are fetching
	parallel int             // how many may run while there is no leader
	leader   int             // the source that continues alone, or -1
	winBytes int64           // bytes after which a source becomes the leader
	done     chan outcome
	reached  chan struct{} // a runner may have reached its goal
	errs     []error
}

// runner is a source that is fetching.
type runner struct {
	stop           context.CancelCauseFunc
	arrived        atomic.Int64 // bytes of new blocks
	streamed       atomic.Int64 // the same plus bytes of blocks that were stored before
	goal           atomic.Int64 // value of arrived that wins the race
	lastArrived    int64        // arrived at the last check of slow
	streamedBefore int64        // streamed when the last source was added
}

type outcome struct {
	source int
	err    error
}

// run returns when one source has delivered everything, or all have failed.
func (r *race) run(ctx context.Context) error {
	interval := slowAfter
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		for r.leader < 0 && len(r.running) < r.parallel && len(r.queue) > 0 && ctx.Err() == nil {
			r.start(ctx, r.queue[0])
			r.queue = r.queue[1:]
		}
		if len(r.running) == 0 {
			return errors.Join(append(r.errs, ctx.Err())...)
		}
		select {
		case <-r.reached:
			r.decide()
		case <-timer.C:
			if r.slow(interval) && len(r.queue) > 0 {
				r.addSource()
				interval *= 2
			}
			timer.Reset(interval)
		case o := <-r.done:
			if r.finish(o) {
				return nil
			}
		}
	}
}

func (r *race) start(ctx context.Context, source int) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &runner{stop: cancel}
	w.goal.Store(r.winBytes)
	r.running[source] = w
	j := &job{s: r.s, from: r.sources[source], to: r.to, root: r.root, limits: r.limits, arrived: func(total, streamed int64) {
		w.streamed.Store(streamed)
		w.arrived.Store(total)
		if total < w.goal.Load() {
			return
		}
		select {
		case r.reached <- struct{}{}:
		default: // run has not looked yet
		}
	}}
	go func() {
		err := catchPanic(name(j.from), func() error { return j.run(ctx) })
		if cause := context.Cause(ctx); err != nil && errors.Is(cause, errOutrun) {
			err = cause
		}
		r.done <- outcome{source, err}
	}()
}

// decide makes the first runner that has reached its goal the leader, and stops
// the others.
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
			r.leader, r.parallel = i, r.s.cfg.Parallel
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

// overtaken reports whether another runner, still streaming blocks that are
// stored already, is much faster than w: a CAR always starts from its
// beginning.
func (r *race) overtaken(w *runner) bool {
	for _, o := range r.running {
		if o.streamed.Load() > o.arrived.Load() && o.streamed.Load()-o.streamedBefore > 2*(w.streamed.Load()-w.streamedBefore) {
			return true
		}
	}
	return false
}

// slow reports whether no runner has reached Config.MinRate since the last
// call.
func (r *race) slow(since time.Duration) bool {
	var best int64
	for _, w := range r.running {
		now := w.arrived.Load()
		best = max(best, now-w.lastArrived)
		w.lastArrived = now
	}
	return float64(best) < float64(r.s.cfg.MinRate)*since.Seconds()
}

// addSource allows one more source. The running ones continue: they may still
// be the best.
func (r *race) addSource() {
	r.winBytes = hedgeBytes
	for _, w := range r.running {
		w.streamedBefore = w.streamed.Load()
	}
	if r.leader < 0 {
		r.parallel = len(r.running) + 1
		return
	}
	w := r.running[r.leader]
	w.goal.Store(w.arrived.Load() + r.winBytes)
	r.s.score(r.leader, false)
	r.leader, r.parallel = -1, 2
}

// finish handles the end of a runner and reports whether it delivered
// everything.
func (r *race) finish(o outcome) bool {
	r.running[o.source].stop(nil)
	delete(r.running, o.source)
	if o.source == r.leader {
		r.leader, r.parallel = -1, max(r.parallel, r.s.cfg.Parallel)
	}
	switch {
	case o.err == nil:
		r.s.score(o.source, true)
		return true
	case errors.Is(o.err, errOutrun):
		r.queue = append(r.queue, o.source) // tried again if the leader fails
	default:
		if !errors.Is(o.err, ErrNoRoom) { // which is not the source's fault
			r.s.score(o.source, false)
		}
		r.errs = append(r.errs, wrap("fetch", name(r.sources[o.source]), r.root, o.err))
	}
	return false
}

// ranking lists that many sources, those with fewer failures in a row first.
func (s *Store) ranking(sources int) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]int, sources)
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return s.failures[a] - s.failures[b] })
	return list
}

// score remembers how a source of the configuration did; others are asked once.
func (s *Store) score(source int, ok bool) {
	if source >= len(s.cfg.Fetchers) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.failures[source] = 0
	} else {
		s.failures[source]++
	}
}

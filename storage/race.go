package storage

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
)

// raceBytes is where a race is decided. Up to here sources run side by side,
// so that a dead or slow one costs nothing; from here on the first one has the
// line for itself.
const raceBytes = 4 << 20

var errOutrun = errors.New("another source was faster")

// race lets the sources bring root into the local store. Sources that have
// failed lately come last.
func (s *Store) race(parent context.Context, root cid.Cid, limits limits) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	type outcome struct {
		source int
		err    error
	}
	var (
		queue   = s.ranking()
		done    = make(chan outcome)
		lead    = make(chan int)
		running = map[int]context.CancelCauseFunc{}
		leader  = -1
		errs    []error
	)
	start := func(i int) {
		ctx, cancel := context.WithCancelCause(ctx)
		running[i] = cancel
		go func() {
			var once sync.Once
			j := &job{s: s, from: s.cfg.Fetchers[i], to: s.local, root: root, limits: limits, arrived: func(total int64) {
				if total < raceBytes {
					return
				}
				once.Do(func() {
					select {
					case lead <- i:
					case <-ctx.Done():
					}
				})
			}}
			err := j.run(ctx)
			if cause := context.Cause(ctx); err != nil && errors.Is(cause, errOutrun) {
				err = cause
			}
			done <- outcome{i, err}
		}()
	}
	for {
		for leader < 0 && len(running) < s.cfg.Parallel && len(queue) > 0 && ctx.Err() == nil {
			start(queue[0])
			queue = queue[1:]
		}
		if len(running) == 0 {
			if parent.Err() != nil {
				return context.Cause(parent)
			}
			return errors.Join(errs...)
		}
		select {
		case i := <-lead:
			if leader >= 0 || ctx.Err() != nil {
				continue
			}
			leader = i
			for other, stop := range running {
				if other != i {
					stop(errOutrun)
				}
			}
		case o := <-done:
			running[o.source](nil)
			delete(running, o.source)
			if o.source == leader {
				leader = -1
			}
			switch {
			case o.err == nil:
				s.score(o.source, true)
				cancel(errOutrun)
				for range running {
					<-done
				}
				return nil
			case errors.Is(o.err, errOutrun):
				queue = append(queue, o.source) // should the leader fail
			default:
				s.score(o.source, false)
				errs = append(errs, wrap("fetch", name(s.cfg.Fetchers[o.source]), root, o.err))
			}
		}
	}
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

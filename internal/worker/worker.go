// Package worker is the loop that the trainer's and the validator's workers share: it lists the rounds that need
// attention, handles each in a goroutine of its own, never one twice at a time, and backs off from those that fail.
package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// maxInFlight bounds the rounds handled at a time, so that strangers who open rounds cannot make a worker grow.
const maxInFlight = 64

// maxBackoff bounds the pause after repeated failures of one round.
const maxBackoff = 5 * time.Minute

// Config describes one loop.
type Config struct {
	// Poll is the pause between two lists; a failing round is tried again after Poll, 2·Poll, 4·Poll … 5 minutes.
	Poll time.Duration
	// Hints, if not nil, runs beside the loop until ctx is done and calls hint
	// when a list is worth having at once.
	Hints func(ctx context.Context, hint func())
	// List names the rounds that need attention now.
	List func(ctx context.Context) ([]uint64, error)
	// Handle takes one round as far as it goes now. It must be safe to call again at any time.
	Handle func(ctx context.Context, id uint64) error
	// Failed is told of every error: id is nil where List failed, retry is 0 where the round is given up.
	Failed func(id *uint64, err error, retry time.Duration)
}

// permanentError marks what no repetition mends.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks err as one that no repetition mends: the loop leaves such a round alone from then on.
func Permanent(err error) error { return permanentError{err} }

// PanicError is a panic in a caller's code, with the stack where it happened.
type PanicError struct {
	What  string
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.What, e.Value) }

// Format adds the stack for %+v.
func (e *PanicError) Format(f fmt.State, verb rune) {
	fmt.Fprint(f, e.Error())
	if verb == 'v' && f.Flag('+') {
		fmt.Fprintf(f, "\n%s", e.Stack)
	}
}

// Protect calls f and turns a panic into an error, so that a fault in a caller's code (a data set, an observer) ends
// one step, not the process.
func Protect(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{What: what, Value: r, Stack: debug.Stack()}
		}
	}()
	return f()
}

// attempt is what the loop remembers of a round that failed.
type attempt struct {
	failures  int
	notBefore time.Time
	givenUp   bool
}

// loop is the state of one Run.
type loop struct {
	Config
	mu       sync.Mutex
	inFlight map[uint64]bool
	failed   map[uint64]*attempt
	wg       sync.WaitGroup
}

// Run works until ctx is done, then waits for the rounds in hand and returns nil: to be stopped is no error.
func Run(ctx context.Context, cfg Config) error {
	l := &loop{Config: cfg, inFlight: map[uint64]bool{}, failed: map[uint64]*attempt{}}
	ctx, cancel := context.WithCancel(ctx)
	defer l.wg.Wait()
	defer cancel()
	wake := l.listen(ctx)
	listFailures := 0
	for ctx.Err() == nil {
		pause := l.Poll
		var ids []uint64
		err := Protect("looking for rounds", func() (err error) {
			ids, err = l.List(ctx)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			pause = backoff(l.Poll, listFailures)
			listFailures++
			l.tell(nil, err, pause)
		default:
			listFailures = 0
			for _, id := range ids {
				l.start(ctx, id)
			}
		}
		wait(ctx, pause, wake)
	}
	return nil
}

// listen gathers hints: any number of them before a list ask for one list.
func (l *loop) listen(ctx context.Context) <-chan struct{} {
	if l.Hints == nil {
		return nil
	}
	wake := make(chan struct{}, 1)
	l.wg.Go(func() {
		l.Hints(ctx, func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		})
	})
	return wake
}

// start handles a round in a goroutine of its own unless it is in hand already or has to wait after a failure.
func (l *loop) start(ctx context.Context, id uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inFlight[id] || len(l.inFlight) >= maxInFlight {
		return
	}
	if a := l.failed[id]; a != nil && (a.givenUp || time.Now().Before(a.notBefore)) {
		return
	}
	l.inFlight[id] = true
	l.wg.Go(func() {
		err := Protect("handling the round", func() error { return l.Handle(ctx, id) })
		l.finish(ctx, id, err)
	})
}

// finish tells of a failure before it lets the round go, so that what is told
// of a round is in order.
func (l *loop) finish(ctx context.Context, id uint64, err error) {
	if ctx.Err() != nil {
		err = nil // stopped, not failed
	}
	if err != nil {
		l.tell(&id, err, l.remember(id, err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.inFlight, id)
	if err == nil {
		delete(l.failed, id)
	}
}

// tell reports a failure. If even that panics, there is nobody left to tell.
func (l *loop) tell(id *uint64, err error, retry time.Duration) {
	_ = Protect("reporting a failure", func() error {
		l.Failed(id, err, retry)
		return nil
	})
}

// remember notes a failure and says when to try again; 0 means never.
func (l *loop) remember(id uint64, err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.failed[id]
	if a == nil {
		a = &attempt{}
		l.failed[id] = a
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

// wait returns after d, when wake receives, or when ctx is done.
func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-wake:
	}
}

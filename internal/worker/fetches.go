package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// AbsentError says that something could not be fetched lately.
type AbsentError struct {
	Err error         // why
	For time.Duration // until it is tried again
}

// Error implements error.
func (e *AbsentError) Error() string { return e.Err.Error() }

// Unwrap returns why it could not be fetched.
func (e *AbsentError) Unwrap() error { return e.Err }

const (
	// maxAbsent bounds what a Fetches remembers.
	maxAbsent = 1 << 14
	// firstShare is the part of the longest deadline that a first try gets: a minute of half an hour.
	firstShare = 30
)

// Fetches bounds what is fetched from strangers: each key once at a time, a number of keys at a time, each try with a
// deadline. A first try gets a thirtieth of the longest deadline and each further one twice as long, since what has
// arrived is kept. A key that could not be fetched is absent until its next try: asking again costs nothing. Tries of
// absent keys take at most half of the places, so that fresh keys find one soon. It is safe for concurrent use.
type Fetches struct {
	longest, pause time.Duration
	places         places // for all
	retries        places // for keys that were absent, which take one of these first

	mu     sync.Mutex
	tries  map[string]*try
	absent map[string]*absence
}

// try is one try under way.
type try struct {
	done chan struct{} // closed at its end
	err  error
	left bool // its caller gave up: the key says nothing
}

// absence is what is remembered of a key that could not be fetched.
type absence struct {
	err      error
	failures int
	until    time.Time
}

// NewFetches returns a Fetches for that many keys at a time. A try ends after longest; the next one follows after pause,
// 2·pause, 4·pause … 5 minutes.
func NewFetches(parallel int, longest, pause time.Duration) *Fetches {
	return &Fetches{longest: longest, pause: pause, places: newPlaces(parallel), retries: newPlaces(parallel / 2),
		tries: map[string]*try{}, absent: map[string]*absence{}}
}

// Do is DoIn with a first try of [Fetches.FirstDeadline].
func (f *Fetches) Do(ctx context.Context, key string, get func(context.Context) error) error {
	return f.DoIn(ctx, key, f.FirstDeadline(), get)
}

// DoIn calls get for key, or waits for somebody else who does. An error is an [AbsentError], now and until the next try,
// unless it is [Permanent] or the caller's context ended. A first try takes no longer than first, and each further one
// twice as long: who has many keys to look for in a given time finds out about all of them.
func (f *Fetches) DoIn(ctx context.Context, key string, first time.Duration, get func(context.Context) error) error {
	for {
		t, leads, err := f.join(key)
		switch {
		case err != nil:
			return err
		case leads:
			f.lead(ctx, key, t, first, get)
			return t.err
		}
		select {
		case <-t.done:
			if !t.left {
				return t.err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Absent returns why key is absent now, an [AbsentError]; nil if it is not, or not known to be.
func (f *Fetches) Absent(key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.absence(key)
}

// Failed returns why the last try of key failed, whether the next one is due or not; nil if none did.
func (f *Fetches) Failed(key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.absent[key]; a != nil {
		return a.err
	}
	return nil
}

// absence is Absent; f.mu is held.
func (f *Fetches) absence(key string) error {
	if a := f.absent[key]; a != nil {
		if left := time.Until(a.until); left > 0 {
			return &AbsentError{a.err, left}
		}
	}
	return nil
}

// join returns the try that is under way, or a new one that the caller leads.
func (f *Fetches) join(key string) (t *try, leads bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tries[key]; t != nil {
		return t, false, nil
	}
	if err := f.absence(key); err != nil {
		return nil, false, err
	}
	t = &try{done: make(chan struct{})}
	f.tries[key] = t
	return t, true, nil
}

// lead makes a try and lets those know who wait for it.
func (f *Fetches) lead(ctx context.Context, key string, t *try, first time.Duration, get func(context.Context) error) {
	f.mu.Lock()
	failures := 0
	if a := f.absent[key]; a != nil {
		failures = a.failures
	}
	f.mu.Unlock()
	err := Protect("fetching", func() error { return f.inPlace(ctx, failures, f.deadline(first, failures), get) })
	f.mu.Lock()
	defer f.mu.Unlock()
	t.err, t.left = f.end(ctx, key, failures, err)
	delete(f.tries, key)
	close(t.done)
}

// inPlace calls get once there is a place, with a deadline.
func (f *Fetches) inPlace(ctx context.Context, failures int, deadline time.Duration, get func(context.Context) error) error {
	if failures > 0 {
		if err := f.retries.take(ctx); err != nil {
			return err
		}
		defer f.retries.give()
	}
	if err := f.places.take(ctx); err != nil {
		return err
	}
	defer f.places.give()
	ctx, cancel := context.WithTimeoutCause(ctx, deadline, fmt.Errorf("it did not arrive within %s: %w", deadline, context.DeadlineExceeded))
	defer cancel()
	err := get(ctx)
	if err != nil && ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// FirstDeadline is how long a first try may take.
func (f *Fetches) FirstDeadline() time.Duration { return f.longest / firstShare }

// deadline is how long a try may take after so many that failed.
func (f *Fetches) deadline(first time.Duration, failures int) time.Duration {
	d := min(first, f.FirstDeadline())
	for range failures {
		if d *= 2; d >= f.longest {
			return f.longest
		}
	}
	return d
}

// end notes how a try ended; left means that it says nothing about the key. f.mu is held.
func (f *Fetches) end(ctx context.Context, key string, failures int, err error) (_ error, left bool) {
	switch {
	case err == nil || errors.As(err, new(permanentError)):
		delete(f.absent, key)
		return err, false
	case ctx.Err() != nil:
		return context.Cause(ctx), true
	}
	if f.absent[key] == nil && len(f.absent) >= maxAbsent {
		clear(f.absent)
	}
	pause := Backoff(f.pause, failures)
	f.absent[key] = &absence{err, failures + 1, time.Now().Add(pause)}
	return &AbsentError{err, pause}, false
}

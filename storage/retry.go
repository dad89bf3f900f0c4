package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"syscall"
	"time"
)

// Retry says how an operation on a back end is retried. The zero value means
// the defaults.
type Retry struct {
	// Attempts is how often in a row an operation may fail without progress; an
	// attempt that delivered new blocks resets the count. Default 4; 1 means no
	// retry.
	Attempts int
	// Base is the pause after the first failure; it doubles with each further
	// one and is shortened by up to half at random. Default 500 ms.
	Base time.Duration
	// Max is the longest pause. If a service asks for a longer one
	// (Retry-After), the operation fails with the requested pause in
	// [Error.RetryAfter]. Default 30 s.
	Max time.Duration
}

func (r Retry) withDefaults() Retry {
	if r.Attempts <= 0 {
		r.Attempts = 4
	}
	if r.Base <= 0 {
		r.Base = 500 * time.Millisecond
	}
	if r.Max <= 0 {
		r.Max = 30 * time.Second
	}
	return r
}

// do calls try until it succeeds, fails permanently, or has failed r.Attempts
// times in a row. try reports whether it made progress.
func (r Retry) do(ctx context.Context, try func() (progress bool, err error)) error {
	pause := r.Base
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		progress, err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if progress {
			attempt, pause = 0, r.Base
		}
		wait := pause - time.Duration(rand.Int64N(int64(pause)/2+1))
		var e *Error
		if errors.As(err, &e) {
			wait = max(wait, e.RetryAfter)
		}
		if attempt >= r.Attempts || wait > r.Max || isPermanent(err) {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		pause = min(2*pause, r.Max)
	}
}

// permanentError marks an error that must not be retried.
type permanentError struct{ error }

func (f permanentError) Unwrap() error { return f.error }

// onDisk marks an error of writing to the local disk: another try would read
// everything again to fail the same way.
func onDisk(err error) error {
	if err == nil {
		return nil
	}
	for _, name := range []error{syscall.ENAMETOOLONG, syscall.ENOTDIR, syscall.EISDIR} {
		if errors.Is(err, name) {
			return permanentError{err} // that of a name, which is the content's
		}
	}
	return permanentError{fmt.Errorf("%w: %w", ErrDisk, err)}
}

// diskWriter writes to the local disk, and its errors say so.
type diskWriter struct{ to io.Writer }

func (w diskWriter) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	return n, onDisk(err)
}

// isPermanent reports whether retrying cannot help.
func isPermanent(err error) bool {
	for _, s := range []error{ErrNotFound, ErrCorrupt, ErrUnauthorized, ErrTooLarge, ErrNoRoom, ErrUnsafeName, ErrCIDMismatch, ErrUnsupported} {
		if errors.Is(err, s) {
			return true
		}
	}
	var f permanentError
	var e *Error
	if errors.As(err, &f) {
		return true
	}
	if !errors.As(err, &e) || e.Status == 0 {
		return false
	}
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return true
	}
	return e.Status < 500
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

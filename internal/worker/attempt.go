package worker

import (
	"errors"
	"time"
)

// maxBackoff bounds the pause after repeated failures of one job.
const maxBackoff = 5 * time.Minute

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

// retriedError is an error of which nothing is permanent.
type retriedError struct{ error }

func (e retriedError) Is(target error) bool { return errors.Is(e.error, target) }

func (e retriedError) As(target any) bool {
	if _, permanent := target.(*permanentError); permanent {
		return false
	}
	return errors.As(e.error, target)
}

// Retried has the job tried again, although err is marked [Permanent]: what cannot be mended here, others may replace.
// Nil stays nil.
func Retried(err error) error {
	if err == nil {
		return nil
	}
	return retriedError{err}
}

// waitError marks an error after which there is a pause of its own.
type waitError struct {
	error
	pause  time.Duration
	quiet  bool
	failed bool // it is a failure all the same
}

func (e waitError) Unwrap() error { return e.error }

// Wait marks err as the reason to wait for something that others do: the job is tried again after pause without having
// failed, so it keeps its place before those that did. It is reported once. Nil stays nil.
func Wait(err error, pause time.Duration) error {
	if err == nil {
		return nil
	}
	return waitError{error: err, pause: pause}
}

// Later marks err as a failure after which the job is tried again after pause, however often it has failed, and behind
// those that did not. It is reported once. Nil stays nil.
func Later(err error, pause time.Duration) error {
	if err == nil {
		return nil
	}
	return waitError{error: err, pause: pause, failed: true}
}

// Turn marks err as the reason to wait for the job's turn at what others do first, which is how things go: nobody is told.
func Turn(err error, pause time.Duration) error {
	return waitError{error: err, pause: pause, quiet: true}
}

// attempt is what the loop remembers of a job that failed or waits.
type attempt struct {
	failures  int
	notBefore time.Time
	last      time.Time // when it last ended
	waits     bool      // it has said so
	givenUp   bool
}

// dueAt reports whether the job may be tried.
func (a *attempt) dueAt(now time.Time) bool {
	return a == nil || !a.givenUp && !now.Before(a.notBefore)
}

// note takes in how a try ended. It returns when to try again, 0 for never, and whether to report it.
func (a *attempt) note(err error, poll time.Duration, now time.Time) (retry time.Duration, report bool) {
	a.last = now
	var wait waitError
	switch {
	case errors.As(err, new(permanentError)):
		a.givenUp = true
		return 0, true
	case errors.As(err, &wait):
		retry, report = wait.pause, !a.waits && !wait.quiet
		a.waits = a.waits || report
		if wait.failed {
			a.failures++
		}
	default:
		retry, report = Backoff(poll, a.failures), true
		a.failures++
	}
	a.notBefore = now.Add(retry)
	return retry, report
}

// Backoff is the pause after that many failures before the last: poll, 2·poll, 4·poll … 5 minutes.
func Backoff(poll time.Duration, failures int) time.Duration {
	d := poll
	for range failures {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

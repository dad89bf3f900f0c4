package storage

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic in a driver or callback, recovered in a goroutine of
// the store, where it would have ended the process.
type PanicError struct {
	What  string // the driver's name, or "Config.OnProgress"
	Value any    // the value passed to panic
	Stack []byte // the stack of the panicking goroutine
}

// Error implements error. It leaves out the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.What, e.Value) }

// reportProgress calls Config.OnProgress and returns a panic in it as an error.
// It is for places where other goroutines must be waited for, and for
// goroutines of drivers.
func (s *Store) reportProgress(p Progress) error {
	return catchPanic("Config.OnProgress", func() error {
		s.cfg.OnProgress(p)
		return nil
	})
}

// catchPanic calls f and turns a panic into an error that is not retried.
func catchPanic(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = permanentError{&PanicError{What: what, Value: r, Stack: debug.Stack()}}
		}
	}()
	return f()
}

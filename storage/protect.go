package storage

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic in a driver or a callback of the user's, where nobody
// else could have kept it from ending the process.
type PanicError struct {
	What  string // the driver's name, or "Config.OnProgress"
	Value any    // of the panic
	Stack []byte // where it happened
}

// Error implements error. It leaves out the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.What, e.Value) }

// tell calls Config.OnProgress where others are under way who must be waited for,
// or in a goroutine of a driver's: a panic comes back as an error.
func (s *Store) tell(p Progress) error {
	return protect("Config.OnProgress", func() error {
		s.cfg.OnProgress(p)
		return nil
	})
}

// protect calls f and turns a panic into an error, after which trying again
// makes no sense.
func protect(what string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = final{&PanicError{What: what, Value: r, Stack: debug.Stack()}}
		}
	}()
	return f()
}

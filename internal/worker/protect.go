package worker

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic in a caller's code, with the stack where it happened.
type PanicError struct {
	What  string // panicked, such as "the work"
	Value any    // that was passed to panic
	Stack []byte // where it happened
}

// Error implements error.
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

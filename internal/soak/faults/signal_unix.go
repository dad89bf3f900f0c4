//go:build unix

package faults

import (
	"os"
	"syscall"
)

// The signals that processes get.
var (
	stopSignal   os.Signal = syscall.SIGTERM
	dumpSignal   os.Signal = syscall.SIGQUIT // Go's runtime shows all goroutines, and ends
	freezeSignal os.Signal = syscall.SIGSTOP
	thawSignal   os.Signal = syscall.SIGCONT
)

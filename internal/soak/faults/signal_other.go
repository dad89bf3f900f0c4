//go:build !unix

package faults

import "os"

// The signals that processes get, where there is none but the one that kills.
var (
	stopSignal   = os.Kill
	dumpSignal   = os.Kill
	freezeSignal = os.Interrupt
	thawSignal   = os.Interrupt
)

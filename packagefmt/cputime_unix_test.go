//go:build unix

package packagefmt

import (
	"syscall"
	"time"
)

// cpuTime is what the process has computed so far: on a machine that does other
// work, too, it says more than the wall clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

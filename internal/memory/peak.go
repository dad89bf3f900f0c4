// Package memory reads how much memory a process needs and has needed, for tests
// and measurements. Linux only.
package memory

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
)

// Peak returns the peak resident memory of a running process, in bytes.
func Peak(pid int) (int64, error) { return status(pid, "VmHWM:") }

// Anonymous returns the resident memory of a running process, in bytes, without what
// it shares with files: its heap and stacks.
func Anonymous(pid int) (int64, error) { return status(pid, "RssAnon:") }

// status reads a field of what the system says of a process.
func status(pid int, field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if f := strings.Fields(line); len(f) > 1 && f[0] == field {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, field)
}

// Print writes a label and the peak of this process so far to standard output.
func Print(label string) {
	peak, err := Peak(os.Getpid())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d kB\n", label, peak>>10)
}

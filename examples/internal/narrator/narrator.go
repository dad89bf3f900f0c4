// Package narrator tells on a terminal what happens in a demonstration, while it happens.
package narrator

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Narrator writes a line for each thing that happens: when, to whom and what. It is for several goroutines at once.
type Narrator struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
}

// New begins to count the seconds.
func New(w io.Writer) *Narrator { return &Narrator{w: w, start: time.Now()} }

// Tell says what somebody does.
func (n *Narrator) Tell(who, format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintf(n.w, "%6.2fs  %-9s %s\n", n.Elapsed().Seconds(), who, fmt.Sprintf(format, args...))
}

// Elapsed is the time since New.
func (n *Narrator) Elapsed() time.Duration { return time.Since(n.start) }

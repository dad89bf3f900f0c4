package worker

import (
	"sync"
	"time"
)

// Throttle lets something be done once in a while, not more often. It is safe for
// concurrent use.
type Throttle struct {
	mu   sync.Mutex
	last time.Time
}

// Allow reports whether it is to be done now: true at first, and again once the
// pause has passed since it was true.
func (t *Throttle) Allow(pause time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && time.Since(t.last) < pause {
		return false
	}
	t.last = time.Now()
	return true
}

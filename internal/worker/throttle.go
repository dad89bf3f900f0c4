package worker

import (
	"sync"
	"time"
)

// Throttle limits how often something is done. It is safe for concurrent use.
type Throttle struct {
	mu   sync.Mutex
	last time.Time
}

// Allow reports whether to do it now: true the first time, and again once pause
// has passed since the last true.
func (t *Throttle) Allow(pause time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && time.Since(t.last) < pause {
		return false
	}
	t.last = time.Now()
	return true
}

package faults

import (
	"sync"
	"time"
)

// switchable is something with a fault that lasts until a time.
type switchable struct {
	mu    sync.Mutex
	kind  Kind
	until time.Time
}

// set sets the fault.
func (s *switchable) set(kind Kind, lasts time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kind, s.until = kind, time.Now().Add(lasts)
}

// fault is the fault that it has now.
func (s *switchable) fault() Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().After(s.until) {
		return None
	}
	return s.kind
}

package worker

import "sync"

// maxSeen bounds how many ids a Seen remembers.
const maxSeen = 1 << 16

// Seen remembers ids, to tell the first time from later ones. It is safe for
// concurrent use.
type Seen struct {
	mu  sync.Mutex
	ids map[uint64]bool
}

// First reports whether id is new. Once it remembers maxSeen ids, a new one makes
// it forget the others.
func (s *Seen) First(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return false
	}
	if s.ids == nil || len(s.ids) >= maxSeen {
		s.ids = map[uint64]bool{}
	}
	s.ids[id] = true
	return true
}

package pubsub

import (
	"sync"
	"time"
)

// minTick bounds how often a chain with very short slots is ticked.
const minTick = 10 * time.Millisecond

// slotTicker ticks the bank once per slot while a client subscribes to slots or
// roots. An idle bank adds slots only when it is asked, and a client that waits
// for a slot asks nothing.
type slotTicker struct {
	tick    func()
	every   time.Duration // not positive: time makes no slots
	running *sync.WaitGroup

	mu    sync.Mutex
	users int
	stop  chan struct{} // of the goroutine that ticks
}

// acquire starts the ticks with the first user.
func (s *slotTicker) acquire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
	if s.users > 1 || s.every <= 0 {
		return
	}
	stop := make(chan struct{})
	s.stop = stop
	s.running.Go(func() { s.run(stop) })
}

// release stops the ticks with the last user. It does not wait: a tick may be
// about to notify the caller's connection.
func (s *slotTicker) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.users == 0 && s.stop != nil {
		close(s.stop)
		s.stop = nil
	}
}

func (s *slotTicker) run(stop <-chan struct{}) {
	ticker := time.NewTicker(max(s.every, minTick))
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			s.tick()
		}
	}
}

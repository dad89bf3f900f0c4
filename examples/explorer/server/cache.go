package server

import (
	"sync"
	"time"
)

// Bounds of the cache.
const (
	fresh     = 500 * time.Millisecond // how long an answer is shared
	maxShared = 256                    // answers that are kept
)

// answer is what a request got.
type answer struct {
	status int
	body   []byte
	tag    string // identifies the body; empty: an error
}

// cache shares answers: who asks for what somebody is reading already waits for that, and who asks again at once gets the same.
// The zero value is ready.
type cache struct {
	mu  sync.Mutex
	all map[string]*shared
}

type shared struct {
	done chan struct{}
	answer
	at time.Time
}

// get returns the answer to a request, which read gets at most once at a time.
func (c *cache) get(key string, read func() answer) answer {
	c.mu.Lock()
	s, found := c.all[key]
	if found && (s.at.IsZero() || time.Since(s.at) < fresh) {
		c.mu.Unlock()
		<-s.done
		return s.answer
	}
	s = &shared{done: make(chan struct{})}
	c.keep(key, s)
	c.mu.Unlock()
	a := read()
	c.mu.Lock()
	s.answer, s.at = a, time.Now()
	c.mu.Unlock()
	close(s.done)
	return a
}

// keep stores an entry. What is over is dropped first where there are too many.
func (c *cache) keep(key string, s *shared) {
	if c.all == nil {
		c.all = map[string]*shared{}
	}
	if len(c.all) >= maxShared {
		for k, old := range c.all {
			if !old.at.IsZero() && time.Since(old.at) >= fresh {
				delete(c.all, k)
			}
		}
	}
	if len(c.all) < maxShared {
		c.all[key] = s
	}
}

package server

import (
	"net/http"
	"sync"
	"time"
)

// Bounds of the cache.
const (
	fresh     = 500 * time.Millisecond // how long an answer is shared at least
	rest      = 4                      // … and for so many times as long as it took: one address has the node busy for a fifth of the time
	maxRest   = 30 * time.Second       // … at most
	maxShared = 256                    // answers that are kept, those that are being read included
	maxBytes  = 64 << 20               // of answers that are kept, the newest apart
	maxReads  = 8                      // that ask the node at a time; others wait
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
	mu    sync.Mutex
	all   map[string]*shared
	reads chan struct{} // one for each that asks the node
}

type shared struct {
	done chan struct{}
	answer
	until time.Time // when it is old; zero: it is being read
}

// old reports whether an answer is there and not to be shared any more.
func (s *shared) old() bool { return !s.until.IsZero() && !time.Now().Before(s.until) }

// get returns the answer to a request, which read gets at most once at a time.
func (c *cache) get(key string, read func() answer) answer {
	c.mu.Lock()
	s, found := c.all[key]
	if found && !s.old() {
		c.mu.Unlock()
		<-s.done
		return s.answer
	}
	s = &shared{done: make(chan struct{})}
	c.keep(key, s)
	turn := c.reads
	c.mu.Unlock()
	s.answer = broken // unless read returns: who waits for it is answered in any case
	began := time.Now()
	defer func() {
		c.mu.Lock()
		s.until = time.Now().Add(min(max(rest*time.Since(began), fresh), maxRest))
		c.trim(s)
		c.mu.Unlock()
		close(s.done)
	}()
	select {
	case turn <- struct{}{}:
	case <-time.After(patience):
		s.answer, began = busy, time.Now()
		return s.answer
	}
	defer func() { <-turn }()
	began = time.Now()
	s.answer = read()
	return s.answer
}

// busy is the answer where the node had too many questions before this one.
var busy = answer{status: http.StatusServiceUnavailable, body: []byte(`{"error":"too much is being read: try again in a while"}`)}

// broken is the answer where reading one panicked.
var broken = answer{status: http.StatusInternalServerError, body: []byte(`{"error":"this cannot be shown: the explorer failed over it"}`)}

// keep stores an entry, and drops what is over: an answer about a large round has megabytes.
func (c *cache) keep(key string, s *shared) {
	if c.all == nil {
		c.all, c.reads = map[string]*shared{}, make(chan struct{}, maxReads)
	}
	for k, old := range c.all {
		if old.old() {
			delete(c.all, k)
		}
	}
	if len(c.all) < maxShared {
		c.all[key] = s
	}
}

// trim drops answers, the oldest first, until those that are kept beside the newest are small enough.
func (c *cache) trim(newest *shared) {
	for {
		size, oldest := 0, ""
		for k, s := range c.all {
			if s == newest || s.until.IsZero() {
				continue
			}
			if size += len(s.body); oldest == "" || s.until.Before(c.all[oldest].until) {
				oldest = k
			}
		}
		if size <= maxBytes {
			return
		}
		delete(c.all, oldest)
	}
}

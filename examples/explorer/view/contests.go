package view

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
)

// Bounds of the reading of contests: the standings of one take several calls to the node for each of its epochs.
const (
	contestRest    = 4                // standings are shared for so many times as long as they took to read
	maxContestRest = 30 * time.Second // … at most
	maxContests    = 4                // who reads standings or waits for them, at a time
	maxKept        = 16               // contests that are kept, those that are being read included
	maxEntries     = 100_000          // submissions in the standings that are kept, those being read apart: 200 bytes each
)

// ErrBusy says that too many ask for what takes long to read.
var ErrBusy = errors.New("other contests are being read: try again in a while")

// contests shares standings: all epochs of a contest are from the same. The zero value is ready.
type contests struct {
	mu   sync.Mutex
	all  map[contestKey]*standings
	busy int
}

type contestKey struct {
	creator solana.PublicKey
	pkg     string
}

type standings struct {
	done  chan struct{}
	until time.Time // when it is old; zero: it is being read
	decloud.Standings
	err error
}

// of returns the standings of a contest, which read gets at most once at a time, and again when they are old. Failures are
// shared as well: a contest that takes longer than anybody waits is asked for no more often than others.
func (c *contests) of(ctx context.Context, key contestKey, read func() (decloud.Standings, error)) (decloud.Standings, error) {
	c.mu.Lock()
	s, found := c.all[key]
	switch now := time.Now(); {
	case found && !s.until.IsZero() && now.Before(s.until):
		c.mu.Unlock()
		return s.Standings, s.err
	case c.busy >= maxContests:
		c.mu.Unlock()
		return decloud.Standings{}, ErrBusy
	}
	c.busy++
	mine := !found || !s.until.IsZero()
	if mine {
		s = &standings{done: make(chan struct{}), err: errors.New("the standings could not be computed")}
		c.keep(key, s)
	}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.busy--
		c.mu.Unlock()
	}()
	if mine {
		c.read(s, read)
	}
	select {
	case <-s.done:
		return s.Standings, s.err
	case <-ctx.Done():
		return decloud.Standings{}, ctx.Err()
	}
}

// read fills in what others may wait for, also if read panics.
func (c *contests) read(s *standings, read func() (decloud.Standings, error)) {
	began := time.Now()
	defer func() {
		c.mu.Lock()
		s.until = time.Now().Add(min(contestRest*time.Since(began), maxContestRest))
		c.mu.Unlock()
		close(s.done)
	}()
	s.Standings, s.err = read()
}

// keep stores standings that are being read, and drops what is old, and all that is there if that is too much.
func (c *contests) keep(key contestKey, s *standings) {
	if c.all == nil {
		c.all = map[contestKey]*standings{}
	}
	size := 0
	for k, one := range c.all {
		if one.until.IsZero() {
			continue
		}
		if !time.Now().Before(one.until) {
			delete(c.all, k)
			continue
		}
		for _, e := range one.Epochs {
			size += len(e.Entries)
		}
	}
	if size > maxEntries || len(c.all) >= maxKept {
		for k, one := range c.all {
			if !one.until.IsZero() {
				delete(c.all, k)
			}
		}
	}
	c.all[key] = s
}

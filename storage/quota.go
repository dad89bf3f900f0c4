package storage

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ipfs/go-cid"
)

// DefaultCacheBytes is how much of what was fetched a store keeps unless
// [Config.CacheBytes] says otherwise: 16 GiB, eight packages of the default
// [Config.MaxBytes].
const DefaultCacheBytes = 16 << 30

// quota bounds what is written for strangers, and orders writing and dropping:
// while a block is stored together with what links to it, nothing is dropped. A
// nil quota bounds nothing.
type quota struct {
	s     *Store
	state *dirState
}

// reserve makes sure that n more bytes fit, before they are written, and keeps
// the room for them until settle.
func (q *quota) reserve(n int64) error {
	if q == nil {
		return nil
	}
	q.state.reserved.Add(n)
	err := q.s.makeRoom(0)
	if err == nil {
		return nil
	}
	q.state.reserved.Add(-n)
	if errors.Is(err, ErrNoRoom) {
		return q.s.noRoom(n) // n are what does not fit, not what is reserved by now
	}
	return err
}

// settle ends a reservation of n bytes.
func (q *quota) settle(n int64) {
	if q != nil {
		q.state.reserved.Add(-n)
	}
}

// lock keeps evictions out until unlock is called. It must not be held while
// waiting for a source.
func (q *quota) lock() (unlock func()) {
	if q == nil {
		return func() {}
	}
	q.state.gc.RLock()
	return q.state.gc.RUnlock
}

// wrote counts bytes that were stored; those in the temporary directory count
// apart, since an eviction counts the others anew.
func (q *quota) wrote(n int64, temporary bool) {
	switch {
	case q == nil:
	case temporary:
		q.state.temporary.Add(n)
	default:
		q.state.stored.Add(n)
	}
}

// admit refuses a root that says that it is too large for what is free or can
// be freed, before its content is fetched. What it says is not trusted: a larger
// content is refused when it has grown too large.
func (q *quota) admit(root cid.Cid, declared int64) error {
	if q == nil || q.s.fits(declared) {
		return nil
	}
	unlock := q.lock()
	defer unlock()
	p, err := q.s.plan(context.Background(), 0)
	if err != nil {
		return err
	}
	if spare := q.s.cfg.CacheBytes - p.fixed + p.sizes[root]; declared > spare {
		return noRoom(declared, spare, q.s.cfg.CacheBytes)
	}
	return nil
}

func noRoom(need, spare, limit int64) error {
	return fmt.Errorf("%d bytes are needed, but %d of the %d bytes of Config.CacheBytes are pinned or in use: raise it, or unpin what is not needed: %w",
		need, limit-max(0, spare), limit, ErrNoRoom)
}

// fits reports whether n more bytes stay within the limit.
func (s *Store) fits(n int64) bool {
	return s.cfg.CacheBytes <= 0 || s.state.stored.Load()+s.state.others()+n <= s.cfg.CacheBytes
}

// makeRoom drops content until n more bytes fit, or fails.
func (s *Store) makeRoom(n int64) error {
	if s.fits(n) {
		return nil
	}
	if err := s.evict(context.Background(), n); err != nil {
		return err
	}
	if s.fits(n) {
		return nil
	}
	return s.noRoom(n)
}

// noRoom says that n more bytes do not fit.
func (s *Store) noRoom(n int64) error {
	return noRoom(n, s.cfg.CacheBytes-s.state.stored.Load()-s.state.others(), s.cfg.CacheBytes)
}

// count measures what is stored, once per process and directory, before
// anything more is written.
func (s *Store) count() error {
	if s.cfg.CacheBytes <= 0 {
		return nil
	}
	return s.measure()
}

// measure does what count does, whether there is a limit or not.
func (s *Store) measure() error {
	s.state.counting.Lock()
	defer s.state.counting.Unlock()
	if s.state.counted {
		return nil
	}
	var total int64
	err := s.disk.each(func(_ string, fi os.FileInfo) error { total += fi.Size(); return nil })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.state.stored.Store(total) // what was written before is in it
	s.state.counted = true
	return nil
}

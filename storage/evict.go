package storage

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ipfs/go-cid"
)

// youngAge is how long a block that no root links to is kept where another
// process uses the directory, too: it may be about to link to it.
const youngAge = time.Hour

// evict drops roots, least recently used first, until the blocks on disk and
// need more bytes fit into the cache; roots that are pinned or in use stay, and
// so does what fetches under way have stored. It waits for no source: only
// while a single block is stored.
func (s *Store) evict(ctx context.Context, need int64) error {
	if err := s.count(); err != nil || s.fits(need) {
		return err
	}
	s.state.evicting.Lock()
	defer s.state.evicting.Unlock()
	if s.fits(need) {
		return nil // another one has dropped enough
	}
	s.state.gc.Lock()
	defer s.state.gc.Unlock()
	alone, share := s.state.onlyProcess()
	limit := s.cfg.CacheBytes
	p, err := s.plan(ctx, limit-limit/16-need-s.state.others()) // a little more, so that not every block needs an eviction
	if err == nil {
		err = s.drop(p, alone)
	}
	return errors.Join(err, share())
}

// plan says what an eviction keeps and drops. Sizes are those of the blocks that
// no root before it in the order has.
type plan struct {
	live    map[string]struct{} // block files that stay
	walked  map[string]struct{} // those of them that a root that stays links to
	drops   []cid.Cid           // roots that go
	dropped map[string]struct{} // their block files
	fixed   int64               // bytes that cannot be dropped
	sizes   map[cid.Cid]int64   // of the roots that cannot be dropped
}

// plan keeps what cannot be dropped and, of the rest, the most recently used
// roots of at most target bytes with it. The caller holds gc.
func (s *Store) plan(ctx context.Context, target int64) (plan, error) {
	p := plan{live: s.state.held(), walked: map[string]struct{}{}, dropped: map[string]struct{}{}, sizes: map[cid.Cid]int64{}}
	roots, err := s.Roots()
	if err != nil {
		return p, err
	}
	for _, c := range s.state.inUse() {
		if !slices.ContainsFunc(roots, func(r Root) bool { return r.CID == c }) {
			roots = append(roots, Root{CID: c}) // it is being fetched
		}
	}
	slices.SortStableFunc(roots, func(a, b Root) int { return s.rank(b) - s.rank(a) })
	sum, full := int64(0), false
	for _, r := range roots {
		found, bytes, err := s.reach(ctx, r.CID, p.walked)
		if err != nil {
			return p, err
		}
		if s.rank(r) == 0 && (full || sum+bytes > target) {
			full = true // nothing older stays than what did not fit
			p.drops = append(p.drops, r.CID)
			maps.Copy(p.dropped, found)
			continue
		}
		sum += bytes
		if s.rank(r) > 0 {
			p.fixed += bytes
			p.sizes[r.CID] = bytes
		}
		maps.Copy(p.live, found)
		maps.Copy(p.walked, found)
	}
	return p, nil
}

// rank orders roots for eviction: 2 is in use, 1 pinned, 0 may be dropped.
func (s *Store) rank(r Root) int {
	switch {
	case s.state.leased(r.CID):
		return 2
	case r.Pinned:
		return 1
	}
	return 0
}

// drop removes what a plan does not keep. If other processes use the directory,
// young blocks that no root links to stay, and what is left is counted anew,
// since they have stored and dropped, too.
func (s *Store) drop(p plan, alone bool) error {
	for _, c := range p.drops {
		if err := remove(s.rootFile("roots", c)); err != nil {
			return err
		}
	}
	var kept, removed int64
	err := s.disk.each(func(path string, fi os.FileInfo) error {
		name := filepath.Base(path)
		_, live := p.live[name]
		_, dropped := p.dropped[name]
		if live && path == s.disk.pathOf(name) || !alone && !dropped && time.Since(fi.ModTime()) < youngAge {
			kept += fi.Size()
			return nil
		}
		removed += fi.Size()
		return remove(path)
	})
	if alone {
		s.state.stored.Add(-removed) // exact, also beside blocks that are being written
	} else {
		s.state.stored.Store(kept)
	}
	return err
}

// remove removes a file that another process may have removed already.
func remove(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// reach returns the block files of root that are not in walked yet, stored or
// not, and the total size in bytes of those that are stored. It goes on below a
// block that is held: whoever holds it may not have come to those that it links to,
// which this root needs all the same.
func (s *Store) reach(ctx context.Context, root cid.Cid, walked map[string]struct{}) (map[string]struct{}, int64, error) {
	found, bytes := map[string]struct{}{}, int64(0)
	todo := []cid.Cid{root}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		name := fileName(c)
		_, old := walked[name]
		_, again := found[name]
		if old || again {
			continue
		}
		if _, ok := inline(c); !ok {
			found[name] = struct{}{} // also if it is about to be written
		}
		size, links, err := s.links(c)
		if err != nil {
			return nil, 0, err
		}
		bytes += size
		todo = append(todo, links...)
	}
	return found, bytes, nil
}

// links returns a block's size on disk and links, none if it is missing or damaged.
func (s *Store) links(c cid.Cid) (size int64, links []cid.Cid, err error) {
	size, err = s.disk.size(c)
	if errors.Is(err, ErrNotFound) { // it may be in memory, and what it links to on disk
		size, err = 0, nil
	}
	if err != nil || c.Prefix().Codec == cid.Raw {
		return size, nil, err
	}
	block, err := s.local.get(c)
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNotFound) {
		return size, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	n, err := decode(c, block)
	if err != nil {
		return size, nil, nil //nolint:nilerr // reported when the root is read
	}
	for _, l := range n.links {
		links = append(links, l.cid)
	}
	return size, links, nil
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
)

// Root is a directory that the local store holds.
type Root struct {
	CID    cid.Cid   // of the directory
	Bytes  int64     // size of the file content, expanded
	Used   time.Time // when it was last added, imported or fetched
	Pinned bool      // never dropped, see [Store.Pin]
}

// Roots are kept as files Dir/roots/<cid> that hold the size and whose time is
// the last use; a pin is an empty file Dir/pins/<cid>.
func (s *Store) rootFile(kind string, root cid.Cid) string {
	return filepath.Join(s.cfg.Dir, kind, root.String())
}

// markUsed records the use of a complete root. If the store never drops
// anything, failing to write the record (full disk, read-only store) is not an
// error.
func (s *Store) markUsed(root cid.Cid, bytes int64) error {
	err := s.record(root, bytes, false)
	if s.cfg.CacheBytes <= 0 {
		return nil
	}
	return err
}

func (s *Store) record(root cid.Cid, bytes int64, sync bool) error {
	return writeSmall(s.rootFile("roots", root), strconv.FormatInt(bytes, 10), sync)
}

// Pin keeps root in the local store whatever its size. Roots of [Store.Add] are
// pinned already.
func (s *Store) Pin(root cid.Cid) error {
	return writeSmall(s.rootFile("pins", root), "", !s.cfg.NoSync)
}

// Unpin allows root to be dropped when [Config.CacheBytes] is exceeded.
func (s *Store) Unpin(root cid.Cid) error {
	err := os.Remove(s.rootFile("pins", root))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func writeSmall(path, text string, sync bool) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil || !sync {
		return err
	}
	for _, p := range []string{dir, filepath.Dir(dir)} {
		if err := syncDir(p); err != nil {
			return err
		}
	}
	return syncFile(path)
}

// Roots lists the directories in the local store, most recently used first.
func (s *Store) Roots() ([]Root, error) {
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, "roots"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	var list []Root
	for _, e := range entries {
		c, err := ParseCID(e.Name())
		if err != nil {
			continue // not a root
		}
		r := Root{CID: c}
		if fi, err := e.Info(); err == nil {
			r.Used = fi.ModTime()
		}
		text, _ := os.ReadFile(s.rootFile("roots", c))
		r.Bytes, _ = strconv.ParseInt(string(text), 10, 64) // 0 if damaged by power loss
		_, err = os.Stat(s.rootFile("pins", c))
		r.Pinned = err == nil
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Root) int {
		if c := b.Used.Compare(a.Used); c != 0 {
			return c
		}
		return strings.Compare(a.CID.String(), b.CID.String())
	})
	return list, nil
}

// evict drops roots, least recently used first, until the blocks on disk fit
// into the cache; roots that are leased or pinned stay. Then it removes every
// block that no remaining root links to. It does nothing while a fetch is under
// way, whose end calls it again: waiting would block every fetch behind a slow
// source.
func (s *Store) evict(ctx context.Context) error {
	if s.cfg.CacheBytes <= 0 || !s.state.gc.TryLock() {
		return nil
	}
	defer s.state.gc.Unlock()
	var total int64
	if err := s.local.each(func(_ string, size int64) error { total += size; return nil }); err != nil || total <= s.cfg.CacheBytes {
		return err
	}
	live, err := s.evictRoots(ctx)
	if err != nil {
		return err
	}
	return s.local.each(func(path string, _ int64) error {
		name := filepath.Base(path)
		if _, ok := live[name]; ok && path == s.local.pathOf(name) {
			return nil
		}
		return os.Remove(path)
	})
}

// evictRoots removes the notes of roots that do not fit into the cache and
// returns the block files of those that stay.
func (s *Store) evictRoots(ctx context.Context) (live map[string]struct{}, err error) {
	roots, err := s.Roots()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(roots, func(a, b Root) int { return s.rank(b) - s.rank(a) })
	live, sum, full := map[string]struct{}{}, int64(0), false
	drop := func(r Root) error { return os.Remove(s.rootFile("roots", r.CID)) }
	for _, r := range roots {
		evictable := s.rank(r) == 0
		if evictable && full {
			if err := drop(r); err != nil {
				return nil, err
			}
			continue
		}
		add, bytes, err := s.reach(ctx, r.CID, live)
		if err != nil {
			return nil, err
		}
		if evictable && sum+bytes > s.cfg.CacheBytes {
			full = true // nothing older stays than what did not fit
			if err := drop(r); err != nil {
				return nil, err
			}
			continue
		}
		sum += bytes
		maps.Copy(live, add)
	}
	return live, nil
}

// rank orders roots for eviction: 2 is leased, 1 pinned, 0 may be dropped.
func (s *Store) rank(r Root) int {
	switch {
	case s.state.leased(r.CID):
		return 2
	case r.Pinned:
		return 1
	}
	return 0
}

// reach returns the block files of root that are not in live yet, and their
// total size in bytes.
func (s *Store) reach(ctx context.Context, root cid.Cid, live map[string]struct{}) (map[string]struct{}, int64, error) {
	found, bytes := map[string]struct{}{}, int64(0)
	todo := []cid.Cid{root}
	for len(todo) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		name := fileName(c)
		_, old := live[name]
		_, again := found[name]
		if old || again {
			continue
		}
		size, err := s.local.size(c)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		found[name] = struct{}{}
		bytes += size
		if c.Prefix().Codec == cid.Raw {
			continue
		}
		block, err := s.local.get(c)
		if errors.Is(err, ErrCorrupt) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		n, err := decode(c, block)
		if err != nil {
			continue // reported when the root is read
		}
		for _, l := range n.links {
			todo = append(todo, l.cid)
		}
	}
	return found, bytes, nil
}

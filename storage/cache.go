package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	CID    cid.Cid
	Bytes  int64     // file content, expanded
	Used   time.Time // last added, imported or fetched
	Pinned bool
}

// Roots are kept as files Dir/roots/<cid> that hold the size and whose time is
// the last use; a pin is an empty file Dir/pins/<cid>.
func (s *Store) rootFile(kind string, root cid.Cid) string {
	return filepath.Join(s.cfg.Dir, kind, root.String())
}

// touch notes the use of a complete root. Where nothing is ever dropped a note
// that cannot be written (a full disk, a read-only store) is no reason to fail.
func (s *Store) touch(root cid.Cid, bytes int64) error {
	err := s.record(root, bytes, false)
	if s.cfg.CacheBytes <= 0 {
		return nil
	}
	return err
}

func (s *Store) record(root cid.Cid, bytes int64, sync bool) error {
	return writeSmall(s.rootFile("roots", root), strconv.FormatInt(bytes, 10), sync)
}

// Pin keeps root in the local store whatever its size. What was added is
// pinned already.
func (s *Store) Pin(root cid.Cid) error {
	return writeSmall(s.rootFile("pins", root), "", !s.cfg.NoSync)
}

// Unpin lets root be dropped when [Config.CacheBytes] is exceeded.
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

// Roots lists what the local store holds, the most recently used first.
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
			continue // not ours
		}
		r := Root{CID: c}
		if fi, err := e.Info(); err == nil {
			r.Used = fi.ModTime()
		}
		text, _ := os.ReadFile(s.rootFile("roots", c))
		r.Bytes, _ = strconv.ParseInt(string(text), 10, 64) // torn by power loss: 0
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
// into the cache; those in use and pinned ones stay. Then it removes every block
// that no remaining root links to. While blocks come it leaves that to whoever
// brings the last of them: waiting would hold up everybody behind a slow source.
func (s *Store) evict(ctx context.Context) error {
	if s.cfg.CacheBytes <= 0 || !s.keeper.gc.TryLock() {
		return nil
	}
	defer s.keeper.gc.Unlock()
	var total int64
	if err := s.local.each(func(_ string, size int64) error { total += size; return nil }); err != nil || total <= s.cfg.CacheBytes {
		return err
	}
	roots, err := s.Roots()
	if err != nil {
		return err
	}
	slices.SortStableFunc(roots, func(a, b Root) int { return s.rank(b) - s.rank(a) })
	live, sum, full := map[string]struct{}{}, int64(0), false
	for _, r := range roots {
		if s.rank(r) == 0 && full {
			if err := os.Remove(s.rootFile("roots", r.CID)); err != nil {
				return err
			}
			continue
		}
		add, bytes, err := s.reach(ctx, r.CID, live)
		if err != nil {
			return err
		}
		if s.rank(r) == 0 && sum+bytes > s.cfg.CacheBytes {
			full = true // nothing older than what did not fit
			if err := os.Remove(s.rootFile("roots", r.CID)); err != nil {
				return err
			}
			continue
		}
		sum += bytes
		for k := range add {
			live[k] = struct{}{}
		}
	}
	return s.local.each(func(path string, _ int64) error {
		name := filepath.Base(path)
		if _, ok := live[name]; ok && path == s.local.named(name) {
			return nil
		}
		return os.Remove(path)
	})
}

// rank orders roots by how much they must stay: 0 may go.
func (s *Store) rank(r Root) int {
	switch {
	case s.keeper.held(r.CID):
		return 2
	case r.Pinned:
		return 1
	}
	return 0
}

// reach returns the block files of root that are not in live yet, and their size.
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
			continue // not ours to judge here
		}
		for _, l := range n.links {
			todo = append(todo, l.cid)
		}
	}
	return found, bytes, nil
}

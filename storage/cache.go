package storage

import (
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
	CID    cid.Cid   // of the directory
	Bytes  int64     // size of the file content, expanded
	Used   time.Time // when it was last added, imported or fetched
	Pinned bool      // not dropped, see [Store.Pin]

	// PinnedUntil is when the pin ends; the zero time if there is none, or if it
	// is for good.
	PinnedUntil time.Time
}

// Roots are kept as files Dir/roots/<cid> that hold the size and whose time is
// the last use.
func (s *Store) rootFile(kind string, root cid.Cid) string {
	return filepath.Join(s.cfg.Dir, kind, root.String())
}

// record notes the use of a complete root.
func (s *Store) record(root cid.Cid, bytes int64, sync bool) error {
	return writeSmall(s.rootFile("roots", root), strconv.FormatInt(bytes, 10), sync)
}

// used notes the use of a root that was recorded before. An empty file lost what it
// said with the power.
func (s *Store) used(root cid.Cid, bytes int64) error {
	path, now := s.rootFile("roots", root), time.Now()
	if fi, err := os.Stat(path); err == nil && fi.Size() > 0 && os.Chtimes(path, now, now) == nil {
		return nil
	}
	return s.record(root, bytes, false)
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
		if r.Pinned, r.PinnedUntil = s.pinned(c); !r.Pinned {
			r.PinnedUntil = time.Time{}
		}
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

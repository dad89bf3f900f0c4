package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
)

// Pin keeps root in the local store whatever its size. Roots of [Store.Add] are
// pinned already.
func (s *Store) Pin(root cid.Cid) error { return s.pin(root, time.Time{}, !s.cfg.NoSync) }

// PinUntil is [Store.Pin] for content that nobody may come back for: after until
// it may be dropped, as if [Store.Unpin] had been called. It shortens no pin that
// there is already.
func (s *Store) PinUntil(root cid.Cid, until time.Time) error {
	if until.IsZero() {
		return fmt.Errorf("storage: pin %s: no time to pin it until; Pin pins for good", root)
	}
	return s.pin(root, until, !s.cfg.NoSync)
}

// Unpin allows root to be dropped when [Config.CacheBytes] is exceeded.
func (s *Store) Unpin(root cid.Cid) error { return remove(s.rootFile("pins", root)) }

func (s *Store) pin(root cid.Cid, until time.Time, sync bool) error {
	if s.local.memory.has(root) {
		return s.pinMemory(root, until, sync)
	}
	unlock := s.disk.quota.lock()
	defer unlock()
	return s.writePin(root, until, sync)
}

// pinMemory writes what is in memory to the disk, and pins it there.
func (s *Store) pinMemory(root cid.Cid, until time.Time, sync bool) error {
	w := newHoldingWriter(s.disk)
	defer w.release()
	w.durable = sync
	if !s.toDisk(context.Background(), root, w) {
		return fmt.Errorf("storage: pin %s: %w: it is not complete", root, ErrNotFound)
	}
	tree, err := readTree(context.Background(), s.disk, root, s.limits, false)
	if err != nil {
		return fmt.Errorf("storage: pin %s: %w", root, err)
	}
	return s.keep(root, tree.size, until, sync)
}

// keep records and pins a root whose blocks the caller holds. No eviction sees one without the other: it would drop
// the record of a root that is pinned by then, and a later one its blocks.
func (s *Store) keep(root cid.Cid, bytes int64, until time.Time, sync bool) error {
	unlock := s.disk.quota.lock()
	defer unlock()
	if err := s.writePin(root, until, sync); err != nil {
		return err
	}
	return s.record(root, bytes, sync)
}

// writePin writes Dir/pins/<cid>: empty, or the second since 1970 in which the pin
// ends. The caller keeps evictions out.
func (s *Store) writePin(root cid.Cid, until time.Time, sync bool) error {
	text := ""
	if !until.IsZero() {
		if pinned, end := s.pinned(root); pinned && (end.IsZero() || end.After(until)) {
			return nil
		}
		text = strconv.FormatInt(until.Unix(), 10)
	}
	return writeSmall(s.rootFile("pins", root), text, sync)
}

// pinned reports whether root is pinned now, and until when if not for good. A
// pin that cannot be read (a loss of power has left it empty) is for good.
func (s *Store) pinned(root cid.Cid) (pinned bool, until time.Time) {
	text, err := os.ReadFile(s.rootFile("pins", root))
	if errors.Is(err, fs.ErrNotExist) {
		return false, time.Time{}
	}
	end, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return true, time.Time{}
	}
	until = time.Unix(end, 0)
	return time.Now().Before(until), until
}

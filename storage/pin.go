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

// pin writes Dir/pins/<cid>: empty, or the second since 1970 in which the pin
// ends.
func (s *Store) pin(root cid.Cid, until time.Time, sync bool) error {
	if s.local.memory.has(root) && !s.toDisk(context.Background(), root) {
		return fmt.Errorf("storage: pin %s: %w: it is not complete", root, ErrNotFound)
	}
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

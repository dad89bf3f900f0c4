package trainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
)

// ErrDirInUse is returned if another process is using Config.Dir.
var ErrDirInUse = dirlock.ErrLocked

// ErrWalletInUse is returned by [Worker.Run] if another worker on this machine
// trains with the same wallet.
var ErrWalletInUse = roundwork.ErrWalletInUse

// ErrSpending and ErrFloor are wrapped by the event that says that a step waits,
// since it would exceed Config.MaxSpending, or leave less in the wallet than
// Config.MinBalance.
var (
	ErrSpending = roundwork.ErrSpending
	ErrFloor    = roundwork.ErrFloor
)

// ErrRival is wrapped by the event that says that another worker with the same
// wallet, on another machine, was faster in a round: this one stands by there.
var ErrRival = roundwork.ErrRival

// lockDir keeps other processes out of Dir until release is called. Run and Train
// of one worker may hold the lock together.
func (w *Worker) lockDir() (release func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holders == 0 {
		if w.lock, err = dirlock.Acquire(w.cfg.Dir); err != nil {
			return nil, fmt.Errorf("trainer: %w", err)
		}
		if err := removeUnfinished(w.cfg.Dir); err != nil {
			w.lock.Close()
			return nil, fmt.Errorf("trainer: %w", err)
		}
	}
	w.holders++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.holders--; w.holders == 0 {
			w.lock.Close()
		}
	}, nil
}

// removeUnfinished removes training runs that killed processes left half
// written. Nobody else is writing, since the lock is held.
func removeUnfinished(dir string) error {
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if name := e.Name(); e.IsDir() && strings.HasPrefix(name, ".round-") && strings.Contains(name, ".tmp-") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
		}
	}
	return err
}

// removeLeftovers removes the files of rounds that are over and in which this
// trainer has nothing, and unpins what they published: runs that were too late, or
// refused. What was written lately stays: a node that lags does not show its round
// yet. The process that trains a round by hand has a directory of its own.
func (w *Worker) removeLeftovers(ctx context.Context, needed map[uint64]bool) {
	all, err := os.ReadDir(w.cfg.Dir)
	if err != nil {
		return
	}
	for _, e := range all {
		var id uint64
		if n, _ := fmt.Sscanf(e.Name(), "round-%d-", &id); n != 1 || needed[id] {
			continue
		}
		if info, err := e.Info(); err != nil || time.Since(info.ModTime()) < longestLag {
			continue
		}
		path := filepath.Join(w.cfg.Dir, e.Name())
		if e.IsDir() {
			if root, err := w.cfg.Store.CID(ctx, os.DirFS(path)); err == nil {
				_ = w.cfg.Store.Unpin(root)
			}
		}
		_ = os.RemoveAll(path)
	}
}

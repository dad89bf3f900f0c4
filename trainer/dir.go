package trainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
)

// ErrDirInUse is returned if another process is using Config.Dir.
var ErrDirInUse = dirlock.ErrLocked

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

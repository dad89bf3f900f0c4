package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
	"weak"

	"github.com/ipfs/go-cid"
)

// keeper sees to it that blocks of a directory do not go while somebody needs
// them. All stores of one process over one directory share one; other processes
// are kept apart by a lock on a file, which the system drops when a process ends.
type keeper struct {
	gc sync.RWMutex // held for reading while blocks come, for writing while they go

	mu        sync.Mutex
	leases    map[cid.Cid]int // roots that are being read: they stay
	lock      *os.File        // closed by the runtime once no store is left
	exclusive bool            // lock keeps all other processes out
}

var keepers = struct {
	sync.Mutex
	of map[string]weak.Pointer[keeper]
}{of: map[string]weak.Pointer[keeper]{}}

// keeperOf returns the keeper of the existing directory dir, in which this
// process alone may work if exclusive is set.
func keeperOf(dir string, exclusive bool) (*keeper, error) {
	id, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if id, err = filepath.EvalSymlinks(id); err != nil {
		return nil, err
	}
	keepers.Lock()
	defer keepers.Unlock()
	k := keepers.of[id].Value()
	fresh := k == nil
	if fresh {
		k = &keeper{leases: map[cid.Cid]int{}}
	}
	if err := k.enter(dir, exclusive); err != nil {
		if fresh && k.lock != nil {
			k.lock.Close()
		}
		return nil, err
	}
	keepers.of[id] = weak.Make(k)
	return k, nil
}

// enter locks the directory. Where nothing is ever dropped, one that cannot be
// written, or a file system without locks, is no reason to fail.
func (k *keeper) enter(dir string, exclusive bool) error {
	if k.exclusive || (k.lock != nil && !exclusive) {
		return nil
	}
	if k.lock == nil {
		f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
		switch {
		case err == nil:
			k.lock = f
		case exclusive:
			return err
		default:
			return nil //nolint:nilerr // see above
		}
	}
	err := lockFile(k.lock, exclusive)
	for i := 0; isLocked(err) && i < 10; i++ { // a store of this process that is gone may not have been cleared away yet
		time.Sleep(20 * time.Millisecond)
		err = lockFile(k.lock, exclusive)
	}
	if isLocked(err) {
		if exclusive {
			_ = lockFile(k.lock, false) // what another store here has had, and asking for more has lost
		}
		return errors.New("another process works in this directory, and one of the two may drop what it holds (Config.CacheBytes): give each a directory of its own")
	}
	if err != nil && exclusive {
		return fmt.Errorf("lock: %w", err)
	}
	k.exclusive = exclusive
	return nil
}

// hold keeps root in the store until release is called, once or more.
func (k *keeper) hold(root cid.Cid) (release func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.leases[root]++
	var once sync.Once
	return func() {
		once.Do(func() {
			k.mu.Lock()
			defer k.mu.Unlock()
			if k.leases[root]--; k.leases[root] == 0 {
				delete(k.leases, root)
			}
		})
	}
}

func (k *keeper) held(root cid.Cid) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.leases[root] > 0
}

// reading is hold for those who do not hold gc: it waits for what is being dropped.
func (s *Store) reading(root cid.Cid) (release func()) {
	s.keeper.gc.RLock()
	defer s.keeper.gc.RUnlock()
	return s.keeper.hold(root)
}

// newView returns the file system of a complete root. Its blocks stay until it
// is closed, or until nobody can reach it any more. The caller holds gc.
func (s *Store) newView(root cid.Cid, tree *node) *view {
	v := &view{from: s.local, root: tree, release: s.keeper.hold(root)}
	runtime.AddCleanup(v, func(release func()) { release() }, v.release)
	return v
}

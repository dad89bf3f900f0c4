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
// process alone may work if exclusive is set. The first time it calls sweep, and
// says whether nobody else works there meanwhile.
func keeperOf(dir string, exclusive bool, sweep func(alone bool) error) (*keeper, error) {
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
	if k == nil {
		k, err = newKeeper(dir, exclusive, sweep)
	} else {
		err = k.enter(exclusive)
	}
	if err != nil {
		return nil, err
	}
	keepers.of[id] = weak.Make(k)
	return k, nil
}

func newKeeper(dir string, exclusive bool, sweep func(alone bool) error) (*keeper, error) {
	k := &keeper{leases: map[cid.Cid]int{}}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		if exclusive {
			return nil, err
		}
		_ = sweep(false)
		return k, nil // where nothing is ever dropped, a directory that cannot be written is no reason to fail
	}
	// Of several that open at the same time one at most is alone, and none works
	// here before that one has let go.
	if err = sweep(locksWork && lockFile(f, true) == nil); err == nil {
		k.lock = f
		err = k.take(exclusive)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return k, nil
}

// enter is for a further store of this process.
func (k *keeper) enter(exclusive bool) error {
	switch {
	case k.exclusive || !exclusive:
		return nil
	case k.lock == nil:
		return errors.New("the directory cannot be written, so nothing can be dropped from it: leave Config.CacheBytes at 0")
	}
	return k.take(true)
}

// take locks the directory, in place of the lock there may be. Where nothing is
// ever dropped, a file system without locks is no reason to fail.
func (k *keeper) take(exclusive bool) error {
	err := lockFile(k.lock, exclusive)
	tries := 50 // another process may be sweeping
	if exclusive {
		tries = 10 // a store of this process that is gone may not have been cleared away yet
	}
	for i := 0; isLocked(err) && i < tries; i++ {
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

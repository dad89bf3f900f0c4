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

// dirState keeps blocks from being dropped while they are needed. All stores of
// a process over the same directory share one; a lock on a file, which the
// system releases when a process ends, keeps other processes out.
type dirState struct {
	gc sync.RWMutex // read-locked while blocks are added, write-locked while blocks are dropped

	mu        sync.Mutex
	leases    map[cid.Cid]int // roots that are being read, which are not dropped
	lock      *os.File        // closed by the garbage collector once no store is left
	exclusive bool            // whether lock keeps all other processes out
}

var dirStates = struct {
	sync.Mutex
	of map[string]weak.Pointer[dirState]
}{of: map[string]weak.Pointer[dirState]{}}

// openDirState returns the state of the existing directory dir. With exclusive
// no other process may use the directory. The first call for a directory calls
// sweep; alone says that no other process uses it meanwhile.
func openDirState(dir string, exclusive bool, sweep func(alone bool) error) (*dirState, error) {
	id, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if id, err = filepath.EvalSymlinks(id); err != nil {
		return nil, err
	}
	dirStates.Lock()
	defer dirStates.Unlock()
	k := dirStates.of[id].Value()
	if k == nil {
		k, err = newDirState(dir, exclusive, sweep)
	} else {
		err = k.join(exclusive)
	}
	if err != nil {
		return nil, err
	}
	dirStates.of[id] = weak.Make(k)
	return k, nil
}

func newDirState(dir string, exclusive bool, sweep func(alone bool) error) (*dirState, error) {
	k := &dirState{leases: map[cid.Cid]int{}}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		if exclusive {
			return nil, err
		}
		_ = sweep(false)
		return k, nil // a store that never drops anything works on a read-only directory too
	}
	// Of several processes that open the directory at the same time at most one
	// gets the exclusive lock, and the others wait until it has swept.
	if err = sweep(locksWork && lockFile(f, true) == nil); err == nil {
		k.lock = f
		err = k.acquire(exclusive)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return k, nil
}

// join is for a further store of this process.
func (k *dirState) join(exclusive bool) error {
	switch {
	case k.exclusive || !exclusive:
		return nil
	case k.lock == nil:
		return errors.New("Config.CacheBytes needs a directory that can be written: make it writable, or leave CacheBytes at 0")
	}
	return k.acquire(true)
}

// acquire locks the directory, replacing the lock it may already hold. A file
// system without locks is an error only for an exclusive lock.
func (k *dirState) acquire(exclusive bool) error {
	err := lockFile(k.lock, exclusive)
	tries := 50 // another process may be sweeping
	if exclusive {
		tries = 10 // an unreachable store of this process may not have been collected yet
	}
	for i := 0; isLocked(err) && i < tries; i++ {
		time.Sleep(20 * time.Millisecond)
		err = lockFile(k.lock, exclusive)
	}
	if isLocked(err) {
		if exclusive {
			_ = lockFile(k.lock, false) // the failed upgrade has released the shared lock of another store
		}
		return errors.New("another process uses this directory, and one of the two may drop content (Config.CacheBytes): give each process a directory of its own")
	}
	if err != nil && exclusive {
		return fmt.Errorf("lock: %w", err)
	}
	k.exclusive = exclusive
	return nil
}

// lease keeps root in the store until release is called. Further calls of
// release do nothing.
func (k *dirState) lease(root cid.Cid) (release func()) {
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

func (k *dirState) leased(root cid.Cid) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.leases[root] > 0
}

// lease is dirState.lease for callers that do not hold gc: it waits until
// nothing is being dropped.
func (s *Store) lease(root cid.Cid) (release func()) {
	s.state.gc.RLock()
	defer s.state.gc.RUnlock()
	return s.state.lease(root)
}

// newView returns the file system of a complete root. Its blocks stay until it
// is closed or garbage-collected. The caller holds gc.
func (s *Store) newView(root cid.Cid, tree *node) *view {
	v := &view{from: s.local, root: tree, release: s.state.lease(root)}
	runtime.AddCleanup(v, func(release func()) { release() }, v.release)
	return v
}

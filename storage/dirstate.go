package storage

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/ipfs/go-cid"
)

// dirState keeps blocks from being dropped while they are needed. All stores of
// a process over the same directory share one; a lock on a file, which the
// system releases when a process ends, tells processes of each other.
type dirState struct {
	gc sync.RWMutex // read-locked while a block and its links are stored, write-locked while blocks are dropped

	stored    atomic.Int64 // bytes of blocks on disk, once counted
	temporary atomic.Int64 // bytes of the temporary directory
	reserved  atomic.Int64 // bytes that are about to be written to either
	counting  sync.Mutex
	counted   bool
	evicting  sync.Mutex

	mu     sync.Mutex
	leases map[cid.Cid]int // roots that are being read or fetched, which are not dropped
	names  map[string]int  // block files that are not dropped though nothing stored links to them yet
	lock   *os.File        // closed by the garbage collector once no store is left; nil in a read-only directory
}

var dirStates = struct {
	sync.Mutex
	of map[string]weak.Pointer[dirState]
}{of: map[string]weak.Pointer[dirState]{}}

// openDirState returns the state of the existing directory dir. The first call
// for a directory calls sweep; alone says that no other process uses it
// meanwhile.
func openDirState(dir string, sweep func(alone bool) error) (*dirState, error) {
	id, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if id, err = filepath.EvalSymlinks(id); err != nil {
		return nil, err
	}
	dirStates.Lock()
	defer dirStates.Unlock()
	if k := dirStates.of[id].Value(); k != nil {
		return k, nil
	}
	k, err := newDirState(dir, sweep)
	if err != nil {
		return nil, err
	}
	dirStates.of[id] = weak.Make(k)
	return k, nil
}

func newDirState(dir string, sweep func(alone bool) error) (*dirState, error) {
	k := &dirState{leases: map[cid.Cid]int{}, names: map[string]int{}}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		_ = sweep(false)
		return k, nil //nolint:nilerr // a read-only directory can be read
	}
	k.lock = f
	alone, share := k.onlyProcess()
	if err = errors.Join(sweep(alone), share()); err != nil {
		f.Close()
		return nil, err
	}
	return k, nil
}

// maxClearing is how long another process may take to drop content.
const maxClearing = 30 * time.Second

// onlyProcess reports whether no other process uses the directory. If so none
// can open it before share is called, which must be called in any case.
func (k *dirState) onlyProcess() (alone bool, share func() error) {
	alone = locksWork && k.lock != nil && lockFile(k.lock, true) == nil
	return alone, k.share
}

// share takes the lock that all processes hold together.
func (k *dirState) share() error {
	for start := time.Now(); k.lock != nil && isLocked(lockFile(k.lock, false)); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > maxClearing {
			return fmt.Errorf("another process has been clearing up %s for %s: stop it, or use a directory of your own", filepath.Dir(k.lock.Name()), maxClearing)
		}
	}
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

// others is what counts beside stored blocks, in bytes.
func (k *dirState) others() int64 { return k.temporary.Load() + k.reserved.Load() }

// inUse lists the leased roots.
func (k *dirState) inUse() []cid.Cid {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Keys(k.leases))
}

// holder returns a function that keeps a block file from being dropped, and one
// that frees all that it has kept.
func (k *dirState) holder() (hold func(name string), free func()) {
	var mine []string
	hold = func(name string) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.names[name]++
		mine = append(mine, name)
	}
	free = func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, name := range mine {
			if k.names[name]--; k.names[name] == 0 {
				delete(k.names, name)
			}
		}
		mine = nil
	}
	return hold, free
}

// held returns the block files that are kept by a holder.
func (k *dirState) held() map[string]struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make(map[string]struct{}, len(k.names))
	for name := range k.names {
		list[name] = struct{}{}
	}
	return list
}

// lease is dirState.lease for callers that do not hold gc: it waits until
// nothing is being dropped.
func (s *Store) lease(root cid.Cid) (release func()) {
	s.state.gc.RLock()
	defer s.state.gc.RUnlock()
	return s.state.lease(root)
}

// newView returns the file system of a complete root. Its blocks stay until it
// is closed or garbage-collected. The caller has a lease on root.
func (s *Store) newView(from *blocks, root cid.Cid, tree *node) *view {
	end := s.state.lease(root)
	if from.root.Defined() {
		unlease := end
		end = func() {
			unlease()
			from.memory.release(root)
		}
	}
	v := &view{from: from, root: tree, release: end}
	runtime.AddCleanup(v, func(release func()) { release() }, v.release)
	return v
}

package storage

import (
	"path/filepath"
	"slices"
	"sync"

	"github.com/ipfs/go-cid"
)

// maxWriters is how many blocks are written at the same time, which hides the
// latency of creating files. It also bounds the blocks that wait in memory.
const maxWriters = 4

// writer stores blocks in the background. A later put, or flush, returns the
// first error, after which nothing more is written. Its goroutines end with
// flush.
type writer struct {
	to       *blocks
	slot     chan struct{}
	wg       sync.WaitGroup
	onStored func(data []byte) // called with data that has been stored; may be nil
	durable  bool              // flush waits until everything is on disk

	mu   sync.Mutex
	err  error
	dirs map[string]struct{} // directories for flush to sync

	reserved bool // for each block there is a reservation, see quota

	hold func(name string) // called before a block is stored that no stored block links to yet; nil if one does
	free func()            // ends what hold began
}

func newWriter(to *blocks) *writer {
	return &writer{to: to, slot: make(chan struct{}, maxWriters), dirs: map[string]struct{}{}}
}

// newHoldingWriter returns a writer of blocks that come before those that link to
// them. None of them is dropped before release is called.
func newHoldingWriter(to *blocks) *writer {
	w := newWriter(to)
	if to.quota != nil {
		w.hold, w.free = to.quota.state.holder()
	}
	return w
}

// newReservedWriter returns a writer that settles a reservation for every block.
func newReservedWriter(to *blocks) *writer {
	w := newWriter(to)
	w.reserved = true
	return w
}

func (w *writer) release() {
	if w.free != nil {
		w.free()
	}
}

// store writes one block.
func (w *writer) store(c cid.Cid, data []byte) error {
	if w.hold != nil {
		unlock := w.to.quota.lock()
		defer unlock()
		w.hold(fileName(c))
	}
	if w.onStored != nil && w.to.root.Defined() {
		data = slices.Clone(data) // the memory keeps it
	}
	return w.to.write(c, data, w.durable)
}

func (w *writer) settle(data []byte) {
	if w.reserved {
		w.to.quota.settle(int64(len(data)))
	}
}

// put takes ownership of data; the caller must not change it.
func (w *writer) put(c cid.Cid, data []byte) error {
	if err := w.firstError(); err != nil {
		w.settle(data)
		return err
	}
	if w.to.root.Defined() { // to memory, mostly: nothing to wait for
		w.storeNow(c, data)
		return nil
	}
	w.slot <- struct{}{}
	w.wg.Go(func() {
		defer func() { <-w.slot }()
		w.storeNow(c, data)
	})
	return nil
}

func (w *writer) storeNow(c cid.Cid, data []byte) {
	err := w.store(c, data)
	w.settle(data)
	if w.onStored != nil {
		w.onStored(data)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirs[filepath.Dir(w.to.path(c))] = struct{}{}
	if w.err == nil {
		w.err = onDisk(err)
	}
}

// flush waits until everything is stored.
func (w *writer) flush() error {
	w.wg.Wait()
	if err := w.firstError(); err != nil || !w.durable {
		return err
	}
	for dir := range w.dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return syncDir(w.to.dir)
}

func (w *writer) firstError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

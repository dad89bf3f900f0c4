package storage

import (
	"path/filepath"
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
}

func newWriter(to *blocks) *writer {
	return &writer{to: to, slot: make(chan struct{}, maxWriters), dirs: map[string]struct{}{}}
}

// put takes ownership of data; the caller must not change it.
func (w *writer) put(c cid.Cid, data []byte) error {
	if err := w.firstError(); err != nil {
		return err
	}
	w.slot <- struct{}{}
	w.wg.Go(func() {
		defer func() { <-w.slot }()
		err := w.to.write(c, data, w.durable)
		if w.onStored != nil {
			w.onStored(data)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dirs[filepath.Dir(w.to.path(c))] = struct{}{}
		if w.err == nil {
			w.err = err
		}
	})
	return nil
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

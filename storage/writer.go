package storage

import (
	"path/filepath"
	"sync"

	"github.com/ipfs/go-cid"
)

// writersAtOnce hides the latency of creating files. It also bounds what waits
// in memory, to as many blocks.
const writersAtOnce = 4

// writer stores blocks in the background. The first error comes back from a
// later put or from flush, after which nothing is written any more. Its
// goroutines end with flush.
type writer struct {
	to      *blocks
	slot    chan struct{}
	wg      sync.WaitGroup
	done    func(data []byte) // called with what is stored, may be nil
	durable bool              // flush returns once all of it is on the disk

	mu   sync.Mutex
	err  error
	dirs map[string]struct{} // whose names are to reach the disk
}

func newWriter(to *blocks) *writer {
	return &writer{to: to, slot: make(chan struct{}, writersAtOnce), dirs: map[string]struct{}{}}
}

// put takes data over; the caller must not change it.
func (w *writer) put(c cid.Cid, data []byte) error {
	if err := w.failed(); err != nil {
		return err
	}
	w.slot <- struct{}{}
	w.wg.Go(func() {
		defer func() { <-w.slot }()
		err := w.to.write(c, data, w.durable)
		if w.done != nil {
			w.done(data)
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
	if err := w.failed(); err != nil || !w.durable {
		return err
	}
	for dir := range w.dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return syncDir(w.to.dir)
}

func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

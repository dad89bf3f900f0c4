package storage

import (
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
	to   *blocks
	slot chan struct{}
	wg   sync.WaitGroup

	mu  sync.Mutex
	err error
}

func newWriter(to *blocks) *writer { return &writer{to: to, slot: make(chan struct{}, writersAtOnce)} }

// put takes data over; the caller must not change it.
func (w *writer) put(c cid.Cid, data []byte) error {
	if err := w.failed(); err != nil {
		return err
	}
	w.slot <- struct{}{}
	w.wg.Go(func() {
		defer func() { <-w.slot }()
		if err := w.to.put(c, data); err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.err == nil {
				w.err = err
			}
		}
	})
	return nil
}

// flush waits until everything is stored.
func (w *writer) flush() error {
	w.wg.Wait()
	return w.failed()
}

func (w *writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

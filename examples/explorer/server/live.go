package server

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
)

// Bounds of the stream.
const (
	pause    = 250 * time.Millisecond // at least, between two messages
	maxPages = 64                     // open streams
)

// live tells open pages that something changed.
type live struct {
	mu      sync.Mutex
	changed chan struct{} // closed with each change
	version uint64
	pages   int
}

func newLive() *live { return &live{changed: make(chan struct{})} }

// touch says that something changed.
func (l *live) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version++
	close(l.changed)
	l.changed = make(chan struct{})
}

// now is the version, and what is closed with the next one.
func (l *live) now() (uint64, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version, l.changed
}

// run touches at every change of the programs' accounts that the node's websocket reports, and every so often in any case.
func (l *live) run(ctx context.Context, r *view.Reader, every time.Duration) {
	var wg sync.WaitGroup
	defer wg.Wait()
	follow := func(program solana.PublicKey) {
		wg.Go(func() { r.Chain.Subscribe(ctx, chain.Query{Program: program}, func(chain.Notice) { l.touch() }) })
	}
	if r.Rounds != nil {
		follow(r.Rounds.Addresses().Program)
	}
	if r.Runs != nil {
		follow(r.Runs.Addresses().Program)
	}
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			l.touch()
		}
	}
}

// enter counts a page that opens a stream.
func (l *live) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages >= maxPages {
		return false
	}
	l.pages++
	return true
}

func (l *live) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pages--
}

// serve streams the versions as server-sent events.
func (l *live) serve(w http.ResponseWriter, r *http.Request) {
	if !l.enter() {
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer l.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		version, changed := l.now()
		_ = out.SetWriteDeadline(time.Now().Add(patience)) // a page that reads nothing is left
		if _, err := fmt.Fprintf(w, "data: %d\n\n", version); err != nil {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		for _, wait := range []<-chan struct{}{after(r.Context(), pause), changed} {
			select {
			case <-r.Context().Done():
				return
			case <-wait:
			}
		}
	}
}

// after is closed after a time, or with ctx.
func after(ctx context.Context, d time.Duration) <-chan struct{} {
	ctx, cancel := context.WithTimeout(ctx, d)
	context.AfterFunc(ctx, cancel)
	return ctx.Done()
}

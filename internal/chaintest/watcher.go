package chaintest

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Watcher runs a watch in the background and keeps what it reports.
type Watcher[C any] struct {
	t       testing.TB
	changes chan C
	errs    chan error
}

// Watch begins a watch, that of a client's method, which ends with the test.
func Watch[W, C any](t testing.TB, method func(context.Context, W) iter.Seq2[C, error], what W) *Watcher[C] {
	w := &Watcher[C]{t, make(chan C, 1000), make(chan error, 1000)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.keep(method(ctx, what))
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func (w *Watcher[C]) keep(reports iter.Seq2[C, error]) {
	for change, err := range reports {
		if err != nil {
			w.errs <- err
			continue
		}
		w.changes <- change
	}
}

// Next waits for the next change.
func (w *Watcher[C]) Next() C {
	w.t.Helper()
	return next(w.t, w.changes)
}

// Err waits for the next error.
func (w *Watcher[C]) Err() error {
	w.t.Helper()
	return next(w.t, w.errs)
}

func next[R any](t testing.TB, reports <-chan R) (r R) {
	t.Helper()
	select {
	case r = <-reports:
	case <-time.After(5 * time.Minute):
		require.Fail(t, "nothing was reported")
	}
	return r
}

// Quiet makes sure that no change is reported for a while.
func (w *Watcher[C]) Quiet(d time.Duration) {
	w.t.Helper()
	select {
	case c := <-w.changes:
		require.Failf(w.t, "reported", "%+v", c)
	case <-time.After(d):
	}
}

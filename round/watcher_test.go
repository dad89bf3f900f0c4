package round_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

// watcher runs a watch in the background.
type watcher struct {
	*testing.T
	changes chan round.Change
	errs    chan error
	cancel  context.CancelFunc
	done    chan struct{}
}

func watch(t *testing.T, c *round.Client, w round.Watch) *watcher {
	ctx, cancel := context.WithCancel(t.Context())
	out := &watcher{t, make(chan round.Change, 1000), make(chan error, 1000), cancel, make(chan struct{})}
	go func() {
		defer close(out.done)
		for change, err := range c.Watch(ctx, w) {
			if err != nil {
				out.errs <- err
				continue
			}
			out.changes <- change
		}
	}()
	t.Cleanup(out.stop)
	return out
}

func (w *watcher) stop() { w.cancel(); <-w.done }

// next is the next change, and when it came.
func (w *watcher) next() round.Change {
	w.Helper()
	select {
	case c := <-w.changes:
		return c
	case <-time.After(5 * time.Minute):
		require.Fail(w, "nothing was reported")
		return round.Change{}
	}
}

// quiet makes sure that nothing is reported for a while.
func (w *watcher) quiet(d time.Duration) {
	w.Helper()
	select {
	case c := <-w.changes:
		require.Failf(w, "reported", "%+v", c)
	case <-time.After(d):
	}
}

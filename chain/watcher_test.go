package chain_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// watcher runs a watch in the background.
type watcher struct {
	*testing.T
	changes chan chain.Change
	errs    chan error
	cancel  context.CancelFunc
	done    chan struct{}
}

func watch(t *testing.T, c *chain.Client, w chain.Watch) *watcher {
	ctx, cancel := context.WithCancel(t.Context())
	out := &watcher{t, make(chan chain.Change, 1000), make(chan error, 1000), cancel, make(chan struct{})}
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

// next is the next change.
func (w *watcher) next() chain.Change {
	w.Helper()
	select {
	case c := <-w.changes:
		return c
	case <-time.After(5 * time.Minute):
		require.Fail(w, "nothing was reported")
		return chain.Change{}
	}
}

// state is the state of the record that is reported next.
func (w *watcher) state() byte {
	w.Helper()
	return w.next().Account.Data[8]
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

// tell has the websocket report a record as it is now.
func (w *world) tell(s *chaintest.Socket, record solana.PublicKey) (data []byte, slot uint64) {
	account, ok := w.net.Account(record)
	require.True(w, ok)
	slot, err := w.net.RPC().GetSlot(w.Context(), "confirmed")
	require.NoError(w, err)
	s.Account(record, account.Owner, account.Data, slot)
	return account.Data, slot
}

// watching makes a world with one record, a socket and a watcher that has seen
// the record in state 0.
func watching(t *testing.T, body func(t *testing.T, w *world, n *chaintest.Node, s *chaintest.Socket, seen *watcher)) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		require.Zero(t, seen.state())
		synctest.Wait()
		body(t, w, n, s, seen)
	})
}

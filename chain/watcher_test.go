package chain_test

import (
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// watcher keeps what a watch of records reports.
type watcher struct {
	*chaintest.Watcher[chain.Change]
}

func watch(t *testing.T, c *chain.Client, w chain.Watch) watcher {
	return watcher{chaintest.Watch(t, c.Watch, w)}
}

// state is the state of the record that is reported next.
func (w watcher) state() byte { return w.Next().Account.Data[8] }

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
func watching(t *testing.T, body func(t *testing.T, w *world, n *chaintest.Node, s *chaintest.Socket, seen watcher)) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		require.Zero(t, seen.state())
		synctest.Wait()
		body(t, w, n, s, seen)
	})
}

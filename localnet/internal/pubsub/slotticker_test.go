package pubsub

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/svm"
	"github.com/decloud-sdk/decloud-go/localnet/internal/jsonrpc"
)

// idle returns a connection to a bank that nobody uses, without a socket.
func idle(t *testing.T, slotTime time.Duration) *conn {
	t.Helper()
	h := NewHub(svm.NewBank(svm.Config{SlotTime: slotTime}), Limits{
		Subscriptions: 10, OutboxMessages: 200, OutboxBytes: 1 << 20, Calls: jsonrpc.Limits{Batch: 1, ResponseBytes: 1 << 20},
	})
	c := newConn(h, nil)
	require.True(t, h.add(c))
	t.Cleanup(c.cancel)
	return c
}

// answers takes what the connection has to send, after requests and time.
func (c *conn) answers(elapsed time.Duration, requests ...string) (sent []string) {
	for _, r := range requests {
		c.serve([]byte(r))
	}
	time.Sleep(elapsed)
	synctest.Wait()
	for m := c.out.take(); m != nil; m = c.out.take() {
		sent = append(sent, string(m))
	}
	return sent
}

const (
	subscribeSlot   = `{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}`
	subscribeRoot   = `{"jsonrpc":"2.0","id":2,"method":"rootSubscribe"}`
	unsubscribeSlot = `{"jsonrpc":"2.0","id":3,"method":"slotUnsubscribe","params":[1]}`
	unsubscribeRoot = `{"jsonrpc":"2.0","id":4,"method":"rootUnsubscribe","params":[2]}`
)

// An idle chain notifies of every slot while somebody subscribes, and runs nothing
// when nobody does.
func TestIdleChainNotifiesOfSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t, time.Second)
		require.Empty(t, c.answers(10*time.Second))

		require.Equal(t, []string{`{"jsonrpc":"2.0","result":1,"id":1}`}, c.answers(0, subscribeSlot))
		sent := c.answers(time.Second)
		require.Len(t, sent, 1)
		require.JSONEq(t, `{"jsonrpc":"2.0","method":"slotNotification","params":{"subscription":1,"result":{"slot":11,"parent":10,"root":11}}}`, sent[0])

		sent = c.answers(2*time.Second, subscribeRoot)
		require.Len(t, sent, 5, "the answer, and two slots for each")
		require.JSONEq(t, `{"jsonrpc":"2.0","method":"rootNotification","params":{"subscription":2,"result":13}}`, sent[4])

		require.Len(t, c.answers(time.Second, unsubscribeSlot), 2, "the answer and a root")
		require.Len(t, c.answers(time.Minute, unsubscribeRoot), 1, "the answer")
		c.hub.running.Wait()
	})
}

func TestEndOfConnectionStopsTheTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t, time.Second)
		c.answers(0, subscribeSlot, subscribeRoot)
		c.forgetAll()
		c.hub.running.Wait()
		require.Empty(t, c.answers(time.Minute))
		require.Empty(t, c.hub.interested, "nobody waits")

		c.answers(0, subscribeSlot)
		require.Len(t, c.answers(time.Second), 1, "ticks start again")
		c.forgetAll()
		c.hub.running.Wait()
	})
}

func TestShortAndNoSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := idle(t, -1)
		require.Len(t, never.answers(time.Hour, subscribeSlot), 1, "only the answer")
		never.hub.running.Wait()

		short := idle(t, time.Nanosecond)
		require.Len(t, short.answers(time.Second, subscribeSlot), 1+100)
		short.forgetAll()
		short.hub.running.Wait()
	})
}

package chain_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

func TestWebsocketDuplicates(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
		record := w.record(1, 1)
		for range 5 {
			w.tell(s, record)
		}
		require.EqualValues(t, 1, seen.state())
		seen.Quiet(2 * time.Minute)
	})
}

func TestWebsocketOutOfOrder(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
		record := w.record(1, 1)
		old, slot := w.tell(s, record)
		require.EqualValues(t, 1, seen.state())
		w.record(1, 2)
		w.tell(s, record)
		require.EqualValues(t, 2, seen.state())
		s.Account(record, echoID, old, slot)
		seen.Quiet(2 * time.Minute)
	})
}

func TestWebsocketGap(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
		s.Drop()
		record := w.record(1, 1)
		began := time.Now()
		require.EqualValues(t, 1, seen.state())
		require.LessOrEqual(t, time.Since(began), 2*time.Second, "it looks for itself at once")
		time.Sleep(2 * time.Second)
		require.GreaterOrEqual(t, s.Subscribed(), 2)
		w.record(1, 2)
		began = time.Now()
		w.tell(s, record)
		require.EqualValues(t, 2, seen.state())
		require.Zero(t, time.Since(began), "it has subscribed again")
	})
}

func TestWebsocketDroppedDuringSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		s.SetFaults(chaintest.SocketFaults{Drop: true})
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		seen.Next()
		time.Sleep(time.Minute)
		require.Zero(t, s.Subscribed())
		s.SetFaults(chaintest.SocketFaults{})
		time.Sleep(time.Minute)
		require.Equal(t, 1, s.Subscribed(), "it tries again")
	})
}

// A socket that never answers: the client gives up on it, and polling does the
// work.
func TestWebsocketNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		s.SetFaults(chaintest.SocketFaults{Deaf: true})
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		seen.Next()
		w.record(1, 1)
		began := time.Now()
		seen.Next()
		require.LessOrEqual(t, time.Since(began), 5*time.Second)
		time.Sleep(2 * time.Minute)
		require.Greater(t, s.Dials(), 2, "it dials anew")
	})
}

// The other side is gone, but the connection does not break.
func TestWebsocketHalfOpen(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
		s.SetFaults(chaintest.SocketFaults{Mute: true})
		time.Sleep(time.Minute)
		synctest.Wait()
		require.GreaterOrEqual(t, s.Subscribed(), 2, "no sign of life: it dials anew")
		record := w.record(1, 1)
		began := time.Now()
		w.tell(s, record)
		seen.Next()
		require.Zero(t, time.Since(began))
	})
}

func TestWebsocketSendsGarbage(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":        `{`,
		"null":           `null`,
		"another stream": `{"params":{"subscription":99,"result":{}}}`,
		"no result":      `{"params":{"subscription":23}}`,
		"bad account":    `{"params":{"subscription":23,"result":{"value":{"pubkey":"x","account":{"data":["!","base64"]}}}}}`,
		"deeply nested":  nested(20_000),
	} {
		t.Run(name, func(t *testing.T) {
			watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
				s.Raw(text)
				w.record(1, 1)
				require.EqualValues(t, 1, seen.state())
			})
		})
	}
}

func TestWebsocketMessageTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		w.route.MaxResponse = 1 << 16
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		seen.Next()
		synctest.Wait()
		s.Raw(strings.Repeat(" ", 1<<20))
		time.Sleep(time.Minute)
		require.Equal(t, 2, s.Subscribed(), "that connection was ended and a new one made")
	})
}

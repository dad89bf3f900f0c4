package chain_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

func TestWatchReportsAtOnceWhatTheWebsocketSays(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, s *chaintest.Socket, seen watcher) {
		record := w.record(1, 1)
		began := time.Now()
		w.tell(s, record)
		require.EqualValues(t, 1, seen.state())
		require.Zero(t, time.Since(began))
	})
}

func TestWatchFindsByPollingWhatTheWebsocketOmits(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, _ *chaintest.Socket, seen watcher) {
		w.record(1, 1)
		began := time.Now()
		require.EqualValues(t, 1, seen.state())
		require.LessOrEqual(t, time.Since(began), 30*time.Second)
	})
}

func TestWatchWithoutWebsocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := viaNode(t)
		w.record(1, 0)
		seen := watch(t, w.client(nil), chain.Watch{Query: records})
		seen.Next()
		w.record(1, 1)
		began := time.Now()
		seen.Next()
		require.LessOrEqual(t, time.Since(began), 5*time.Second)
	})
}

func TestWatchYieldsFaultsAndGoesOn(t *testing.T) {
	watching(t, func(t *testing.T, w *world, n *chaintest.Node, _ *chaintest.Socket, seen watcher) {
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getProgramAccounts" {
				return chaintest.Respond(403, "?"), nil
			}
			return nil, nil
		})
		require.ErrorContains(t, seen.Err(), "getProgramAccounts")
		n.Inject(nil)
		w.record(1, 1)
		seen.Next()
	})
}

func TestWatchEndsWhereTheLoopIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		w.record(1, 0)
		for range 3 {
			for range w.client(nil).Watch(context.Background(), chain.Watch{Query: records}) {
				break
			}
		}
		synctest.Wait()
		require.LessOrEqual(t, s.Dials(), 3)
	})
}

// A slow consumer: the socket does not wait for it, and nothing is missed in the
// end.
func TestWatchWithASlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		w.record(1, 0)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last byte
		n := 0
		for change, err := range w.client(nil).Watch(ctx, chain.Watch{Query: records}) {
			require.NoError(t, err)
			last = change.Account.Data[8]
			if n++; n == 1 {
				synctest.Wait()
				for state := range byte(10) {
					record := w.record(1, state+1)
					for range 40 { // more than fit the queue
						w.tell(s, record)
					}
				}
				time.Sleep(time.Minute)
			}
			if last == 10 {
				break
			}
		}
		require.EqualValues(t, 10, last)
	})
}

// A selected account is followed until While no longer selects it.
func TestWatchYieldsTheLastState(t *testing.T) {
	for name, tell := range map[string]func(*world, *chaintest.Socket, solana.PublicKey){
		"told":   func(w *world, s *chaintest.Socket, record solana.PublicKey) { w.tell(s, record) },
		"polled": func(*world, *chaintest.Socket, solana.PublicKey) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, s := withSocket(t)
				w.record(1, 0)
				w.record(2, 5)
				seen := watch(t, w.client(nil), chain.Watch{Query: records, While: inState(0)})
				require.Zero(t, seen.state())
				synctest.Wait()
				tell(w, s, w.record(1, 5))
				require.EqualValues(t, 5, seen.state())
				tell(w, s, w.record(1, 6))
				require.Equal(t, w.record(3, 0), seen.Next().Account.Address)
				seen.Quiet(2 * time.Minute)
			})
		})
	}
}

func TestWatchYieldsWhatIsGone(t *testing.T) {
	watching(t, func(t *testing.T, w *world, _ *chaintest.Node, _ *chaintest.Socket, seen watcher) {
		require.NoError(t, w.net.SetAccount(solana.PublicKey{'r', 1}, localnet.Account{}))
		gone := seen.Next()
		require.True(t, gone.Gone)
		require.Equal(t, recordData(100, 0), gone.Account.Data, "what was seen last")
		w.record(1, 0)
		require.False(t, seen.Next().Gone, "it is there again")
	})
}

// A state that could not be handled comes again, and only as often as asked for.
func TestWatchRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.record(1, 0)
		var again []bool
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for change, err := range w.client(nil).Watch(ctx, chain.Watch{Query: records, While: inState(0), Poll: time.Second}) {
			require.NoError(t, err)
			again = append(again, change.Again)
			if len(again) < 3 {
				change.Retry()
			}
		}
		require.Equal(t, []bool{false, true, true}, again)
	})
}

func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, s := withSocket(t)
		ctx, cancel := context.WithCancel(t.Context())
		var notices []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.client(nil).Subscribe(ctx, records, func(n chain.Notice) {
				if n.Account == nil {
					notices = append(notices, fmt.Sprint(n.Connected))
					return
				}
				notices = append(notices, fmt.Sprint(n.Account.Data[8]))
			})
		}()
		synctest.Wait()
		require.Len(t, s.Filters(), 1)
		w.tell(s, w.record(1, 3))
		synctest.Wait()
		s.Drop()
		time.Sleep(time.Second)
		w.tell(s, w.record(1, 4))
		synctest.Wait()
		require.Equal(t, []string{"true", "3", "false", "true", "4"}, notices)
		cancel()
		<-done
	})
}

// Any message of a websocket gives nothing, or an account of the program.
func FuzzNotifications(f *testing.F) {
	f.Add([]byte(`{"context":{"slot":5},"value":` + chaintest.Listed(echoID, recordData(100, 0)) + `}`))
	f.Add([]byte(`{"value":` + chaintest.Listed(solana.TokenProgramID, nil) + `}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := chain.ParseNotification(raw, echoID)
		if !ok {
			require.Nil(t, a)
			return
		}
		require.True(t, json.Valid(raw))
		require.Equal(t, echoID, a.Owner)
		require.LessOrEqual(t, len(a.Data), len(raw))
	})
}

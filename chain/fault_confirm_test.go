package chain_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

const noStatus = `{"context":{"slot":1},"value":[null]}`

// unseen hides all signatures until a test switches it off.
func unseen(hidden *atomic.Bool) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getSignatureStatuses" && hidden.Load() {
			return c.Result(noStatus)
		}
		return nil, nil
	}
}

func TestWebsocketSaysWhenToLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n, s := withSocket(t)
		w.route.PollInterval, w.route.ResendInterval = 20*time.Second, 40*time.Second
		creator := w.actor()
		var hidden atomic.Bool
		hidden.Store(true)
		n.Inject(unseen(&hidden))       //nolint:bodyclose // the client closes it
		const landed = 14 * time.Second // it looks at 12.7 s and would at 25.5 s
		var group sync.WaitGroup
		defer group.Wait()
		group.Go(func() {
			time.Sleep(landed)
			hidden.Store(false)
			s.Raw(`{"jsonrpc":"2.0","method":"signatureNotification","params":{"subscription":23,"result":{"context":{"slot":5},"value":{"err":null}}}}`)
		})
		began := time.Now()
		_, err := pay(t.Context(), creator)
		require.NoError(t, err)
		require.Equal(t, landed, time.Since(began))
	})
}

// About one notification in fifty comes late or never.
func TestWebsocketNeverReportsASignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n, _ := withSocket(t)
		creator := w.actor()
		var hidden atomic.Bool
		hidden.Store(true)
		n.Inject(unseen(&hidden)) //nolint:bodyclose // the client closes it
		time.AfterFunc(5*time.Second, func() { hidden.Store(false) })
		began := time.Now()
		_, err := pay(t.Context(), creator)
		require.NoError(t, err)
		require.LessOrEqual(t, time.Since(began), 6*time.Second)
	})
}

func TestProcessedIsNotConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		creator := w.actor()
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getSignatureStatuses" && time.Since(epoch) < 3*time.Second {
				return c.Result(`{"context":{"slot":1},"value":[{"slot":1,"confirmations":0,"err":null,"status":{"Ok":null},"confirmationStatus":"processed"}]}`)
			}
			return nil, nil
		})
		_, err := pay(t.Context(), creator)
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(epoch), 3*time.Second)
	})
}

// A block that held the transaction is given up by the cluster: it was
// processed, and then it was not. Once it cannot land any more, a new one is
// signed.
func TestForkDropsTheTransaction(t *testing.T) {
	forgotten := ""
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		switch {
		case c.Method == "sendTransaction":
			sig := c.Signature()
			if forgotten == "" {
				forgotten = sig
			}
			if sig == forgotten {
				return c.Result("%q", sig)
			}
		case c.Method == "getSignatureStatuses" && time.Since(epoch) < 10*time.Second:
			return c.Result(`{"context":{"slot":1},"value":[{"slot":1,"confirmations":0,"err":null,"status":{"Ok":null},"confirmationStatus":"processed"}]}`)
		}
		return nil, nil
	}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
		require.NoError(w, err)
		require.Equal(w, 2, n.Count("getLatestBlockhash"))
		require.Greater(w, time.Since(epoch), 60*time.Second)
	})
}

// The answer to a query for the status is malformed: that is no reason to pay
// again.
func TestMalformedStatus(t *testing.T) {
	for name, answer := range map[string]string{
		"null": `null`, "none": `{"context":{"slot":1},"value":[]}`, "two": `{"context":{"slot":1},"value":[null,null]}`,
		"a word": `"confirmed"`, "unknown": `{"context":{"slot":1},"value":[{"slot":1,"err":null,"confirmationStatus":"perhaps"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
				if c.Method == "getSignatureStatuses" && time.Since(epoch) < 2*time.Minute {
					return c.Result("%s", answer)
				}
				return nil, nil
			}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
				require.NoError(w, err)
				require.Equal(w, 1, n.Count("getLatestBlockhash"))
			})
		})
	}
}

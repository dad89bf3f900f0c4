package chain_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// Of three nodes the first does not listen and the second talks nonsense: all works
// through the third, over real sockets, and the bad ones are left alone.
func TestTwoBadNodesAndAGoodOne(t *testing.T) {
	var nonsense atomic.Int32
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		nonsense.Add(1)
		_, _ = w.Write([]byte("<html>maintenance</html>"))
	}))
	defer bad.Close()
	closed := closedPort(t)
	real := localnet.New(t, localnet.Empty())
	key := chaintest.Keypair(t)
	require.NoError(t, real.Fund(key.PublicKey(), sol))
	c, err := chain.NewClient(chain.Config{
		Network: chain.Network{Name: "mine", RPC: "http://" + closed, WS: "ws://" + closed},
		Fallbacks: []chain.Node{
			{RPC: bad.URL, WS: "ws" + bad.URL[len("http"):]},
			{RPC: real.URL(), WS: real.WSURL()},
		},
		Signer: key,
	})
	require.NoError(t, err)
	defer c.Close()

	r, err := pay(t.Context(), c)
	require.NoError(t, err)
	require.EqualValues(t, 5000, r.Fee)
	asked := nonsense.Load()
	require.Positive(t, asked)
	for range 20 {
		_, err := c.Balance(t.Context(), c.Wallet())
		require.NoError(t, err)
	}
	require.LessOrEqual(t, nonsense.Load(), asked+1, "it rests")

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c.Subscribe(ctx, records, func(n chain.Notice) {
		if n.Connected {
			cancel()
		}
	})
	require.ErrorIs(t, ctx.Err(), context.Canceled, "the third node's websocket reports")

	states := c.Nodes(t.Context())
	require.Len(t, states, 3)
	require.Error(t, states[0].Err)
	require.Error(t, states[1].Err)
	require.NoError(t, states[2].Err)
	require.Equal(t, closed, states[0].Host)
	require.Positive(t, states[2].Height)
}

// A node that failed is asked first again once it has rested, and less and less often
// while it goes on failing.
func TestANodeThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.route.ViaNodes("one.test", "two.test")
		c := w.client(nil)
		one, two := nodes["one.test"], nodes["two.test"]
		one.Inject(broken) //nolint:bodyclose // there is none
		for range 100 {
			_, err := c.Slot(t.Context())
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		require.Equal(t, 100, two.Count("getSlot"))
		require.InDelta(t, 8, one.Count("getSlot"), 1, "after 1, 2, 4, 8, 16, 30, 30 s")
		one.Inject(nil)
		time.Sleep(time.Minute)
		before := two.Count("getSlot")
		_, err := c.Slot(t.Context())
		require.NoError(t, err)
		require.Equal(t, before, two.Count("getSlot"))
	})
}

// A node that hangs delays one call, not the next ones, and a node that asks for a
// pause gets it.
func TestANodeThatHangsAndOneThatIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.route.ViaNodes("one.test", "two.test", "three.test")
		w.route.RPCTimeout = 10 * time.Second
		c := w.client(nil)
		nodes["one.test"].Inject(func(c chaintest.Call) (*http.Response, error) { <-c.Context().Done(); return nil, c.Context().Err() })
		nodes["two.test"].Inject(func(chaintest.Call) (*http.Response, error) { //nolint:bodyclose // the client closes it
			return chaintest.Respond(429, "", "Retry-After", "60"), nil
		})
		began := time.Now()
		_, err := c.Slot(t.Context())
		require.NoError(t, err)
		require.Equal(t, 10*time.Second, time.Since(began))
		for range 50 {
			_, err = c.Slot(t.Context())
			require.NoError(t, err)
		}
		require.Equal(t, 10*time.Second, time.Since(began))
		time.Sleep(59 * time.Second)
		_, err = c.Slot(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, nodes["two.test"].Count("getSlot"))
	})
}

// What another node says of a transaction that the first may have forwarded proves
// nothing: one that refuses it does not make it unsent.
func TestATransactionGoesToOneNodeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.route.ViaNodes("one.test", "two.test")
		nodes["one.test"].Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" {
				return c.Lose() // it has landed
			}
			return nil, nil
		})
		nodes["two.test"].Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "sendTransaction" {
				return c.Fail(-32002, `{"err":"BlockhashNotFound","logs":[]}`)
			}
			return nil, nil
		})
		_, err := pay(t.Context(), w.actor())
		require.NoError(t, err)
		require.Equal(t, 1, w.payments())
	})
}

// A transaction goes on to the next node where the first cannot be reached: nothing was
// sent there. So does a request for lamports, which is one call.
func TestWhatIsNeverSentGoesToTheNextNode(t *testing.T) {
	real := localnet.New(t, localnet.Empty())
	key := chaintest.Keypair(t)
	c, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "mine", RPC: "http://" + closedPort(t)}, Fallbacks: []chain.Node{{RPC: real.URL()}}, Signer: key})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Airdrop(t.Context(), key.PublicKey(), sol)
	require.NoError(t, err)
	balance, err := c.Balance(t.Context(), key.PublicKey())
	require.NoError(t, err)
	require.EqualValues(t, sol, balance)
}

// What a node of another network says is no reason to pay, whichever of the two is the
// wrong one, and also where it was away at first.
func TestNodesOfDifferentNetworks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.route.ViaNodes("one.test", "two.test", "three.test")
		away := true
		nodes["two.test"].Inject(func(c chaintest.Call) (*http.Response, error) {
			switch {
			case away:
				return chaintest.Respond(503, ""), nil //nolint:bodyclose // the client closes it
			case c.Method == "getGenesisHash":
				return c.Result(`"4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"`)
			}
			return nil, nil
		})
		nodes["three.test"].Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getGenesisHash" {
				return c.Fail(-32601, "null") // it does not say, and is believed
			}
			return nil, nil
		})
		c := w.actor()
		for range 3 {
			_, err := pay(t.Context(), c)
			require.NoError(t, err)
		}
		require.Equal(t, 1, nodes["one.test"].Count("getGenesisHash"))
		require.Equal(t, 1, nodes["three.test"].Count("getGenesisHash"))
		away = false
		time.Sleep(time.Minute)
		_, err := pay(t.Context(), c)
		require.ErrorIs(t, err, chain.ErrConfig)
		require.ErrorContains(t, err, "one.test and two.test are of different networks")
		require.Equal(t, 3, w.payments())
	})
}

// A page in place of an answer is told by its status: a proxy that wants a password, a
// node that wants a key.
func TestAPageInPlaceOfAnAnswer(t *testing.T) {
	for status, want := range map[int]string{407: "407 Proxy Authentication Required", 401: "401 Unauthorized", 404: "404 Not Found"} {
		page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<p>Please"))
		}))
		c, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "mine", RPC: page.URL}})
		require.NoError(t, err)
		_, err = c.Slot(t.Context())
		require.ErrorContains(t, err, "the node answered "+want)
		require.NotContains(t, err.Error(), "invalid character")
		c.Close()
		page.Close()
	}
}

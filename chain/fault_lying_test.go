package chain_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// liar passes everything on, and says of everything that landed that it did not, and
// of the chain that it is far ahead of where it was when the transaction was signed.
func liar(c chaintest.Call) (*http.Response, error) {
	switch {
	case c.Method == "getSignatureStatuses":
		return c.Result(noStatus)
	case c.Method == "getTransaction":
		return c.Result("null")
	case c.Method == "getBlockHeight" && c.Number > 1:
		var height uint64
		if err := c.Raw(&height); err != nil {
			return nil, err
		}
		return c.Result("%d", height+1000)
	case c.Method == "getLatestBlockhash" && c.Number > 1:
		var latest rpc.GetLatestBlockhashResult
		if err := c.Raw(&latest); err != nil {
			return nil, err
		}
		return c.Result(`{"context":{"slot":%d},"value":{"blockhash":%q,"lastValidBlockHeight":%d}}`,
			latest.Context.Slot, latest.Value.Blockhash, latest.Value.LastValidBlockHeight+1000)
	}
	return nil, nil
}

// A blockhash that is said to be good for no time would make every transaction seem
// lost at once.
func TestABlockhashThatSeemsToExpireAtOnce(t *testing.T) {
	for name, last := range map[string]int{"long ago": 1, "now": 300, "in an age": 1 << 40} {
		t.Run(name, func(t *testing.T) {
			sending(t, 0, func(c chaintest.Call) (*http.Response, error) {
				switch c.Method {
				case "getBlockHeight":
					return c.Result("300")
				case "getLatestBlockhash":
					return c.Result(`{"context":{"slot":400},"value":{"blockhash":"11111111111111111111111111111112","lastValidBlockHeight":%d}}`, last)
				}
				return liar(c)
			}, func(w *world, n *chaintest.Node, _ chain.Receipt, err error) {
				require.ErrorContains(w, err, "does not tell the truth: use another one")
				require.Zero(w, n.Count("sendTransaction"))
			})
		})
	}
}

// A node alone that hides what has landed, and has the chain rush on, makes nobody
// pay twice: what the first transaction writes has changed.
func TestANodeThatHidesWhatLanded(t *testing.T) {
	sending(t, 1, liar, func(w *world, n *chaintest.Node, r chain.Receipt, err error) {
		require.ErrorIs(w, err, chain.ErrUnconfirmed)
		require.Len(w, r.Expired, 1)
		require.ErrorContains(w, err, r.Expired[0].String())
		require.Greater(w, time.Since(epoch), time.Minute, "no chain moves on that fast")
		require.Greater(w, n.Count("sendTransaction"), 1)
	})
}

// The same from a node that contradicts itself.
func TestANodeThatContradictsItself(t *testing.T) {
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getLatestBlockhash" {
			return nil, nil
		}
		return liar(c)
	}, func(w *world, _ *chaintest.Node, r chain.Receipt, err error) {
		require.ErrorIs(w, err, chain.ErrUnconfirmed)
		require.ErrorContains(w, err, "does not tell the truth")
	})
}

// voting makes one payment through several nodes, the first of which has a fault, and
// so may others.
func voting(t *testing.T, payments int, faults map[string]func(chaintest.Call) (*http.Response, error), check func(w *world, nodes map[string]*chaintest.Node, r chain.Receipt, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.route.ViaNodes("one.test", "two.test", "three.test")
		c := w.actor()
		for host, fault := range faults {
			nodes[host].Inject(fault)
		}
		r, err := pay(t.Context(), c)
		check(w, nodes, r, err)
		require.Equal(t, payments, w.payments())
	})
}

// lost takes transactions and forgets them, until a time.
func lost(until time.Duration) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" && time.Since(epoch) < until {
			return c.Result("%q", c.Signature())
		}
		return nil, nil
	}
}

func broken(chaintest.Call) (*http.Response, error) { return nil, chaintest.ErrLine }

// One of three nodes lies: the others have seen the transaction.
func TestOneLiarOfThreeNodes(t *testing.T) {
	voting(t, 1, map[string]func(chaintest.Call) (*http.Response, error){"one.test": liar},
		func(w *world, _ map[string]*chaintest.Node, r chain.Receipt, err error) {
			require.NoError(w, err)
			require.Empty(w, r.Expired)
		})
}

// Two of three nodes must agree before the same is signed again.
func TestNodesThatAgreeOnALoss(t *testing.T) {
	for name, c := range map[string]struct {
		third    func(chaintest.Call) (*http.Response, error)
		second   func(chaintest.Call) (*http.Response, error)
		payments int
		err      error
	}{
		"all of them": {nil, nil, 1, nil},
		"most":        {broken, nil, 1, nil},
		"only one":    {broken, broken, 0, chain.ErrUnconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			voting(t, c.payments, map[string]func(chaintest.Call) (*http.Response, error){"one.test": lost(90 * time.Second), "two.test": c.second, "three.test": c.third},
				func(w *world, nodes map[string]*chaintest.Node, r chain.Receipt, err error) {
					require.ErrorIs(w, err, c.err)
					if c.err != nil {
						require.Equal(w, 1, nodes["one.test"].Count("getLatestBlockhash"), "nothing was signed again")
						require.Less(w, time.Since(epoch), 10*time.Minute, "it ends")
						require.False(w, r.Signature.IsZero())
						return
					}
					require.Len(w, r.Expired, 1)
				})
		})
	}
}

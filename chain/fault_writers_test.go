package chain_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// Many wallets write the same account while some of their transactions are lost: that
// it has changed says nothing about them, and they are sent again.
func TestLostAmongManyWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const unlucky = 8
		w := newWorld(t)
		lucky := w.actor()
		w.route.ViaNode().Inject(lost(90 * time.Second))
		errs := make(chan error, unlucky)
		for range unlucky {
			c := w.actor()
			go func() {
				r, err := pay(t.Context(), c)
				if err == nil && len(r.Expired) != 1 {
					err = chain.ErrUnconfirmed
				}
				errs <- err
			}()
		}
		landed := 0
		for ; time.Since(epoch) < 2*time.Minute; landed++ {
			_, err := pay(t.Context(), lucky)
			require.NoError(t, err)
			time.Sleep(2 * time.Second)
		}
		for range unlucky {
			require.NoError(t, <-errs)
		}
		require.Equal(t, landed+unlucky, w.payments())
	})
}

// found creates an account and says what became of it.
func found(ctx context.Context, c *chain.Client, to solana.PublicKey) error {
	_, err := c.Send(ctx, []solana.Instruction{system.NewTransferInstruction(price, c.Wallet(), to).Build()})
	return err
}

// many is how many transactions a wallet sends at a time.
const many = 16

// foundMany creates many accounts at once out of one wallet, through a node with a
// fault. It checks each error, and that each account was paid for once.
func foundMany(t *testing.T, fault func(chaintest.Call) (*http.Response, error), check func(t *testing.T, err error)) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		n.Inject(fault)
		var group sync.WaitGroup
		errs := make([]error, many)
		for i := range errs {
			group.Go(func() { errs[i] = found(t.Context(), c, solana.PublicKey{'n', byte(i)}) })
		}
		group.Wait()
		for i, err := range errs {
			check(t, err)
			require.EqualValues(t, price, w.balance(solana.PublicKey{'n', byte(i)}))
		}
	})
}

// A wallet sends several transactions at a time. That one of them took lamports says
// nothing about another one, which is lost.
func TestLostAmongTheWalletsOwn(t *testing.T) {
	drop := map[string]bool{} // by signature: every other one of those seen
	var mu sync.Mutex
	dropped := func(sig string) bool {
		mu.Lock()
		defer mu.Unlock()
		if _, seen := drop[sig]; !seen {
			drop[sig] = len(drop)%2 == 0
		}
		return drop[sig]
	}
	foundMany(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" && time.Since(epoch) < 90*time.Second && dropped(c.Signature()) {
			return c.Result("%q", c.Signature())
		}
		return nil, nil
	}, func(t *testing.T, err error) { require.NoError(t, err) })
	require.Greater(t, len(drop), 16, "some were signed again")
}

// However much a wallet does at a time, a node that hides what landed makes it pay
// for nothing twice.
func TestAHidingNodeAndABusyWallet(t *testing.T) {
	var sent atomic.Int64
	foundMany(t, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "sendTransaction" {
			sent.Add(1)
		}
		if sent.Load() < many && (c.Method == "getBlockHeight" || c.Method == "getLatestBlockhash") {
			return nil, nil // or it is found out before anything was sent
		}
		return liar(c)
	}, func(t *testing.T, err error) { require.ErrorIs(t, err, chain.ErrUnconfirmed) })
}

// A node under load shows late what has landed: then it is no longer in doubt.
func TestLandedAndShownLate(t *testing.T) {
	var shown atomic.Bool
	sending(t, 1, func(c chaintest.Call) (*http.Response, error) {
		if c.Method == "getLatestBlockhash" && c.Number > 1 {
			shown.Store(true)
		}
		if shown.Load() && c.Method != "getBlockHeight" && c.Method != "getLatestBlockhash" {
			return nil, nil
		}
		return liar(c)
	}, func(w *world, n *chaintest.Node, r chain.Receipt, err error) {
		require.NoError(w, err)
		require.False(w, r.Signature.IsZero())
		require.Empty(w, r.Expired)
		require.Equal(w, 2, n.Count("getLatestBlockhash"), "it was about to be signed again")
	})
}

package chain_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// lagging answers as a node that stands at a slot before the last transaction.
// (The slots of a chain that is set back go on with the clock.)
func lagging(before *localnet.Snapshot, slot uint64, w *world, behind func(chaintest.Call) bool) func(chaintest.Call) (*http.Response, error) {
	return func(c chaintest.Call) (*http.Response, error) {
		if !behind(c) {
			return nil, nil
		}
		if least, ok := leastSlot(c); ok && least > slot {
			return c.Fail(-32016, `{"contextSlot":1}`)
		}
		now := w.net.Snapshot()
		defer func() { require.NoError(w, w.net.Restore(now)) }()
		require.NoError(w, w.net.Restore(before))
		return c.Pass()
	}
}

// leastSlot is the slot that a call asks for.
func leastSlot(c chaintest.Call) (uint64, bool) {
	if len(c.Params) == 0 {
		return 0, false
	}
	config, _ := c.Params[len(c.Params)-1].(map[string]any)
	slot, ok := config["minContextSlot"].(float64)
	return uint64(slot), ok
}

// Of two nodes behind one address, one lags: it gets the second of each two
// calls, and would show and check on what was before the client's own last
// transaction.
func TestANodeThatLagsBehindOnesOwnWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		before := w.net.Snapshot()
		paid, err := pay(t.Context(), c)
		require.NoError(t, err)
		record := w.record(1, 0)
		calls := 0
		n.Inject(lagging(before, paid.Slot-1, w, func(c chaintest.Call) bool {
			switch c.Method {
			case "getAccountInfo", "getBalance", "getMultipleAccounts", "getProgramAccounts", "sendTransaction":
				calls++
				return calls%2 == 1
			}
			return false
		}))
		account, err := c.Account(t.Context(), shop, solana.PublicKey{})
		require.NoError(t, err)
		require.EqualValues(t, sol+price, account.Lamports)
		accounts, err := c.Accounts(t.Context(), shop)
		require.NoError(t, err)
		require.EqualValues(t, sol+price, accounts[0].Lamports)
		balance, err := c.Balance(t.Context(), shop)
		require.NoError(t, err)
		require.EqualValues(t, sol+price, balance)
		found, _, err := chain.Scan(t.Context(), c, records, func(a chain.Account) (solana.PublicKey, error) { return a.Address, nil })
		require.NoError(t, err)
		require.Equal(t, []solana.PublicKey{record}, found)
		_, err = pay(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, 2, w.payments())
		require.Positive(t, calls)
	})
}

// A test chain that is rolled back has no slot as high as the client knows: that
// delays the client once, for a moment.
func TestAChainThatIsRolledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		before := w.net.Snapshot()
		_, err := pay(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, w.net.Restore(before))
		for _, first := range []bool{true, false} {
			calls, began := n.Count("getBalance"), time.Now()
			balance, err := c.Balance(t.Context(), shop)
			require.NoError(t, err)
			require.EqualValues(t, sol, balance)
			if first {
				require.Less(t, time.Since(began), 2*time.Second)
				continue
			}
			require.Zero(t, time.Since(began))
			require.Equal(t, calls+1, n.Count("getBalance"))
		}
		_, err = pay(t.Context(), c)
		require.NoError(t, err)
	})
}

// Calls ask for a slot only after the client's own transactions, and not for long.
func TestWhenAViewMustBeFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		var asked atomic.Bool
		n.Inject(func(c chaintest.Call) (*http.Response, error) {
			if c.Method == "getBalance" {
				_, ok := leastSlot(c)
				asked.Store(ok)
			}
			return nil, nil
		})
		read := func() bool {
			_, err := c.Balance(t.Context(), solana.PublicKey{1})
			require.NoError(t, err)
			return asked.Load()
		}
		require.False(t, read())
		_, err := pay(t.Context(), c)
		require.NoError(t, err)
		require.True(t, read())
		time.Sleep(time.Minute)
		require.False(t, read())
	})
}

package chain_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

func TestAirdrop(t *testing.T) {
	w, n := viaNode(t)
	to := chaintest.Keypair(t).PublicKey()
	c := w.client(nil)
	r, err := c.Airdrop(t.Context(), to, 7_000_000)
	require.NoError(t, err)
	require.False(t, r.Signature.IsZero())
	balance, err := c.Balance(t.Context(), to)
	require.NoError(t, err)
	require.EqualValues(t, 7_000_000, balance)

	n.Inject(func(call chaintest.Call) (*http.Response, error) {
		if call.Method == "requestAirdrop" {
			return call.Fail(-32603, `{}`)
		}
		return nil, nil
	})
	before := n.Count("requestAirdrop")
	_, err = c.Airdrop(t.Context(), to, 7_000_000)
	require.ErrorContains(t, err, "requestAirdrop")
	require.Equal(t, before+1, n.Count("requestAirdrop"), "a faucet is asked once")
}

// A payment that was promised and never shows ends the wait.
func TestAirdropThatNeverLands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		n.Inject(func(call chaintest.Call) (*http.Response, error) {
			if call.Method == "getSignatureStatuses" {
				return call.Result(`{"context":{"slot":1},"value":[null]}`)
			}
			return nil, nil
		})
		r, err := w.client(nil).Airdrop(t.Context(), chaintest.Keypair(t).PublicKey(), 7_000_000)
		require.ErrorIs(t, err, chain.ErrUnconfirmed)
		require.False(t, r.Signature.IsZero(), "to look it up by")
	})
}

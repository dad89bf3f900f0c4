package chain_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

func TestStatsCountCallsFailuresAndFees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		c := w.actor()
		n.Inject(first(2, func(chaintest.Call) (*http.Response, error) { return chaintest.Respond(503, "busy"), nil })) //nolint:bodyclose // the client closes it
		before, err := c.Balance(t.Context(), c.Wallet())
		require.NoError(t, err)
		s := c.Stats()
		require.Len(t, s.Nodes, 1)
		require.EqualValues(t, 3, s.Nodes[0].Calls)
		require.EqualValues(t, 2, s.Nodes[0].Failures)
		require.NotEmpty(t, s.Nodes[0].Host)
		require.Zero(t, s.Fees)

		receipt, err := pay(t.Context(), c)
		require.NoError(t, err)
		after, err := c.Balance(t.Context(), c.Wallet())
		require.NoError(t, err)
		s = c.Stats()
		require.EqualValues(t, 1, s.Transactions)
		require.Zero(t, s.Refused)
		require.Equal(t, receipt.Fee, s.Fees)
		require.Positive(t, s.Fees)
		require.GreaterOrEqual(t, before-after, s.Fees)
	})
}

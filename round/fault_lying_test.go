package round_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// rushing is a node that hides what has landed, and lets the chain seem to have moved
// on by 1,000 blocks as soon as something was sent.
func rushing(c chaintest.Call) (*http.Response, error) {
	const ahead = 1000
	switch {
	case c.Method == "getSignatureStatuses":
		return c.Result(`{"context":{"slot":1},"value":[null]}`)
	case c.Method == "getTransaction":
		return c.Result("null")
	case c.Method == "getBlockHeight" && c.Number > 1:
		var height uint64
		if err := c.Raw(&height); err != nil {
			return nil, err
		}
		return c.Result("%d", height+ahead)
	case c.Method == "getLatestBlockhash" && c.Number > 1:
		var latest rpc.GetLatestBlockhashResult
		if err := c.Raw(&latest); err != nil {
			return nil, err
		}
		return c.Result(`{"context":{"slot":1},"value":{"blockhash":%q,"lastValidBlockHeight":%d}}`, latest.Value.Blockhash, latest.Value.LastValidBlockHeight+ahead)
	}
	return nil, nil
}

// A lying node made AddStake pay three times. Now it pays once, whether that node is
// the only one or one of three, of which the others tell the truth.
func TestALyingNodeMakesNobodyStakeTwice(t *testing.T) {
	for name, hosts := range map[string][]string{"alone": {"liar.test"}, "one of three": {"liar.test", "two.test", "three.test"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				direct := *w
				nodes := w.route.ViaNodes(hosts...)
				validator := w.actor()
				_, err := validator.Counter(t.Context())
				require.NoError(t, err)
				nodes["liar.test"].Inject(rushing)
				_, err = validator.AddStake(t.Context(), 5*sol)
				if len(hosts) == 1 {
					require.ErrorIs(t, err, chain.ErrUnconfirmed)
				} else {
					require.NoError(t, err)
				}
				stake, err := direct.client(nil).Stake(t.Context(), validator.Wallet())
				require.NoError(t, err)
				require.EqualValues(t, 5*sol, stake.Amount)
			})
		})
	}
}

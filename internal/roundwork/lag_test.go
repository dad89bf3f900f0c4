package roundwork_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A creator reveals the key of its sealed test in the last second, and one of a validator's nodes shows the round as it was
// before: it scores on the sealed test all the same, as the others do. Before, it scored on the public one and was slashed.
func TestAKeyInTheLastSecondMisleadsNobody(t *testing.T) {
	warm(t)
	key := packagefmt.HoldoutKey{1, 2, 3}
	pkg := hidden(t, key)
	synctest.Test(t, func(t *testing.T) {
		m := &team{crew: newCrew(t)}
		creator := m.Player(t, "creator")
		m.id = m.LaunchSealedAbout(t, creator, pkg, func(o *round.Options) { o.MinValidatorStake = sol }, func(f *round.FairOptions) { f.Holdout = key.Hash() })
		for i := range 3 {
			m.judges = append(m.judges, m.staked(m.name(i)))
		}
		m.submitSealed("ghost", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
		starts := m.round().ScoringStarts()
		time.Sleep(starts.Add(-time.Second).Sub(m.Net.Now()))
		m.judge(0, func(c *validator.Config) { c.Rounds = m.lagging(m.judges[0].Wallet, starts.Add(time.Minute)) })
		_, err := creator.Rounds.RevealHoldout(t.Context(), m.id, key)
		require.NoError(t, err)
		m.judge(1)
		m.judge(2)
		m.happen(6, "revealed")
		scores, err := m.anybody().PreValidations(t.Context(), m.id)
		require.NoError(t, err)
		require.Len(t, scores, 3)
		for _, s := range scores {
			require.Equal(t, scores[0].Accuracy, s.Accuracy)
		}
	})
}

// lagging is a client of a wallet with a node that shows the round as it is now until a time.
func (c *crew) lagging(wallet *chain.Keypair, until time.Time) *round.Client {
	address := c.anybody().Addresses().Round(c.id).String()
	var old json.RawMessage
	require.NoError(c.t, c.Net.RPC().RPCCallForInto(c.t.Context(), &old, "getAccountInfo", []any{address, map[string]any{"encoding": "base64", "commitment": "confirmed"}}))
	route := chaintest.InProcess(c.Net.RPC())
	route.ViaNode().Inject(func(call chaintest.Call) (*http.Response, error) {
		if call.Method != "getAccountInfo" || call.Params[0] != address || c.Net.Now().After(until) {
			return nil, nil
		}
		return call.Result("%s", old)
	})
	r, err := round.NewClient(round.Config{Chain: route.Client(c.t, wallet), Program: c.Net.ProgramID()})
	require.NoError(c.t, err)
	return r
}

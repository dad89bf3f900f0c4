package trainer_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// A worker whose node fell behind used to train a round once more that it had submitted
// to and been paid for, since nothing of that was left in its directory; then still if it
// had been started again since.
func TestRoundIsNotTrainedAgainWhereTheNodeFallsBehind(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "trainer"), newWatcher()
	id := world.Launch(t, creator)
	judges := world.Prevalidate(t, id, 1000, 3)
	node := chaintest.NewNode(world.Net.RPC())
	onChain, err := chain.NewClient(chain.Config{Signer: p.Wallet, Network: chain.Network{Name: "test", RPC: chaintest.NodeURL}, Transport: node, Insecure: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, onChain.Close()) })
	cfg := config(t, p, w)
	cfg.Policy.Terms = &trainer.Terms{} // the node is none of this machine, the round an open one
	cfg.Rounds, err = round.NewClient(round.Config{Chain: onChain, Program: world.Net.ProgramID()})
	require.NoError(t, err)
	worker, err := trainer.NewWorker(cfg)
	require.NoError(t, err)

	before := map[string]json.RawMessage{} // what the node showed, by account
	addresses := p.Rounds.Addresses()
	for _, a := range []string{addresses.Round(id).String(), addresses.Gradient(id, p.Wallet.PublicKey()).String()} {
		var answer json.RawMessage
		require.NoError(t, world.Net.RPC().RPCCallForInto(t.Context(), &answer, "getAccountInfo", []any{a, map[string]any{"encoding": "base64"}}))
		before[a] = answer
	}
	require.NoError(t, worker.Train(t.Context(), id))
	for _, j := range judges {
		_, err := j.Rounds.Postvalidate(t.Context(), id, p.Wallet.PublicKey(), 2000)
		require.NoError(t, err)
	}
	_, err = creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, worker.Claim(t.Context(), id))

	node.Inject(func(c chaintest.Call) (*http.Response, error) {
		if address, ok := c.Params[0].(string); ok && before[address] != nil {
			return c.Result("%s", before[address])
		}
		return nil, nil
	})
	require.ErrorContains(t, worker.Train(t.Context(), id), "as it was before this worker submitted")
	again, err := trainer.NewWorker(cfg)
	require.NoError(t, err)
	require.ErrorContains(t, again.Train(t.Context(), id), "as it was before this worker submitted")
	require.Len(t, w.find(trainer.EventAccepted), 1)
	require.Len(t, w.find(trainer.EventSubmitted), 1)
}

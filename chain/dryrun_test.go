package chain_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// stranger signs nothing: a dry run needs an address only.
type stranger struct {
	chain.Signer
	key solana.PublicKey
}

func (s stranger) PublicKey() solana.PublicKey { return s.key }

func TestADryRunSendsNothingAndKnowsWhatWouldBe(t *testing.T) {
	w := newWorld(t)
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	me, friend, nobody := key.PublicKey(), solana.NewWallet().PublicKey(), solana.NewWallet().PublicKey()
	require.NoError(t, w.net.Fund(me, 10*sol))
	var told []chain.DryRun
	client := func(cfg chain.Config) *chain.Client {
		cfg.RPC = w.net.RPC()
		c, err := chain.NewClient(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		return c
	}
	dry := client(chain.Config{Signer: stranger{key: me}, DryRun: func(d chain.DryRun) { told = append(told, d) }, PriorityFee: 2_000_000, ComputeUnits: 1000})
	pay := []solana.Instruction{system.NewTransferInstruction(sol, me, friend).Build(), system.NewTransferInstruction(sol, me, shop).Build()}

	receipt, err := dry.Send(t.Context(), pay)
	require.ErrorIs(t, err, chain.ErrDryRun)
	require.Equal(t, chain.Receipt{}, receipt)
	require.Len(t, told, 1)
	d := told[0]
	require.NoError(t, d.Err)
	require.Equal(t, []solana.PublicKey{solana.SystemProgramID, solana.SystemProgramID}, d.Programs)
	require.Equal(t, 1, d.Signatures)
	require.Equal(t, uint64(5000+2000), d.Fee)
	require.NotZero(t, d.ComputeUnits)
	require.Equal(t, int64(2*sol+7000), d.Cost(me))
	require.Equal(t, -int64(sol), d.Cost(friend))
	require.Zero(t, d.Cost(nobody))
	require.Equal(t, chain.BalanceChange{Account: me, Owner: solana.SystemProgramID, Before: 10 * sol, After: 8*sol - 7000}, d.Balances[0])
	require.Len(t, d.Balances, 3)

	// It is what happens.
	has, err := dry.Balance(t.Context(), me)
	require.NoError(t, err)
	require.Equal(t, 10*sol, has, "nothing was sent")
	sent, err := client(chain.Config{Signer: key, PriorityFee: 2_000_000, ComputeUnits: 1000}).Send(t.Context(), pay)
	require.NoError(t, err)
	require.Equal(t, d.Fee, sent.Fee)
	after, err := dry.Balance(t.Context(), me)
	require.NoError(t, err)
	require.Equal(t, d.Balances[0].After, after)

	// What would fail fails as it would.
	told = nil
	_, err = dry.Send(t.Context(), []solana.Instruction{system.NewTransferInstruction(100*sol, me, friend).Build()})
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.False(t, errors.Is(err, chain.ErrDryRun))
	require.Equal(t, err, told[0].Err)
	require.Empty(t, told[0].Balances)

	_, err = dry.Airdrop(t.Context(), me, sol)
	require.ErrorIs(t, err, chain.ErrDryRun)
	require.Len(t, told, 1)
}

// A node whose simulation leaves out accounts is not believed.
func TestADryRunOfAMalformedAnswer(t *testing.T) {
	w, node := viaNode(t)
	w.route.DryRun = func(chain.DryRun) { t.Error("told") }
	c := w.client(chaintest.Keypair(t))
	node.Inject(func(call chaintest.Call) (*http.Response, error) {
		if call.Method != "simulateTransaction" {
			return call.Pass()
		}
		return call.Result(`{"context":{"slot":1},"value":{"err":null,"logs":[],"accounts":[]}}`)
	})
	_, err := c.Send(t.Context(), []solana.Instruction{system.NewTransferInstruction(1, c.Wallet(), shop).Build()})
	require.ErrorContains(t, err, "0 accounts")
	require.Zero(t, node.Count("sendTransaction"))
}

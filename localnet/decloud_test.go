package localnet_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// Start alone deploys and initializes the decloud program: a round can be
// created at once.
func TestDecloudIsInitialized(t *testing.T) {
	for _, c := range []struct {
		name string
		id   solana.PublicKey
		opts []localnet.Option
	}{
		{"default address", round.LocalProgram, nil},
		{"in process", round.LocalProgram, []localnet.Option{localnet.InProcess()}},
		{"another address", solana.PublicKey{7}, []localnet.Option{localnet.WithProgramID(solana.PublicKey{7})}},
		{"frozen clock", round.LocalProgram, []localnet.Option{frozenClock()}},
		{"slots from transactions only", round.LocalProgram, []localnet.Option{localnet.WithSlotTime(-1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := localnet.New(t, c.opts...)
			require.Equal(t, c.id, n.ProgramID())
			wallet, err := chain.NewKeypair()
			require.NoError(t, err)
			require.NoError(t, n.Fund(wallet.PublicKey(), 10*sol))
			onChain, err := chain.NewClient(chain.Config{RPC: n.RPC(), Signer: wallet})
			require.NoError(t, err)
			client, err := round.NewClient(round.Config{Chain: onChain, Program: n.ProgramID()})
			require.NoError(t, err)

			counter, err := client.Counter(t.Context())
			require.NoError(t, err)
			require.Zero(t, counter.Count)
			require.Equal(t, n.Authority().PublicKey(), counter.Authority)
			id, _, err := client.CreateRound(t.Context(), round.Spec{
				ModelCID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", Reward: sol,
			})
			require.NoError(t, err)
			require.Zero(t, id)
			created, err := client.Round(t.Context(), id)
			require.NoError(t, err)
			require.WithinDuration(t, n.Now(), created.CreatedAt, 10*time.Second)

			_, err = client.Initialize(t.Context())
			require.ErrorIs(t, err, chain.ErrAccountInUse)
		})
	}
}

// Subscriptions, filters and logs over the decloud program.
func TestDecloudOverRPC(t *testing.T) {
	n := localnet.New(t)
	client := rpc.New(n.URL())
	t.Cleanup(func() { _ = client.Close() })
	accounts, err := client.GetProgramAccounts(t.Context(), n.ProgramID())
	require.NoError(t, err)
	require.Len(t, accounts, 2, "the counter of rounds, and the IDL")
	sigs, err := client.GetSignaturesForAddress(t.Context(), round.Addresses{Program: n.ProgramID()}.Counter())
	require.NoError(t, err)
	require.Len(t, sigs, 1)
	tx, err := client.GetTransaction(t.Context(), sigs[0].Signature, nil)
	require.NoError(t, err)
	require.Contains(t, tx.Meta.LogMessages, "Program "+n.ProgramID().String()+" success")
	require.NotEmpty(t, tx.Meta.InnerInstructions, "the system program created the counter")
	program, err := client.GetAccountInfo(t.Context(), n.ProgramID())
	require.NoError(t, err)
	require.True(t, program.Value.Executable)
}

package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// The local chain's loader works as a cluster's does, so deploying can be tested
// without one.
func TestDeployOnTheLocalChain(t *testing.T) {
	ctx := t.Context()
	net := localnet.New(t, localnet.InProcess(), localnet.Empty())
	owner, program := chaintest.Keypair(t), chaintest.Keypair(t)
	require.NoError(t, net.Fund(owner.PublicKey(), 5*sol))
	c, err := chain.NewClient(chain.Config{RPC: net.RPC(), Signer: owner})
	require.NoError(t, err)
	rounds, err := round.NewClient(round.Config{Chain: c, Program: program.PublicKey()})
	require.NoError(t, err)
	plan, err := c.PlanDeploy(ctx, chain.Deployment{Key: program, ELF: round.Program()})
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, chain.Deployment{Key: program, ELF: round.Program()}))
	balance, err := c.Balance(ctx, owner.PublicKey())
	require.NoError(t, err)
	require.Equal(t, 5*sol-plan.Fees-plan.Deposit, balance)
	_, err = rounds.Initialize(ctx)
	require.NoError(t, err)
	require.NoError(t, c.Deploy(ctx, chain.Deployment{Program: program.PublicKey(), ELF: changed()}))
	found, err := c.Deployed(ctx, program.PublicKey())
	require.NoError(t, err)
	require.False(t, found.Runs(round.Program()))
	_, err = rounds.CreateTrainerProfile(ctx)
	require.NoError(t, err)
	_, err = c.MakeImmutable(ctx, program.PublicKey())
	require.NoError(t, err)
	require.ErrorContains(t, c.Deploy(ctx, chain.Deployment{Program: program.PublicKey(), ELF: round.Program()}), "immutable")
}

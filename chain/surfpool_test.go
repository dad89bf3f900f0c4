package chain_test

import (
	"context"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
)

// cut begins a deployment and breaks it off when some of the code is on chain.
func cut(t *testing.T, d surfpool.Deployer) chain.DeployPlan {
	t.Helper()
	deployment := chain.Deployment{Key: d.Program, ELF: largeELF(), Parallel: 2}
	ctx, stop := context.WithCancel(t.Context())
	deployment.OnProgress = func(written, _ int) {
		if written > 0 {
			stop()
		}
	}
	err := d.Deploy(ctx, deployment)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "run it again to go on")
	plan, err := d.PlanDeploy(t.Context(), deployment)
	require.NoError(t, err)
	require.Positive(t, plan.Present)
	return plan
}

func TestSurfpoolDeployGoesOnWhereItWasCutShort(t *testing.T) {
	d := surfpool.NewDeployer(t, 5*sol)
	plan := cut(t, d)
	least := len(largeELF())
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.Program, ELF: largeELF(), OnProgress: func(written, total int) {
		require.Equal(t, len(largeELF()), total)
		least = min(least, written)
	}}))
	require.GreaterOrEqual(t, least, plan.Present)
	buffers, err := d.Buffers(t.Context())
	require.NoError(t, err)
	require.Empty(t, buffers, "the buffer is used up")
}

func TestSurfpoolDeployGivenUp(t *testing.T) {
	d := surfpool.NewDeployer(t, 5*sol)
	plan := cut(t, d)
	buffers, err := d.Buffers(t.Context())
	require.NoError(t, err)
	require.Len(t, buffers, 1)
	require.Equal(t, plan.Buffer, buffers[0].Address)
	require.Equal(t, len(largeELF()), buffers[0].Size)
	before := d.Lamports(t)
	receipt, err := d.CloseBuffer(t.Context(), plan.Buffer)
	require.NoError(t, err)
	require.Equal(t, before+buffers[0].Lamports-receipt.Fee, d.Lamports(t))
}

func TestSurfpoolDeployToAddressesWithLamports(t *testing.T) {
	d := surfpool.NewDeployer(t, 5*sol)
	plan, err := d.PlanDeploy(t.Context(), chain.Deployment{Key: d.Program, ELF: largeELF()})
	require.NoError(t, err)
	d.Chain.Fund(t, plan.Buffer, 1_000_000)
	d.Chain.Fund(t, d.Program.PublicKey(), 1_000_000)
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.Program, ELF: largeELF()}))
}

func TestSurfpoolDeployWithTooFewLamports(t *testing.T) {
	const few = sol / 10
	d := surfpool.NewDeployer(t, few)
	deployment := chain.Deployment{Key: d.Program, ELF: largeELF()}
	err := d.Deploy(t.Context(), deployment)
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.ErrorContains(t, err, "the wallet has 0.1 SOL")
	require.EqualValues(t, few, d.Lamports(t), "nothing was spent")

	plan, err := d.PlanDeploy(t.Context(), deployment)
	require.NoError(t, err)
	d.Chain.Fund(t, d.Key.PublicKey(), plan.Required-few)
	require.NoError(t, d.Deploy(t.Context(), deployment), "exactly what the plan says is enough")
}

// The code that was deployed runs.
func TestSurfpoolForeignProgram(t *testing.T) {
	d := surfpool.NewDeployer(t, 5*sol)
	d.Register(errEcho.program(d.Program.PublicKey()))
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.Program, ELF: largeELF()}))
	for code, want := range map[byte]error{0: nil, 7: errEcho} {
		_, err := d.Send(t.Context(), []solana.Instruction{solana.NewInstruction(d.Program.PublicKey(), nil, []byte{code})})
		require.ErrorIs(t, err, want)
	}
}

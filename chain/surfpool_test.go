package chain_test

import (
	"context"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
)

// deployer is a wallet on a chain that is not ours, and the address that the
// program is to have there.
type deployer struct {
	*chain.Client
	net     *surfpool.Chain
	wallet  *chain.Keypair
	program *chain.Keypair
}

func newDeployer(t *testing.T, lamports uint64) deployer {
	t.Helper()
	d := deployer{net: surfpool.Start(t), program: keypair(t)}
	return d.other(t, lamports)
}

// other is another wallet with the same program.
func (d deployer) other(t *testing.T, lamports uint64) deployer {
	t.Helper()
	d.wallet = keypair(t)
	d.net.Fund(t, d.wallet.PublicKey(), lamports)
	var err error
	d.Client, err = chain.NewClient(chain.Config{Network: chain.Network{Name: "surfpool", RPC: d.net.RPC, WS: d.net.WS}, Signer: d.wallet})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func (d deployer) balance(t *testing.T) uint64 {
	t.Helper()
	b, err := d.Balance(t.Context(), d.wallet.PublicKey())
	require.NoError(t, err)
	return b
}

// cut begins a deployment and breaks it off when some of the code is on chain.
func (d deployer) cut(t *testing.T) chain.DeployPlan {
	t.Helper()
	deployment := chain.Deployment{Key: d.program, ELF: largeELF(), Parallel: 2}
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
	d := newDeployer(t, 5*sol)
	plan := d.cut(t)
	least := len(largeELF())
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.program, ELF: largeELF(), OnProgress: func(written, total int) {
		require.Equal(t, len(largeELF()), total)
		least = min(least, written)
	}}))
	require.GreaterOrEqual(t, least, plan.Present)
	buffers, err := d.Buffers(t.Context())
	require.NoError(t, err)
	require.Empty(t, buffers, "the buffer is used up")
}

func TestSurfpoolDeployGivenUp(t *testing.T) {
	d := newDeployer(t, 5*sol)
	plan := d.cut(t)
	buffers, err := d.Buffers(t.Context())
	require.NoError(t, err)
	require.Len(t, buffers, 1)
	require.Equal(t, plan.Buffer, buffers[0].Address)
	require.Equal(t, len(largeELF()), buffers[0].Size)
	before := d.balance(t)
	receipt, err := d.CloseBuffer(t.Context(), plan.Buffer)
	require.NoError(t, err)
	require.Equal(t, before+buffers[0].Lamports-receipt.Fee, d.balance(t))
}

func TestSurfpoolDeployToAddressesWithLamports(t *testing.T) {
	d := newDeployer(t, 5*sol)
	plan, err := d.PlanDeploy(t.Context(), chain.Deployment{Key: d.program, ELF: largeELF()})
	require.NoError(t, err)
	d.net.Fund(t, plan.Buffer, 1_000_000)
	d.net.Fund(t, d.program.PublicKey(), 1_000_000)
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.program, ELF: largeELF()}))
}

func TestSurfpoolDeployWithTooFewLamports(t *testing.T) {
	const few = sol / 10
	d := newDeployer(t, few)
	deployment := chain.Deployment{Key: d.program, ELF: largeELF()}
	err := d.Deploy(t.Context(), deployment)
	require.ErrorIs(t, err, chain.ErrInsufficientFunds)
	require.ErrorContains(t, err, "the wallet has 100000000 lamports")
	require.EqualValues(t, few, d.balance(t), "nothing was spent")

	plan, err := d.PlanDeploy(t.Context(), deployment)
	require.NoError(t, err)
	d.net.Fund(t, d.wallet.PublicKey(), plan.Required-few)
	require.NoError(t, d.Deploy(t.Context(), deployment), "exactly what the plan says is enough")
}

// The code that was deployed runs.
func TestSurfpoolForeignProgram(t *testing.T) {
	d := newDeployer(t, 5*sol)
	d.Register(errEcho.program(d.program.PublicKey()))
	require.NoError(t, d.Deploy(t.Context(), chain.Deployment{Key: d.program, ELF: largeELF()}))
	for code, want := range map[byte]error{0: nil, 7: errEcho} {
		_, err := d.Send(t.Context(), []solana.Instruction{solana.NewInstruction(d.program.PublicKey(), nil, []byte{code})})
		require.ErrorIs(t, err, want)
	}
}

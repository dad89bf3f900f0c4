package round_test

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/round"
)

// deployer is a wallet on a chain that is not ours, and the address that the
// program is to have there.
type deployer struct {
	*round.Client
	chain   *surfpool.Chain
	wallet  *round.Keypair
	program *round.Keypair
}

func newDeployer(t *testing.T, lamports uint64) deployer {
	t.Helper()
	d := deployer{chain: surfpool.Start(t), program: keypair(t)}
	return d.other(t, lamports)
}

func keypair(t *testing.T) *round.Keypair {
	t.Helper()
	k, err := round.NewKeypair()
	require.NoError(t, err)
	return k
}

// other is another wallet with the same program.
func (d deployer) other(t *testing.T, lamports uint64) deployer {
	t.Helper()
	d.wallet = keypair(t)
	d.chain.Fund(t, d.wallet.PublicKey(), lamports)
	var err error
	d.Client, err = round.NewClient(round.Config{
		Network: round.Network{Name: "surfpool", RPC: d.chain.RPC, WS: d.chain.WS, Program: d.program.PublicKey()}, Signer: d.wallet,
	})
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

// changed is code that is not the present one.
func changed() []byte { return append(round.Program(), "another version"...) }

// From a keypair to a program that a round is run on, upgraded and handed over,
// on a real runtime.
func TestSurfpoolDeployRunUpgrade(t *testing.T) {
	ctx := t.Context()
	owner := newDeployer(t, 10*sol)
	_, err := owner.Deployed(ctx)
	require.ErrorIs(t, err, round.ErrNotFound)
	require.ErrorIs(t, owner.Deploy(ctx, round.Deployment{}), round.ErrDeploy, "without the program's key")
	require.ErrorIs(t, owner.Deploy(ctx, round.Deployment{Key: owner.wallet}), round.ErrDeploy, "with the key of another address")

	plan, err := owner.PlanDeploy(ctx, round.Deployment{Key: owner.program})
	require.NoError(t, err)
	require.Equal(t, round.DeployNew, plan.Action)
	began := time.Now()
	require.NoError(t, owner.Deploy(ctx, round.Deployment{Key: owner.program}))
	t.Logf("%d bytes deployed in %s: %+v", len(round.Program()), time.Since(began).Round(time.Millisecond), plan)
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.balance(t), "it cost what was reckoned")
	found, err := owner.Deployed(ctx)
	require.NoError(t, err)
	require.True(t, found.Known)
	require.Equal(t, owner.wallet.PublicKey(), found.Authority)
	require.Equal(t, len(round.Program()), found.Room)
	require.NoError(t, owner.Deploy(ctx, round.Deployment{}), "nothing to do")
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.balance(t))

	other := owner.other(t, 10*sol)
	_, err = other.Initialize(ctx)
	require.ErrorIs(t, err, round.ErrConstraintRaw, "only the upgrade authority may")
	_, err = owner.Initialize(ctx)
	require.NoError(t, err)
	_, err = owner.Initialize(ctx)
	require.ErrorIs(t, err, round.ErrAccountInUse, "once")
	id, _, err := other.CreateRound(ctx, aRound)
	require.NoError(t, err)
	_, err = owner.Prevalidate(ctx, id, 5000)
	require.NoError(t, err)

	t.Run("upgrade, with more room", func(t *testing.T) {
		require.ErrorIs(t, other.Deploy(ctx, round.Deployment{ELF: changed()}), round.ErrDeploy, "not the authority")
		before := owner.balance(t)
		plan, err := owner.PlanDeploy(ctx, round.Deployment{ELF: changed()})
		require.NoError(t, err)
		require.Equal(t, 10_240, plan.Extend)
		require.NoError(t, owner.Deploy(ctx, round.Deployment{ELF: changed()}))
		require.Equal(t, before-plan.Fees-plan.Deposit, owner.balance(t))
		found, err := owner.Deployed(ctx)
		require.NoError(t, err)
		require.False(t, found.Known)
		require.Equal(t, len(round.Program())+10_240, found.Room)
		_, err = other.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "the upgraded program knows the round")
		require.NoError(t, owner.Deploy(ctx, round.Deployment{}), "and back")
	})
	t.Run("hand over", func(t *testing.T) {
		_, err := owner.GiveUpgradeAuthority(ctx, other.wallet)
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, round.Deployment{ELF: changed()}), "the upgrade authority of")
		require.NoError(t, other.Deploy(ctx, round.Deployment{ELF: changed()}))
		_, err = other.SetUpgradeAuthority(ctx, owner.wallet.PublicKey())
		require.NoError(t, err)
		_, err = owner.SetUpgradeAuthority(ctx, solana.PublicKey{})
		require.ErrorIs(t, err, round.ErrArgument)
		_, err = owner.SealProgram(ctx)
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, round.Deployment{}), "sealed")
		_, err = other.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "it runs all the same")
	})
}

func TestSurfpoolInitializeGoesWithTheUpgradeAuthority(t *testing.T) {
	ctx := t.Context()
	first := newDeployer(t, 5*sol)
	second := first.other(t, sol)
	require.NoError(t, first.Deploy(ctx, round.Deployment{Key: first.program}))
	_, err := first.GiveUpgradeAuthority(ctx, second.wallet)
	require.NoError(t, err)
	_, err = first.Initialize(ctx)
	require.ErrorIs(t, err, round.ErrConstraintRaw)
	_, err = second.Initialize(ctx)
	require.NoError(t, err)
	counter, err := first.Counter(ctx)
	require.NoError(t, err)
	require.Equal(t, second.wallet.PublicKey(), counter.Authority)
}

// cut begins a deployment and breaks it off when some of the code is on chain.
func (d deployer) cut(t *testing.T) round.DeployPlan {
	t.Helper()
	deployment := round.Deployment{Key: d.program, Parallel: 2}
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
	least := len(round.Program())
	require.NoError(t, d.Deploy(t.Context(), round.Deployment{Key: d.program, OnProgress: func(written, total int) {
		require.Equal(t, len(round.Program()), total)
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
	require.Equal(t, len(round.Program()), buffers[0].Size)
	before := d.balance(t)
	receipt, err := d.CloseBuffer(t.Context(), plan.Buffer)
	require.NoError(t, err)
	require.Equal(t, before+buffers[0].Lamports-receipt.Fee, d.balance(t))
}

func TestSurfpoolDeployToAddressesWithLamports(t *testing.T) {
	d := newDeployer(t, 5*sol)
	plan, err := d.PlanDeploy(t.Context(), round.Deployment{Key: d.program})
	require.NoError(t, err)
	d.chain.Fund(t, plan.Buffer, 1_000_000)
	d.chain.Fund(t, d.program.PublicKey(), 1_000_000)
	require.NoError(t, d.Deploy(t.Context(), round.Deployment{Key: d.program}))
}

func TestSurfpoolDeployWithTooFewLamports(t *testing.T) {
	const few = sol / 10
	d := newDeployer(t, few)
	deployment := round.Deployment{Key: d.program}
	err := d.Deploy(t.Context(), deployment)
	require.ErrorIs(t, err, round.ErrInsufficientFunds)
	require.ErrorContains(t, err, "the wallet has 100000000 lamports")
	require.EqualValues(t, few, d.balance(t), "nothing was spent")

	plan, err := d.PlanDeploy(t.Context(), deployment)
	require.NoError(t, err)
	d.chain.Fund(t, d.wallet.PublicKey(), plan.Required-few)
	require.NoError(t, d.Deploy(t.Context(), deployment), "exactly what the plan says is enough")
}

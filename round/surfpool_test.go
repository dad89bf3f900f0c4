package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/surfpool"
	"github.com/decloud-sdk/decloud-go/round"
)

// deployer is a wallet on a chain that is not ours, and the address that the
// program is to have there.
type deployer struct {
	*chain.Client
	rounds  *round.Client
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
	d.rounds, err = round.NewClient(round.Config{Chain: d.Client, Program: d.program.PublicKey()})
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

// changed is the program's code with a change.
func changed() []byte { return append(round.Program(), "another version"...) }

// On a real runtime: deploy from a keypair, run a round, upgrade, hand over.
func TestSurfpoolDeployRunUpgrade(t *testing.T) {
	ctx := t.Context()
	owner := newDeployer(t, 10*sol)
	_, err := owner.Deployed(ctx, owner.program.PublicKey())
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.ErrorIs(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: round.Program()}), chain.ErrDeploy, "without the program's key")
	require.ErrorIs(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), Key: owner.wallet, ELF: round.Program()}), chain.ErrDeploy, "with the key of another address")

	plan, err := owner.PlanDeploy(ctx, chain.Deployment{Key: owner.program, ELF: round.Program()})
	require.NoError(t, err)
	require.Equal(t, chain.DeployNew, plan.Action)
	began := time.Now()
	require.NoError(t, owner.Deploy(ctx, chain.Deployment{Key: owner.program, ELF: round.Program()}))
	t.Logf("%d bytes deployed in %s: %+v", len(round.Program()), time.Since(began).Round(time.Millisecond), plan)
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.balance(t), "it cost what was computed")
	found, err := owner.Deployed(ctx, owner.program.PublicKey())
	require.NoError(t, err)
	require.True(t, found.Runs(round.Program()))
	require.Equal(t, owner.wallet.PublicKey(), found.Authority)
	require.Equal(t, len(round.Program()), found.Room)
	require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: round.Program()}), "nothing to do")
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.balance(t))

	other := owner.other(t, 10*sol)
	_, err = other.rounds.Initialize(ctx)
	require.ErrorIs(t, err, chain.ErrConstraintRaw, "only the upgrade authority may")
	_, err = owner.rounds.Initialize(ctx)
	require.NoError(t, err)
	_, err = owner.rounds.Initialize(ctx)
	require.ErrorIs(t, err, chain.ErrAccountInUse, "once")
	id, _, err := other.rounds.CreateRound(ctx, aRound)
	require.NoError(t, err)
	_, err = owner.rounds.Prevalidate(ctx, id, 5000)
	require.NoError(t, err)

	t.Run("upgrade, with more room", func(t *testing.T) {
		require.ErrorIs(t, other.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: changed()}), chain.ErrDeploy, "not the authority")
		before := owner.balance(t)
		plan, err := owner.PlanDeploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: changed()})
		require.NoError(t, err)
		require.Equal(t, 10_240, plan.Extend)
		require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: changed()}))
		require.Equal(t, before-plan.Fees-plan.Deposit, owner.balance(t))
		found, err := owner.Deployed(ctx, owner.program.PublicKey())
		require.NoError(t, err)
		require.False(t, found.Runs(round.Program()))
		require.Equal(t, len(round.Program())+10_240, found.Room)
		_, err = other.rounds.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "the upgraded program knows the round")
		require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: round.Program()}), "and back")
	})
	t.Run("hand over", func(t *testing.T) {
		_, err := owner.GiveUpgradeAuthority(ctx, owner.program.PublicKey(), other.wallet)
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: changed()}), "the upgrade authority of")
		require.NoError(t, other.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: changed()}))
		_, err = other.SetUpgradeAuthority(ctx, owner.program.PublicKey(), owner.wallet.PublicKey())
		require.NoError(t, err)
		_, err = owner.SetUpgradeAuthority(ctx, owner.program.PublicKey(), solana.PublicKey{})
		require.ErrorIs(t, err, chain.ErrArgument)
		_, err = owner.MakeImmutable(ctx, owner.program.PublicKey())
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, chain.Deployment{Program: owner.program.PublicKey(), ELF: round.Program()}), "immutable")
		_, err = other.rounds.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "it runs all the same")
	})
}

func TestSurfpoolInitializeGoesWithTheUpgradeAuthority(t *testing.T) {
	ctx := t.Context()
	first := newDeployer(t, 5*sol)
	second := first.other(t, sol)
	require.NoError(t, first.Deploy(ctx, chain.Deployment{Key: first.program, ELF: round.Program()}))
	_, err := first.GiveUpgradeAuthority(ctx, first.program.PublicKey(), second.wallet)
	require.NoError(t, err)
	_, err = first.rounds.Initialize(ctx)
	require.ErrorIs(t, err, chain.ErrConstraintRaw)
	_, err = second.rounds.Initialize(ctx)
	require.NoError(t, err)
	counter, err := first.rounds.Counter(ctx)
	require.NoError(t, err)
	require.Equal(t, second.wallet.PublicKey(), counter.Authority)
}

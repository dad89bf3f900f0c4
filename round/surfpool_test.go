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

// deployer is a wallet on a chain that is not ours, with a client for the rounds
// of the program that it is to deploy there.
type deployer struct {
	surfpool.Deployer
	rounds *round.Client
}

func newDeployer(t *testing.T, d surfpool.Deployer) deployer {
	t.Helper()
	rounds, err := round.NewClient(round.Config{Chain: d.Client, Program: d.Program.PublicKey()})
	require.NoError(t, err)
	return deployer{d, rounds}
}

// changed is the program's code with a change.
func changed() []byte { return append(round.Program(), "another version"...) }

// On a real runtime: deploy from a keypair, run a round, upgrade, hand over.
func TestSurfpoolDeployRunUpgrade(t *testing.T) {
	ctx := t.Context()
	owner := newDeployer(t, surfpool.NewDeployer(t, 10*sol))
	_, err := owner.Deployed(ctx, owner.Program.PublicKey())
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.ErrorIs(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: round.Program()}), chain.ErrDeploy, "without the program's key")
	require.ErrorIs(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), Key: owner.Key, ELF: round.Program()}), chain.ErrDeploy, "with the key of another address")

	plan, err := owner.PlanDeploy(ctx, chain.Deployment{Key: owner.Program, ELF: round.Program()})
	require.NoError(t, err)
	require.Equal(t, chain.DeployNew, plan.Action)
	began := time.Now()
	require.NoError(t, owner.Deploy(ctx, chain.Deployment{Key: owner.Program, ELF: round.Program()}))
	t.Logf("%d bytes deployed in %s: %+v", len(round.Program()), time.Since(began).Round(time.Millisecond), plan)
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.Lamports(t), "it cost what was computed")
	found, err := owner.Deployed(ctx, owner.Program.PublicKey())
	require.NoError(t, err)
	require.True(t, found.Runs(round.Program()))
	require.Equal(t, owner.Key.PublicKey(), found.Authority)
	require.Equal(t, len(round.Program()), found.Room)
	require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: round.Program()}), "nothing to do")
	require.Equal(t, 10*sol-plan.Fees-plan.Deposit, owner.Lamports(t))

	other := newDeployer(t, owner.Other(t, 10*sol))
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
		require.ErrorIs(t, other.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: changed()}), chain.ErrDeploy, "not the authority")
		before := owner.Lamports(t)
		plan, err := owner.PlanDeploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: changed()})
		require.NoError(t, err)
		require.Equal(t, 10_240, plan.Extend)
		require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: changed()}))
		require.Equal(t, before-plan.Fees-plan.Deposit, owner.Lamports(t))
		found, err := owner.Deployed(ctx, owner.Program.PublicKey())
		require.NoError(t, err)
		require.False(t, found.Runs(round.Program()))
		require.Equal(t, len(round.Program())+10_240, found.Room)
		_, err = other.rounds.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "the upgraded program knows the round")
		require.NoError(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: round.Program()}), "and back")
	})
	t.Run("hand over", func(t *testing.T) {
		_, err := owner.GiveUpgradeAuthority(ctx, owner.Program.PublicKey(), other.Key)
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: changed()}), "the upgrade authority of")
		require.NoError(t, other.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: changed()}))
		_, err = other.SetUpgradeAuthority(ctx, owner.Program.PublicKey(), owner.Key.PublicKey())
		require.NoError(t, err)
		_, err = owner.SetUpgradeAuthority(ctx, owner.Program.PublicKey(), solana.PublicKey{})
		require.ErrorIs(t, err, chain.ErrArgument)
		_, err = owner.MakeImmutable(ctx, owner.Program.PublicKey())
		require.NoError(t, err)
		require.ErrorContains(t, owner.Deploy(ctx, chain.Deployment{Program: owner.Program.PublicKey(), ELF: round.Program()}), "immutable")
		_, err = other.rounds.CancelRound(ctx, id)
		require.ErrorIs(t, err, round.ErrRoundHasParticipants, "it runs all the same")
	})
}

func TestSurfpoolInitializeGoesWithTheUpgradeAuthority(t *testing.T) {
	ctx := t.Context()
	first := newDeployer(t, surfpool.NewDeployer(t, 5*sol))
	second := newDeployer(t, first.Other(t, sol))
	require.NoError(t, first.Deploy(ctx, chain.Deployment{Key: first.Program, ELF: round.Program()}))
	_, err := first.GiveUpgradeAuthority(ctx, first.Program.PublicKey(), second.Key)
	require.NoError(t, err)
	_, err = first.rounds.Initialize(ctx)
	require.ErrorIs(t, err, chain.ErrConstraintRaw)
	_, err = second.rounds.Initialize(ctx)
	require.NoError(t, err)
	counter, err := first.rounds.Counter(ctx)
	require.NoError(t, err)
	require.Equal(t, second.Key.PublicKey(), counter.Authority)
}

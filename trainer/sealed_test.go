package trainer_test

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// fetches reports whether a player gets a head.
func fetches(t *testing.T, p roundtest.Player, root cid.Cid) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := p.Store.Fetch(ctx, root)
	return err == nil
}

// The head of a sealed round is submitted by its CID, and is nowhere but in the worker's directory until submissions
// close. Then it is published once, whoever is started again, and pays back its bond.
func TestSealedRound(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "trainer"), newWatcher()
	id := world.LaunchSealed(t, creator, nil, nil)
	cfg := config(t, p, w)
	stop := start(t, cfg)

	submitted := w.await(t, trainer.EventSubmitted)
	require.Empty(t, submitted.Published)
	g, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.NoError(t, err)
	require.Equal(t, g.CID, submitted.CID.String())
	here, err := p.Store.Has(t.Context(), submitted.CID)
	require.NoError(t, err)
	require.False(t, here, "a store may serve what it holds")
	require.False(t, fetches(t, creator, submitted.CID))
	world.Until(t, p, id, func(r *round.Round) time.Time { return r.SubmissionsClose().Add(-time.Minute) })
	stop()

	w = newWatcher()
	cfg.Observer = w.observe
	stop = start(t, cfg)
	world.Until(t, p, id, (*round.Round).SubmissionsClose)
	published := w.await(t, trainer.EventPublished)
	require.Equal(t, submitted.CID, published.CID)
	require.NotEmpty(t, published.Published)
	require.True(t, fetches(t, creator, submitted.CID))
	requireOwner(t, p, id)
	requireKept(t, p, submitted.CID)
	stop()

	w = newWatcher()
	cfg.Observer = w.observe
	start(t, cfg)
	var judges []roundtest.Player
	for _, name := range []string{"ann", "bea", "cid"} {
		judges = append(judges, world.Player(t, name))
	}
	world.JudgeSealed(t, id, creator, judges, map[solana.PublicKey]uint32{round.BaseModel: 5000, p.Wallet.PublicKey(): 6000})
	require.EqualValues(t, 882_000_000, w.await(t, trainer.EventClaimed).Lamports)
	require.Empty(t, w.find(trainer.EventPublished), "it was published before")
	vault, err := p.Rounds.Vault(t.Context(), id)
	require.NoError(t, err)
	require.EqualValues(t, 1, vault.TrainerClaims)
}

// requireKept requires that a published head stays in the store for as long as it may be scored.
func requireKept(t *testing.T, p roundtest.Player, root cid.Cid) {
	t.Helper()
	roots, err := p.Store.Roots()
	require.NoError(t, err)
	for _, r := range roots {
		if r.CID == root {
			require.True(t, r.Pinned)
			return
		}
	}
	require.Fail(t, "it is not in the store")
}

// Who trains a sealed round by hand waits until the head can be published; where it was stopped meanwhile, the next call
// publishes it.
func TestTrainingASealedRoundByHand(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "trainer"), newWatcher()
	id := world.LaunchSealed(t, creator, nil, nil)
	worker, err := trainer.NewWorker(config(t, p, w))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.Train(ctx, id) }()
	w.await(t, trainer.EventSubmitted)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)

	world.Until(t, p, id, (*round.Round).ScoringStarts) // late, but they may still be looking for it
	require.NoError(t, worker.Train(t.Context(), id))
	require.True(t, fetches(t, creator, w.await(t, trainer.EventPublished).CID))
	require.ErrorContains(t, worker.Train(t.Context(), id), "published already")
}

// A machine that does not have the head that its wallet has submitted says so.
func TestSealedHeadOfAnotherMachine(t *testing.T) {
	world := roundtest.New(t)
	creator, p, w := world.Player(t, "creator"), world.Player(t, "trainer"), newWatcher()
	id := world.LaunchSealed(t, creator, nil, nil)
	_, err := p.Rounds.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = p.Rounds.SubmitSealed(t.Context(), id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	start(t, config(t, p, w))
	world.Until(t, p, id, (*round.Round).SubmissionsClose)
	failed := w.await(t, trainer.EventFailed)
	require.ErrorContains(t, failed.Err, "start the worker that trained it")
	require.Zero(t, failed.Retry)
}

// The cap on spending counts the bond: the worker does not submit what it could not pay for.
func TestSpendingCapCountsTheBond(t *testing.T) {
	world := roundtest.New(t)
	p, w := world.Player(t, "trainer"), newWatcher()
	id := world.LaunchSealed(t, world.Player(t, "creator"), nil, func(f *round.FairOptions) { f.Bond = 50_000_000 })
	cfg := config(t, p, w)
	cfg.MaxSpending = 50_000_000
	start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "spending cap")
	_, err := p.Rounds.Gradient(t.Context(), id, p.Wallet.PublicKey())
	require.Error(t, err)
}

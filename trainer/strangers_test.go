package trainer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// finalizeWithAnother ends a round in which another trainer was scored.
func finalizeWithAnother(t *testing.T, world *roundtest.World, id uint64, creator roundtest.Player, judges []roundtest.Player) {
	t.Helper()
	other := world.Player(t, "other")
	_, err := other.Rounds.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = other.Rounds.SubmitGradient(t.Context(), id, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	for _, j := range judges {
		_, err := j.Rounds.Postvalidate(t.Context(), id, other.Wallet.PublicKey(), 2000)
		require.NoError(t, err)
	}
	_, err = creator.Rounds.FinalizeRound(t.Context(), id)
	require.NoError(t, err)
}

func published(t *testing.T, world *roundtest.World) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(world.Dir, "cars", "*"))
	require.NoError(t, err)
	return len(all)
}

// A worker used to train on after its round was finalized, and then published the
// private head before it was refused.
func TestTrainingEndsWithTheRoundAndNothingIsPublished(t *testing.T) {
	for name, obeys := range map[string]bool{"training that ends": true, "training that does not": false} {
		t.Run(name, func(t *testing.T) {
			world := roundtest.New(t)
			creator := world.Player(t, "creator")
			id := world.Launch(t, creator)
			judges := world.Prevalidate(t, id, 1000, 3)
			before := published(t, world)
			w := newWatcher()
			cfg := config(t, world.Player(t, "trainer"), w)
			cfg.Fit = func(ctx context.Context, task trainer.Task) (packagefmt.Network, fit.Result, error) {
				finalizeWithAnother(t, world, id, creator, judges)
				if obeys {
					<-ctx.Done()
					return packagefmt.Network{}, fit.Result{}, context.Cause(ctx)
				}
				return task.Fit(context.WithoutCancel(ctx))
			}
			start(t, cfg)
			failed := w.await(t, trainer.EventFailed)
			if obeys {
				require.ErrorContains(t, failed.Err, "no longer active")
				require.Zero(t, failed.Retry)
			} else { // the last look refuses it, or its time is over; then the round is no longer listed
				require.Error(t, failed.Err)
			}
			require.Equal(t, before, published(t, world))
			require.Empty(t, w.find(trainer.EventSubmitted))
		})
	}
}

func TestTrainingThatMustTakeTooLongIsRefusedBeforehand(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.TrainTimeout = 10 * time.Minute // a fast machine would take ten hours
	cfg.Training.Epochs = 1 << 30
	start(t, cfg)

	planned := w.await(t, trainer.EventPlanned)
	require.Greater(t, planned.Estimate, cfg.TrainTimeout)
	require.Positive(t, planned.Operations)
	failed := w.await(t, trainer.EventFailed)
	require.ErrorAs(t, failed.Err, new(*round.RefusedError))
	require.ErrorContains(t, failed.Err, "multiply-adds")
	require.Zero(t, failed.Retry)
	require.Empty(t, w.find(trainer.EventTraining))
}

func TestTrainingThatNeedsMoreMemoryThanThereIs(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Memory = 128<<20 + 1000
	start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventFailed).Err, "raise Config.Memory")
}

// A killed training used to start at its first epoch again.
func TestTrainingGoesOnFromItsCheckpoint(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p := world.Player(t, "trainer")
	cfg := config(t, p, newWatcher())
	cfg.Dir, cfg.Training, cfg.Checkpoint = t.TempDir(), fit.Options{Epochs: 6, HoldOut: 0.1, Seed: 7}, 1
	killed, kill := context.WithCancel(t.Context())
	cfg.Observer = func(e trainer.Event) {
		if e.Kind == trainer.EventTraining && e.Progress.Epoch == 4 {
			kill()
		}
	}
	w, err := trainer.NewWorker(cfg)
	require.NoError(t, err)
	require.ErrorIs(t, w.Train(killed, id), context.Canceled)

	again := newWatcher()
	cfg.Observer = again.observe
	w, err = trainer.NewWorker(cfg)
	require.NoError(t, err)
	require.NoError(t, w.Train(t.Context(), id))
	require.Equal(t, 4, again.find(trainer.EventTraining)[0].Progress.Epoch)
	left, err := filepath.Glob(filepath.Join(cfg.Dir, "*.checkpoint*"))
	require.NoError(t, err)
	require.Empty(t, left)

	other := config(t, world.Player(t, "undisturbed"), newWatcher())
	other.Dir, other.Training = t.TempDir(), cfg.Training
	w, err = trainer.NewWorker(other)
	require.NoError(t, err)
	require.NoError(t, w.Train(t.Context(), id))
	require.Equal(t, roundtest.SubmittedHead(t, p, id, other.Rounds.Wallet()), roundtest.SubmittedHead(t, p, id, p.Wallet.PublicKey()), "to the last bit")
}

func TestCheckpointThatIsTornOrOfOtherOptionsIsDropped(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	p := world.Player(t, "trainer")
	r, err := p.Rounds.Round(t.Context(), id)
	require.NoError(t, err)
	cfg := config(t, p, newWatcher())
	cfg.Dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(cfg.Dir, "round-0-"+r.ModelCID+".checkpoint"), []byte("decloud checkpoint 1\nhalf of"), 0o600))
	w, err := trainer.NewWorker(cfg)
	require.NoError(t, err)
	require.NoError(t, w.Train(t.Context(), id))
}

func TestVeto(t *testing.T) {
	world := roundtest.New(t)
	id := world.Launch(t, world.Player(t, "creator"))
	world.Prevalidate(t, id, 1000, 3)
	w := newWatcher()
	cfg := config(t, world.Player(t, "trainer"), w)
	cfg.Policy.Veto = func(*round.Round) error { return os.ErrPermission }
	start(t, cfg)
	require.ErrorContains(t, w.await(t, trainer.EventRefused).Err, "permission denied")
	require.Empty(t, w.find(trainer.EventAccepted))
}

// What was trained for a round that ended meanwhile used to stay pinned for ever.
func TestRunThatWasNeverSubmittedIsUnpinnedAndRemoved(t *testing.T) {
	world := roundtest.New(t)
	creator := world.Player(t, "creator")
	id := world.Launch(t, creator)
	judges := world.Prevalidate(t, id, 1000, 3)
	p, w := world.Player(t, "trainer"), newWatcher()
	cfg := config(t, p, w)
	cfg.Fit = func(ctx context.Context, task trainer.Task) (packagefmt.Network, fit.Result, error) {
		finalizeWithAnother(t, world, id, creator, judges)
		return task.Fit(context.WithoutCancel(ctx))
	}
	worker, err := trainer.NewWorker(cfg)
	require.NoError(t, err)
	require.Error(t, worker.Train(t.Context(), id))
	trained := w.find(trainer.EventTrained)
	require.Len(t, trained, 1)
	requirePinnedUntilRoundEnds(t, p, id, trained[0].CID)
	kept := func() []string {
		all, err := filepath.Glob(filepath.Join(cfg.Dir, "round-*"))
		require.NoError(t, err)
		return all
	}
	require.Len(t, kept(), 1)
	age(t, kept()[0])

	start(t, cfg)
	require.Eventually(t, func() bool { return len(kept()) == 0 }, time.Minute, time.Millisecond)
	roots, err := p.Store.Roots()
	require.NoError(t, err)
	for _, root := range roots {
		require.False(t, root.CID == trained[0].CID && root.Pinned)
	}
}

// age makes a file or a directory an hour old.
func age(t *testing.T, path string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, then, then))
}

// A worker that was killed and started again with a node that did not show its round
// yet used to remove what it had trained.
func TestLeftoversThatMayBeOfARoundThatTheNodeDoesNotShowYetStay(t *testing.T) {
	world := roundtest.New(t)
	cfg := config(t, world.Player(t, "trainer"), newWatcher())
	young, old := filepath.Join(cfg.Dir, "round-7-a.checkpoint"), filepath.Join(cfg.Dir, "round-7-b.checkpoint")
	for _, path := range []string{young, old} {
		require.NoError(t, os.WriteFile(path, []byte("what was trained"), 0o600))
	}
	age(t, old)
	start(t, cfg)
	require.Eventually(t, func() bool { _, err := os.Stat(old); return os.IsNotExist(err) }, time.Minute, time.Millisecond)
	require.FileExists(t, young)
}

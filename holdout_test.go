package decloud_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
)

// A creator's process reveals the key of its sealed test, whenever it was killed and started again: before submissions close
// it waits, then it reveals once, and from then on there is nothing to do. Without the key it says which file is missing, and
// too late it says that.
func TestRevealHoldoutsThroughKills(t *testing.T) {
	roundtest.Package()
	synctest.Test(t, func(t *testing.T) {
		world := roundtest.New(t)
		creator := world.Player(t, "creator")
		launch := func(key packagefmt.HoldoutKey) uint64 {
			return world.LaunchSealed(t, creator, nil, func(f *round.FairOptions) { f.Holdout = key.Hash() })
		}
		kept, err := packagefmt.NewHoldoutKey()
		require.NoError(t, err)
		require.NoError(t, creator.KeepHoldoutKey(kept))
		files, err := filepath.Glob(filepath.Join(creator.Dir, "holdouts", "*"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		info, err := os.Stat(files[0])
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		id, lost := launch(kept), launch(packagefmt.HoldoutKey{9})

		told := map[uint64]error{}
		process := func(life time.Duration) { // a new one, which ends after some time
			ctx, kill := context.WithTimeout(t.Context(), life)
			defer kill()
			c, err := world.Client(creator.Dir, creator.Wallet)
			require.NoError(t, err)
			defer c.Close()
			require.NoError(t, c.RevealHoldouts(ctx, func(id uint64, err error) { told[id] = err }))
		}
		revealed := func() bool {
			r, err := creator.Rounds.Round(t.Context(), id)
			require.NoError(t, err)
			return r.HoldoutRevealed
		}
		process(time.Minute)
		require.Empty(t, told, "submissions are open")
		world.Until(t, creator, id, (*round.Round).SubmissionsClose)
		require.False(t, revealed())
		process(time.Minute)
		require.True(t, revealed())
		require.Contains(t, told, id)
		require.NoError(t, told[id])
		require.ErrorIs(t, told[lost], os.ErrNotExist)
		require.ErrorContains(t, told[lost], "start the client whose Dir has it before")

		paid, err := creator.Chain.Balance(t.Context(), creator.Wallet.PublicKey())
		require.NoError(t, err)
		process(time.Minute)
		again, err := creator.Chain.Balance(t.Context(), creator.Wallet.PublicKey())
		require.NoError(t, err)
		require.Equal(t, paid, again, "nothing is revealed twice")

		world.Until(t, creator, lost, (*round.Round).ScoringStarts)
		process(time.Minute)
		require.Error(t, told[lost])
		require.Contains(t, told[lost].Error(), "too late")
		require.False(t, errors.Is(told[lost], os.ErrNotExist))
	})
}

// Who has the key of a sealed test too early, which somebody has let out, cannot reveal it before submissions close; who does
// so then does the creator's work, whose process is done with the round.
func TestALeakedHoldoutKeyRevealsNothingEarly(t *testing.T) {
	roundtest.Package()
	synctest.Test(t, func(t *testing.T) {
		world := roundtest.New(t)
		creator, thief := world.Player(t, "creator"), world.Player(t, "thief")
		key, err := packagefmt.NewHoldoutKey()
		require.NoError(t, err)
		require.NoError(t, creator.KeepHoldoutKey(key))
		id := world.LaunchSealed(t, creator, nil, func(f *round.FairOptions) { f.Holdout = key.Hash() })
		_, err = thief.Rounds.RevealHoldout(t.Context(), id, key)
		require.ErrorIs(t, err, round.ErrHoldoutClosed)
		world.Until(t, creator, id, (*round.Round).SubmissionsClose)
		_, err = thief.Rounds.RevealHoldout(t.Context(), id, packagefmt.HoldoutKey{1})
		require.ErrorIs(t, err, round.ErrBadHoldout)
		_, err = thief.Rounds.RevealHoldout(t.Context(), id, key)
		require.NoError(t, err)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		paid, err := creator.Chain.Balance(t.Context(), creator.Wallet.PublicKey())
		require.NoError(t, err)
		told := map[uint64]error{}
		require.NoError(t, creator.RevealHoldouts(ctx, func(id uint64, err error) { told[id] = err }))
		require.Equal(t, map[uint64]error{id: nil}, told)
		again, err := creator.Chain.Balance(t.Context(), creator.Wallet.PublicKey())
		require.NoError(t, err)
		require.Equal(t, paid, again, "it pays for nothing")
	})
}

// A key that was revealed goes once its round is over, unless another round still needs it or it is new; one that no round has
// named stays.
func TestRevealedKeysAreRemoved(t *testing.T) {
	roundtest.Package()
	synctest.Test(t, func(t *testing.T) {
		world := roundtest.New(t)
		creator := world.Player(t, "creator")
		launch := func(key packagefmt.HoldoutKey) uint64 {
			require.NoError(t, creator.KeepHoldoutKey(key))
			return world.LaunchSealed(t, creator, nil, func(f *round.FairOptions) { f.Holdout = key.Hash() })
		}
		process := func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.NoError(t, creator.RevealHoldouts(ctx, func(_ uint64, err error) { require.NoError(t, err) }))
		}
		kept := func() int {
			files, err := os.ReadDir(filepath.Join(creator.Dir, "holdouts"))
			require.NoError(t, err)
			return len(files)
		}
		age := func(by time.Duration) { // by the bubble's clock, which the files' is not
			files, err := filepath.Glob(filepath.Join(creator.Dir, "holdouts", "*"))
			require.NoError(t, err)
			for _, f := range files {
				require.NoError(t, os.Chtimes(f, time.Now(), time.Now().Add(-by)))
			}
		}
		first, twice := launch(packagefmt.HoldoutKey{1}), launch(packagefmt.HoldoutKey{2})
		require.NoError(t, creator.KeepHoldoutKey(packagefmt.HoldoutKey{3}))
		world.Until(t, creator, twice, (*round.Round).SubmissionsClose)
		age(25 * time.Hour)
		process()
		require.Equal(t, 3, kept(), "the rounds are active")
		again := launch(packagefmt.HoldoutKey{2})
		world.Until(t, creator, twice, func(r *round.Round) time.Time { return r.Options.Deadline })
		for _, id := range []uint64{first, twice} {
			_, err := creator.Rounds.ForceFinalize(t.Context(), id)
			require.NoError(t, err)
		}
		age(23 * time.Hour)
		process()
		require.Equal(t, 3, kept(), "the keys are new")
		age(25 * time.Hour)
		process()
		require.Equal(t, 2, kept())
		world.Until(t, creator, again, (*round.Round).SubmissionsClose)
		process()
		require.Equal(t, 2, kept(), "the other round needs it")
		world.Until(t, creator, again, func(r *round.Round) time.Time { return r.Options.Deadline })
		_, err := creator.Rounds.ForceFinalize(t.Context(), again)
		require.NoError(t, err)
		process()
		require.Equal(t, 1, kept())
	})
}

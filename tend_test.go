package decloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
)

// A creator's round ends by the same call again and again, whatever is due next and whoever does it.
func TestTendRound(t *testing.T) {
	world := roundtest.New(t)
	creator, other := world.Player(t, "creator"), world.Player(t, "other")
	id := world.Launch(t, creator)
	tend := func(keep bool) decloud.Tended {
		t.Helper()
		r, err := creator.Rounds.Round(t.Context(), id)
		require.NoError(t, err)
		now, err := creator.Chain.Now(t.Context())
		require.NoError(t, err)
		done, err := creator.TendRound(t.Context(), r, now, keep)
		require.NoError(t, err)
		require.Equal(t, done.Kind != "", done.Signature != "")
		done.Signature = ""
		return done
	}
	require.Equal(t, decloud.Tended{}, tend(false), "nothing is due before the deadline")
	r := world.Until(t, creator, id, func(r *round.Round) time.Time { return r.Options.Deadline })
	require.Equal(t, decloud.Tended{Kind: decloud.TendedFinalized, Forced: true}, tend(false))

	now, err := creator.Chain.Now(t.Context())
	require.NoError(t, err)
	late, err := creator.TendRound(t.Context(), r, now, false) // as it was before
	require.NoError(t, err)
	require.Equal(t, decloud.TendedFinalized, late.Kind)
	require.Empty(t, late.Signature, "somebody else was faster")

	require.Equal(t, decloud.Tended{Kind: decloud.TendedWithdrawn, Lamports: r.Reward}, tend(false))
	require.Equal(t, decloud.Tended{Over: true}, tend(false), "there is nothing but rent, and that has to wait")
	world.Net.Warp(r.ClaimPeriod + time.Minute)
	require.Equal(t, decloud.Tended{Over: true}, tend(true))
	require.Equal(t, decloud.Tended{Kind: decloud.TendedClosed, Over: true}, tend(false))

	second := world.Launch(t, creator)
	_, err = creator.Rounds.CancelRound(t.Context(), second)
	require.NoError(t, err)
	id = second
	require.Equal(t, decloud.Tended{Over: true}, tend(false))
	_, err = other.Rounds.ForceFinalize(t.Context(), second)
	require.ErrorIs(t, err, round.ErrRoundNotActive)
}

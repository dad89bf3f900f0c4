package decloud_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
)

// A creator gets all rent of its rounds back, of one that was paid out and of one that was cancelled, once they are over:
// before the claim period ends and while the vault is open nothing is closed, and nobody else's round ever.
func TestCloseRoundsGivesAllRentBack(t *testing.T) {
	world := roundtest.New(t)
	creator, other := world.Player(t, "creator"), world.Player(t, "other")
	balance := func() uint64 {
		lamports, err := creator.Chain.Balance(t.Context(), creator.Wallet.PublicKey())
		require.NoError(t, err)
		return lamports
	}
	closes := func(want ...uint64) {
		t.Helper()
		closed, err := creator.CloseRounds(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, closed)
	}
	fees, rewards := uint64(0), uint64(0)
	note := func(r round.Receipt, err error) {
		t.Helper()
		require.NoError(t, err)
		fees += r.Fee
	}
	before := balance()
	paid, cancelled, others := world.Launch(t, creator), world.Launch(t, creator), world.Launch(t, other)
	for _, id := range []uint64{paid, cancelled} {
		r, err := creator.Rounds.Round(t.Context(), id)
		require.NoError(t, err)
		rewards += r.Reward
	}
	launched := before - balance()
	require.Greater(t, launched, rewards+2*7_795_200)
	note(creator.Rounds.CancelRound(t.Context(), cancelled))
	_, err := other.Rounds.CancelRound(t.Context(), others)
	require.NoError(t, err)
	r := world.Until(t, creator, paid, func(r *round.Round) time.Time { return r.Options.Deadline })
	note(creator.Rounds.ForceFinalize(t.Context(), paid))
	closes()
	world.Net.Warp(r.ClaimPeriod)
	closes(cancelled)
	fees += 5000
	note(creator.Rounds.WithdrawRemainder(t.Context(), paid))
	world.Net.Warp(time.Minute)
	closes(paid)
	fees += 5000
	closes()
	left := before - balance() - fees
	require.Less(t, left, uint64(50_000), "the fees of launching two rounds")
	require.Zero(t, left%5000)
	_, err = other.Rounds.Round(t.Context(), others)
	require.NoError(t, err)
}

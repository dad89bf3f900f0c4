package validator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/chaintest"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A score is revealed, and the next sitting begins, while a worker reads what its wallet has in the round: it sees the
// commitment, the score, or both. If it saw neither it would commit to the score once more, could never reveal that, and be
// slashed.
func TestARevealBetweenTwoReadsIsSeen(t *testing.T) {
	world := roundtest.New(t)
	b := &bench{World: world, t: t, creator: world.Player(t, "creator"), judge: world.Player(t, "judge"), events: make(chan validator.Event, 1000)}
	b.id = world.LaunchSealed(t, b.creator, nil, nil)
	pupil := b.Player(t, "pupil")
	_, err := pupil.Rounds.CreateTrainerProfile(t.Context())
	require.NoError(t, err)
	_, err = pupil.Rounds.SubmitSealed(t.Context(), b.id, b.publish(b.trained(1)))
	require.NoError(t, err)
	world.Until(t, b.creator, b.id, (*round.Round).ScoringStarts)
	for _, subject := range []solana.PublicKey{round.BaseModel, pupil.Wallet.PublicKey()} {
		_, err := b.judge.Rounds.CommitSealed(t.Context(), b.id, subject, 5000)
		require.NoError(t, err)
	}
	r := world.Until(t, b.creator, b.id, func(r *round.Round) time.Time { return r.SittingStarts(0).Add(r.Options.CommitWindow) })
	_, err = b.judge.Rounds.Reveal(t.Context(), b.id, pupil.Wallet.PublicKey())
	require.NoError(t, err)

	route := chaintest.InProcess(world.Net.RPC())
	route.ViaNode().Inject(func(c chaintest.Call) (*http.Response, error) {
		if c.Method != "getProgramAccounts" || c.Number > 1 {
			return nil, nil
		}
		resp, err := c.Pass()
		_, revealed := b.judge.Rounds.Reveal(t.Context(), b.id, round.BaseModel)
		require.NoError(t, revealed)
		world.Net.Warp(r.SittingStarts(1).Add(time.Second).Sub(world.Net.Now()))
		return resp, err
	})
	rounds, err := round.NewClient(round.Config{Chain: route.Client(t, b.judge.Wallet), Program: world.Net.ProgramID()})
	require.NoError(t, err)
	w, err := validator.NewWorker(b.config(func(c *validator.Config) { c.Rounds = rounds }))
	require.NoError(t, err)
	require.ErrorContains(t, w.Validate(t.Context(), b.id), "nothing to score")
	left, err := b.judge.Rounds.Commitments(t.Context(), b.id)
	require.NoError(t, err)
	require.Empty(t, left)
}

package validator_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// A round past its deadline used to stay open where its creator was gone.
func TestWhoIsOwedSomethingFinalizes(t *testing.T) {
	b := judging(t)
	b.submit("honest", b.publish(b.trained(1)))
	b.await(validator.EventGradient)
	b.Net.Warp(13 * time.Hour)
	require.Equal(t, b.id, b.await(validator.EventFinalized).RoundID)
	b.await(validator.EventClaimed)
	b.await(validator.EventClaimed)
	r, err := b.judge.Rounds.Round(t.Context(), b.id)
	require.NoError(t, err)
	require.Equal(t, round.Finalized, r.Status)
}

// Stakes used to unlock before anybody slashed.
func TestOutlierIsSlashedAndAnOpenRatingSettled(t *testing.T) {
	b := newBench(t)
	_, err := b.judge.Rounds.AddStake(t.Context(), sol)
	require.NoError(t, err)
	b.id = b.Launch(t, b.creator, func(o *round.Options) { o.MinValidatorStake = sol; o.MinPostvalidations = 1 })
	stop := b.start()
	base := b.await(validator.EventBase).Score.Accuracy
	for name, accuracy := range map[string]uint32{"honest": base, "outlier": base + 4000} {
		p := b.Player(t, name)
		_, err := p.Rounds.AddStake(t.Context(), 2*sol)
		require.NoError(t, err)
		_, err = p.Rounds.Prevalidate(t.Context(), b.id, accuracy)
		require.NoError(t, err)
	}
	b.submit("trainer", b.publish(b.trained(1)))
	b.await(validator.EventGradient)
	b.Net.Warp(13 * time.Hour)
	b.Net.Warp(2 * time.Minute) // everybody's turn
	b.await(validator.EventFinalized)
	b.await(validator.EventClaimed)
	b.Net.Warp(2 * time.Minute)
	require.False(t, b.await(validator.EventSlashed).Validator.IsZero())
	stop()

	b.Net.Warp(2 * time.Hour)
	b.start() // which looks at once for what is left to do
	require.Equal(t, 1, b.await(validator.EventSettled).Settled)
}

func TestTwoValidatorsWithOneWallet(t *testing.T) {
	b := newBench(t)
	locks := t.TempDir()
	b.start(func(c *validator.Config) { c.Locks = locks })
	b.id = b.Launch(t, b.creator, roundtest.Quorum(1))
	b.await(validator.EventBase)
	second, err := validator.NewWorker(b.config(func(c *validator.Config) { c.Locks = locks }))
	require.NoError(t, err)
	require.ErrorIs(t, second.Run(t.Context()), validator.ErrWalletInUse)
}

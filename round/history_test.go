package round_test

import (
	"slices"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestEventsOfThePast(t *testing.T) {
	w := newWorld(t)
	creator, validator, second, trainer := w.actor(), w.actor(), w.actor(), w.trainer()
	id, created, err := creator.CreateRound(t.Context(), aRound)
	require.NoError(t, err)
	other, _, err := creator.CreateRound(t.Context(), aRound)
	require.NoError(t, err)
	scored := w.ok(validator.Prevalidate(t.Context(), id, 5000))

	// A transaction that names two rounds: to each its own.
	both := w.ok(second.Send(t.Context(),
		round.Prevalidate{RoundID: id, Accuracy: 5000, Validator: second.Wallet()},
		round.Prevalidate{RoundID: other, Accuracy: 5000, Validator: second.Wallet()}))
	require.Len(t, both.Events, 2)
	submitted := w.ok(trainer.SubmitGradient(t.Context(), id, gradientCID(1)))

	past := func(h chain.History) (events []round.Event, signatures []solana.Signature) {
		for r, err := range creator.Events(t.Context(), id, h) {
			require.NoError(t, err)
			events, signatures = append(events, r.Events...), append(signatures, r.Signature)
		}
		return events, signatures
	}
	want := slices.Concat(submitted.Events, both.Events[:1], scored.Events, created.Events)
	events, signatures := past(chain.History{PageSize: 1})
	require.Equal(t, want, events)
	require.Equal(t, []solana.Signature{submitted.Signature, both.Signature, scored.Signature, created.Signature}, signatures)
	events, _ = past(chain.History{Since: scored.Signature})
	require.Equal(t, want[:1+len(submitted.Events)], events)
	events, _ = past(chain.History{Before: scored.Signature})
	require.Equal(t, created.Events, events)
	for _, err := range creator.Events(t.Context(), id, chain.History{Since: solana.Signature{1}, Before: created.Signature}) {
		require.ErrorIs(t, err, chain.ErrPruned)
	}
}

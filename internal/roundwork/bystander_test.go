package roundwork_test

import (
	"errors"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
)

// A wallet that has closed what it had in a round, or never had anything there, leaves its outliers and ratings to the
// others, and forgets the round. (Before, one outlier or commitment that stayed made every hourly look a failure.)
func TestDutiesAreOfThoseWhoTookPart(t *testing.T) {
	v := newRivals(t)
	_, err := v.all[0].Rounds.ForceFinalize(t.Context(), v.id)
	require.NoError(t, err)
	before, _ := v.landed()
	bystander := v.Player(t, "bystander")
	pay, err := roundwork.NewPayments(bystander.Rounds, 0, roundwork.Bounds{})
	require.NoError(t, err)
	var after roundwork.Aftermath
	after.Add(v.id, round.StepSlash, round.StepSettle)
	for _, s := range after.Steps() {
		require.NoError(t, roundwork.Duties{Rounds: bystander.Rounds, Pay: pay}.Do(t.Context(), &after, s, nil), s.Kind)
	}
	require.Empty(t, after.Steps())
	landed, _ := v.landed()
	require.Equal(t, before, landed)
}

// A transaction that was paid for and failed for what others did says nothing of a rival with this wallet: the round's
// other steps are taken at once. Where it may have been a rival, or nobody knows why it failed, they wait, and say why.
func TestFailuresThatOthersCauseAreNoRival(t *testing.T) {
	p := roundtest.New(t).Player(t, "player")
	sent := round.Receipt{Receipt: chain.Receipt{Signature: solana.Signature{1}}}
	unknown := errors.New("some program's error 77")
	for _, c := range []struct {
		kind  round.StepKind
		err   error
		waits bool
		says  string // what a step that waits says
	}{
		{kind: round.StepCommit, err: round.ErrTermsChanged},
		{kind: round.StepScore, err: round.ErrValidatorSlotsFull},
		{kind: round.StepScore, err: round.ErrPrevalidationClosed},
		{kind: round.StepScore, err: round.ErrRoundNotActive},
		{kind: round.StepSubmit, err: round.ErrTrainerSlotsFull},
		{kind: round.StepSubmit, err: round.ErrDeadlinePassed},
		{kind: round.StepSubmit, err: round.ErrSubmissionsClosed},
		{kind: round.StepCommit, err: round.ErrCommitClosed},
		{kind: round.StepReveal, err: round.ErrRevealClosed},
		{kind: round.StepClose, err: round.ErrTooEarly},
		{kind: round.StepClaim, err: chain.ErrAccountNotInitialized},
		{kind: round.StepSetSource, err: unknown},
		{kind: round.StepCloseSource, err: chain.ErrAccountNotInitialized},
		{kind: round.StepCommit, err: chain.ErrAccountInUse, waits: true, says: "another worker with this wallet"},
		{kind: round.StepClaim, err: round.ErrRewardAlreadyClaimed, waits: true, says: "another worker with this wallet"},
		{kind: round.StepClose, err: chain.ErrAccountNotInitialized, waits: true, says: "failed, and was paid for"},
		{kind: round.StepCommit, err: unknown, waits: true, says: unknown.Error()},
	} {
		t.Run(c.kind.String()+" "+c.err.Error(), func(t *testing.T) {
			pay, err := roundwork.NewPayments(p.Rounds, 0, roundwork.Bounds{})
			require.NoError(t, err)
			send := func(kind round.StepKind, with error) error {
				_, err := pay.Send(t.Context(), round.Step{Kind: kind, RoundID: 7}, roundwork.Outlay{}, func() (round.Receipt, error) { return sent, with })
				return err
			}
			require.ErrorIs(t, send(c.kind, c.err), c.err)
			err = send(round.StepPublish, nil) // any other one
			if !c.waits {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			require.NotErrorIs(t, err, c.err, "it is not what this step has failed for")
			require.Equal(t, c.says == "another worker with this wallet", errors.Is(err, roundwork.ErrRival))
		})
	}
}

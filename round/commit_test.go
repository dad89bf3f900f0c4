package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// A commit-reveal round with stakes: committed scores, one validator that never
// reveals, an outlier that is slashed, and everything closed at the end.
func TestCommitRevealRound(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	creator, trainer := w.actor(), w.trainer()
	var validators []*round.Client
	for range 5 {
		v := w.actor()
		w.ok(v.AddStake(ctx, 2*sol))
		validators = append(validators, v)
	}
	const window = 10 * time.Minute
	options := round.Options{Deadline: w.now().Add(3 * time.Hour), ValidationWindow: time.Hour, CommitWindow: window,
		MinPrevalidations: 3, MinPostvalidations: 3, MinValidatorStake: 2 * sol, CommitReveal: true, RewardRule: 1}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol, Options: &options})
	require.NoError(t, err)

	liar, silent := validators[3], validators[4]
	score := func(subject solana.PublicKey, honest uint32) {
		for _, v := range validators {
			accuracy := honest
			if v == liar {
				accuracy = 9999
			}
			sealed := w.ok(v.CommitValidation(ctx, id, subject, accuracy))
			require.Equal(t, []round.Event{round.ValidationCommitted{RoundID: id, Subject: subject, Validator: v.Wallet()}}, sealed.Events)
		}
		list, err := creator.Commitments(ctx, id)
		require.NoError(t, err)
		require.Len(t, list, 5)
		w.refused(round.ErrRevealClosed)(validators[0].Reveal(ctx, id, subject))
		w.net.Warp(window)
		if subject == round.BaseModel {
			w.refused(round.ErrBadReveal)(validators[0].RevealPrevalidation(ctx, id, honest+1))
		}
		for _, v := range validators[:4] {
			// The wallet alone is enough: even the accuracy is recovered.
			w.ok(v.Reveal(ctx, id, subject))
		}
		w.refused(round.ErrTooEarly)(silent.CloseCommitment(ctx, id, subject))
		w.net.Warp(window)
		w.refused(round.ErrRevealClosed)(silent.Reveal(ctx, id, subject))
		w.ok(silent.CloseCommitment(ctx, id, subject))
	}
	w.refused(round.ErrRevealRequired)(validators[0].Prevalidate(ctx, id, 5000))
	score(round.BaseModel, 5000)
	w.ok(trainer.SubmitGradient(ctx, id, gradientCID(1)))
	score(trainer.Wallet(), 6000)
	honest, reporter := validators[0], validators[1]
	w.ok(creator.FinalizeRound(ctx, id))

	r, err := creator.Round(ctx, id)
	require.NoError(t, err)
	require.EqualValues(t, 1000, r.Improvement)
	consensus, known := r.GradientConsensus(0)
	require.True(t, known)
	require.EqualValues(t, 6000, consensus)

	before, err := reporter.Stake(ctx, liar.Wallet())
	require.NoError(t, err)
	w.refused(round.ErrNotOutlier)(reporter.SlashValidator(ctx, id, trainer.Wallet(), honest.Wallet()))
	slashed := w.ok(reporter.SlashValidator(ctx, id, trainer.Wallet(), liar.Wallet()))
	require.Contains(t, slashed.Events, round.ValidatorSlashed{RoundID: id, Validator: liar.Wallet(), Reporter: reporter.Wallet(),
		Amount: sol / 5, ReporterAmount: sol / 50})
	w.refused(round.ErrAlreadySlashed)(reporter.SlashValidator(ctx, id, trainer.Wallet(), liar.Wallet()))
	after, err := reporter.Stake(ctx, liar.Wallet())
	require.NoError(t, err)
	require.EqualValues(t, sol/5, before.Amount-after.Amount)

	w.ok(trainer.ClaimTrainer(ctx, id))
	w.refused(round.ErrTooEarly)(reporter.CloseGradient(ctx, id, trainer.Wallet()))
	w.net.Warp(25 * time.Hour)
	w.ok(reporter.CloseGradient(ctx, id, trainer.Wallet()))
	w.ok(reporter.CloseValidation(ctx, id, trainer.Wallet(), liar.Wallet()))
	_, err = reporter.Gradient(ctx, id, trainer.Wallet())
	require.ErrorIs(t, err, chain.ErrNotFound)
	w.refused(round.ErrTooEarly)(reporter.CloseRound(ctx, id))
	w.net.Warp(181 * 24 * time.Hour)
	w.ok(creator.WithdrawRemainder(ctx, id))
	w.ok(reporter.CloseRound(ctx, id))
}

func TestStakeComesBackAfterTheCooldown(t *testing.T) {
	w := newWorld(t)
	v := w.actor()
	w.ok(v.AddStake(t.Context(), 3*sol))
	changed := w.ok(v.RequestUnstake(t.Context(), sol))
	require.Equal(t, []round.Event{round.StakeChanged{Validator: v.Wallet(), Amount: 2 * sol, Unlocking: sol}}, changed.Events)
	w.refused(round.ErrStakeLocked)(v.WithdrawStake(t.Context()))
	w.refused(round.ErrInsufficientStake)(v.RequestUnstake(t.Context(), 5*sol))
	w.net.Warp(25 * time.Hour)
	before := w.balance(v.Wallet())
	r := w.ok(v.WithdrawStake(t.Context()))
	require.Equal(t, before+sol-r.Fee, w.balance(v.Wallet()))
}

func TestProtocolIsUpdatedAndHandedOver(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, next := w.authority, w.actor()
	p, err := next.Parameters(ctx)
	require.NoError(t, err)
	p.FeeBps, p.MinReward = 300, 1000
	w.refused(chain.ErrConstraintHasOne)(next.UpdateProtocol(ctx, p, solana.PublicKey{}))
	updated := w.ok(old.UpdateProtocol(ctx, p, solana.PublicKey{}))
	require.Equal(t, []round.Event{round.ProtocolUpdated{Parameters: p}}, updated.Events)
	w.ok(old.UpdateProtocol(ctx, p, next.Wallet()))
	counter, err := next.Counter(ctx)
	require.NoError(t, err)
	require.Equal(t, p, counter.Parameters)
	require.Equal(t, next.Wallet(), counter.Treasury)
	w.ok(old.ProposeAuthority(ctx, next.Wallet()))
	w.ok(next.AcceptAuthority(ctx))
	w.refused(chain.ErrConstraintHasOne)(old.UpdateProtocol(ctx, p, solana.PublicKey{}))
	p.FeeBps = 1001
	w.refused(round.ErrInvalidParameter)(next.UpdateProtocol(ctx, p, solana.PublicKey{}))
}

func TestSaltsDifferAndStay(t *testing.T) {
	w := newWorld(t)
	a, b := w.actor(), w.actor()
	salt := func(c *round.Client, id uint64, subject solana.PublicKey) [32]byte {
		s, err := c.Salt(t.Context(), id, subject)
		require.NoError(t, err)
		return s
	}
	require.Equal(t, salt(a, 1, wallet), salt(a, 1, wallet))
	distinct := map[[32]byte]bool{salt(a, 1, wallet): true, salt(a, 2, wallet): true, salt(a, 1, other): true, salt(b, 1, wallet): true}
	require.Len(t, distinct, 4)
}

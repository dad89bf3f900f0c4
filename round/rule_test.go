package round_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

var (
	maker = solana.PublicKey{1} // of the round
	alice = solana.PublicKey{2} // trains
	judy  = solana.PublicKey{3} // validates
	opens = time.Unix(1_800_000_000, 0)
)

// scored is a round whose base has its quorum: submissions open after 10
// minutes and close after 11 hours, and the deadline is after 12.
func scored(change ...func(*round.Round)) *round.Round {
	r := &round.Round{
		ID: 7, Version: round.Version, Creator: maker, Reward: 1000, MinRating: 480, CreatedAt: opens, Prevalidations: 3,
		BaseScores: []uint32{5000, 5001, 5002}, BaseAccuracy: 5001, OutlierTolerance: 500, ClaimPeriod: 180 * 24 * time.Hour,
		Options: round.Options{Deadline: opens.Add(12 * time.Hour), ValidationWindow: time.Hour, BaseWindow: 10 * time.Minute,
			CommitWindow: 30 * time.Minute, MinPrevalidations: 3, MinPostvalidations: 3, MinValidatorStake: 100},
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func commitReveal(r *round.Round) { r.Options.CommitReveal = true }
func unscored(r *round.Round)     { r.Prevalidations, r.BaseScores = 2, r.BaseScores[:2] }
func over(r *round.Round)         { r.Status, r.FinalizedAt = round.Finalized, opens.Add(12*time.Hour) }

// gradients gives a round n gradients; unvalidated of them lack their quorum.
func gradients(n, unvalidated uint8) func(*round.Round) {
	return func(r *round.Round) { r.Gradients, r.UnvalidatedGradients = n, unvalidated }
}

// change is a rule's answer from a time on; nil accepts.
type change struct {
	after time.Duration // since the round's creation
	want  error
}

// follow requires a rule to give each change's answer at its time, one second
// after, and one second before the next change. A refusal that time ends names the
// change that ends it.
func follow(t *testing.T, rule func(now time.Time) error, changes ...change) {
	t.Helper()
	for i, c := range changes {
		times := []time.Duration{c.after, c.after + time.Second}
		if i+1 < len(changes) {
			times = append(times, changes[i+1].after-time.Second)
		}
		for _, at := range times {
			err := rule(opens.Add(at))
			if c.want == nil {
				require.NoError(t, err, at)
				continue
			}
			require.ErrorIs(t, err, c.want, at)
			var refusal *round.RuleError
			require.ErrorAs(t, err, &refusal)
			from := time.Time{}
			if i+1 < len(changes) {
				from = opens.Add(changes[i+1].after)
			}
			require.Equal(t, from, refusal.From, at)
		}
	}
}

func TestSubmissionWindow(t *testing.T) {
	submit := func(r *round.Round) func(time.Time) error {
		return func(now time.Time) error { return r.CanSubmit(alice, 480, now) }
	}
	follow(t, submit(scored()), change{0, round.ErrNoPrevalidation}, change{10 * time.Minute, nil},
		change{11 * time.Hour, round.ErrDeadlinePassed})
	follow(t, submit(scored(commitReveal)), change{0, round.ErrNoPrevalidation}, change{time.Hour, nil},
		change{11 * time.Hour, round.ErrDeadlinePassed})
	follow(t, submit(scored(unscored)), change{0, round.ErrNoPrevalidation})
	follow(t, submit(scored(over)), change{0, round.ErrRoundNotActive})
	follow(t, submit(scored(gradients(254, 0))), change{time.Hour, nil}, change{11 * time.Hour, round.ErrDeadlinePassed})
	follow(t, submit(scored(gradients(255, 0))), change{time.Hour, round.ErrTrainerSlotsFull})

	now := opens.Add(time.Hour)
	require.ErrorIs(t, scored().CanSubmit(alice, 479, now), round.ErrRatingTooLow)
	require.ErrorIs(t, scored().CanSubmit(maker, 500, now), round.ErrConflictOfInterest)
}

func TestBaseScoreWindow(t *testing.T) {
	score := func(r *round.Round) func(time.Time) error {
		return func(now time.Time) error { return r.CanPrevalidate(judy, 100, now) }
	}
	follow(t, score(scored()), change{0, nil}, change{11 * time.Hour, round.ErrPrevalidationClosed})
	follow(t, score(scored(gradients(1, 1))), change{0, round.ErrPrevalidationClosed})
	follow(t, score(scored(commitReveal)), change{0, round.ErrRevealRequired})
	follow(t, score(scored(over)), change{0, round.ErrRoundNotActive})
	follow(t, score(scored(func(r *round.Round) { r.Prevalidations = 23 })), change{0, nil}, change{11 * time.Hour, round.ErrPrevalidationClosed})
	follow(t, score(scored(func(r *round.Round) { r.Prevalidations = 24 })), change{0, round.ErrValidatorSlotsFull})
	require.ErrorIs(t, scored().CanPrevalidate(judy, 99, opens), round.ErrInsufficientStake)
	require.ErrorIs(t, scored().CanPrevalidate(maker, 100, opens), round.ErrConflictOfInterest)
}

func TestScoresOfAGradient(t *testing.T) {
	for name, c := range map[string]struct {
		round     *round.Round
		scores    int
		validator solana.PublicKey
		stake     uint64
		want      error
	}{
		"the 24th":       {scored(), 23, judy, 100, nil},
		"the 25th":       {scored(), 24, judy, 100, round.ErrValidatorSlotsFull},
		"of one's own":   {scored(), 0, alice, 100, round.ErrConflictOfInterest},
		"by the creator": {scored(), 0, maker, 100, round.ErrConflictOfInterest},
		"without stake":  {scored(), 0, judy, 99, round.ErrInsufficientStake},
		"not committed":  {scored(commitReveal), 0, judy, 100, round.ErrRevealRequired},
		"too late":       {scored(over), 0, judy, 100, round.ErrRoundNotActive},
	} {
		t.Run(name, func(t *testing.T) {
			g := &round.Gradient{Trainer: alice, Scores: make([]uint32, c.scores)}
			require.ErrorIs(t, c.round.CanPostvalidate(g, c.validator, c.stake), c.want)
		})
	}
}

func TestCommitAndRevealWindows(t *testing.T) {
	submitted := time.Hour + 10*time.Minute
	g := &round.Gradient{Trainer: alice, SubmittedAt: opens.Add(submitted)}
	r, r1 := scored(commitReveal), scored(commitReveal, gradients(1, 1))
	follow(t, func(now time.Time) error { return r.CanCommit(nil, judy, 100, now) },
		change{0, nil}, change{30 * time.Minute, round.ErrCommitClosed})
	follow(t, func(now time.Time) error { return r.CanReveal(nil, judy, 100, now) },
		change{0, round.ErrRevealClosed}, change{30 * time.Minute, nil}, change{time.Hour, round.ErrRevealClosed})
	follow(t, func(now time.Time) error { return r1.CanCommit(g, judy, 100, now) },
		change{0, round.ErrCommitClosed}, change{submitted, nil}, change{submitted + 30*time.Minute, round.ErrCommitClosed})
	follow(t, func(now time.Time) error { return r1.CanReveal(g, judy, 100, now) },
		change{submitted, round.ErrRevealClosed}, change{submitted + 30*time.Minute, nil}, change{submitted + time.Hour, round.ErrRevealClosed})
	follow(t, (&round.Commitment{RevealEnds: opens.Add(time.Hour)}).CanClose, change{0, round.ErrTooEarly}, change{time.Hour, nil})

	at := opens.Add(submitted)
	require.ErrorIs(t, scored().CanCommit(g, judy, 100, at), round.ErrCommitClosed, "scores are open")
	require.ErrorIs(t, r1.CanCommit(g, alice, 100, at), round.ErrConflictOfInterest)
	require.ErrorIs(t, r1.CanCommit(g, maker, 100, at), round.ErrConflictOfInterest)
	require.ErrorIs(t, r1.CanCommit(g, judy, 99, at), round.ErrInsufficientStake)
	require.ErrorIs(t, r1.CanReveal(nil, judy, 100, opens.Add(45*time.Minute)), round.ErrPrevalidationClosed)
	full := &round.Gradient{Trainer: alice, SubmittedAt: at, Scores: make([]uint32, 24)}
	require.NoError(t, r1.CanCommit(full, judy, 100, at), "who is first is decided by the reveals")
	require.ErrorIs(t, r1.CanReveal(full, judy, 100, at.Add(45*time.Minute)), round.ErrValidatorSlotsFull)
}

func TestFinalization(t *testing.T) {
	by := func(wallet solana.PublicKey, r *round.Round) func(time.Time) error {
		return func(now time.Time) error { return r.CanFinalize(wallet, now) }
	}
	reveals := func(end time.Duration) func(*round.Round) {
		return func(r *round.Round) { r.EarliestFinalize = opens.Add(end) }
	}
	follow(t, by(maker, scored(gradients(1, 0))), change{0, nil})
	follow(t, by(maker, scored(gradients(1, 0), reveals(time.Hour))), change{0, round.ErrTooEarly}, change{time.Hour, nil})
	follow(t, by(maker, scored(gradients(2, 1))), change{0, round.ErrNoPostvalidation})
	follow(t, by(maker, scored()), change{0, round.ErrNoGradients})
	follow(t, by(maker, scored(func(r *round.Round) { r.Prevalidations = 0 })), change{0, round.ErrNoPrevalidation})
	follow(t, by(maker, scored(over)), change{0, round.ErrRoundNotActive})
	follow(t, by(judy, scored(gradients(1, 0))), change{0, chain.ErrConstraintHasOne})

	follow(t, scored().CanForceFinalize, change{0, round.ErrTooEarly}, change{12 * time.Hour, nil})
	follow(t, scored(reveals(time.Hour)).CanForceFinalize, change{0, round.ErrTooEarly}, change{12 * time.Hour, nil})
	follow(t, scored(reveals(13*time.Hour)).CanForceFinalize, change{0, round.ErrTooEarly}, change{13 * time.Hour, nil})
	follow(t, scored(over).CanForceFinalize, change{0, round.ErrRoundNotActive})
}

func TestConfigureAndCancel(t *testing.T) {
	for name, c := range map[string]struct {
		change            func(*round.Round)
		wallet            solana.PublicKey
		configure, cancel error
	}{
		"untouched":     {func(r *round.Round) { r.Prevalidations = 0 }, maker, nil, nil},
		"by others":     {func(r *round.Round) { r.Prevalidations = 0 }, judy, chain.ErrConstraintHasOne, chain.ErrConstraintHasOne},
		"scored":        {func(r *round.Round) { r.Prevalidations = 1 }, maker, round.ErrRoundHasParticipants, round.ErrRoundHasParticipants},
		"submitted":     {func(r *round.Round) { r.Prevalidations, r.Gradients = 0, 1 }, maker, round.ErrRoundHasParticipants, round.ErrRoundHasParticipants},
		"committed":     {func(r *round.Round) { r.Prevalidations, r.Commitments = 0, 1 }, maker, round.ErrCommitmentsOpen, round.ErrRoundHasParticipants},
		"cancelled ago": {func(r *round.Round) { r.Prevalidations, r.Status = 0, round.Cancelled }, maker, round.ErrRoundNotActive, round.ErrRoundNotActive},
	} {
		t.Run(name, func(t *testing.T) {
			r := scored(c.change)
			require.ErrorIs(t, r.CanConfigure(c.wallet), c.configure)
			require.ErrorIs(t, r.CanCancel(c.wallet), c.cancel)
		})
	}
}

// Finalized at 12 hours: accounts can be closed a day later, unclaimed ones after
// 180 days.
const (
	dayAfter  = 12*time.Hour + 24*time.Hour
	claimsEnd = 12*time.Hour + 180*24*time.Hour
)

func TestClaimsAndClosings(t *testing.T) {
	r, open := scored(over, gradients(1, 0)), &round.Vault{}
	paid := &round.Gradient{Trainer: alice, RewardClaimed: true, RatingSettled: true}
	unpaid := &round.Gradient{Trainer: alice, Improvement: 10, RatingSettled: true}
	unsettled := &round.Gradient{Trainer: alice, RewardClaimed: true}
	require.NoError(t, r.CanClaimTrainer(unpaid, open))
	require.ErrorIs(t, r.CanClaimTrainer(unpaid, nil), chain.ErrAccountNotInitialized)
	require.NoError(t, r.CanClaimTrainer(&round.Gradient{}, nil), "nothing is to be paid")
	require.ErrorIs(t, r.CanClaimTrainer(paid, open), round.ErrRewardAlreadyClaimed)
	require.ErrorIs(t, scored().CanClaimTrainer(unpaid, open), round.ErrRoundNotFinalized)
	require.NoError(t, r.CanSettle(unsettled))
	require.ErrorIs(t, r.CanSettle(paid), round.ErrAlreadySettled)

	gradient := func(g *round.Gradient, who solana.PublicKey) func(time.Time) error {
		return func(now time.Time) error { return r.CanCloseGradient(g, who, now) }
	}
	follow(t, gradient(paid, judy), change{12 * time.Hour, round.ErrTooEarly}, change{dayAfter, nil})
	follow(t, gradient(unpaid, alice), change{12 * time.Hour, round.ErrTooEarly}, change{claimsEnd, nil})
	follow(t, gradient(unpaid, judy), change{12 * time.Hour, round.ErrTooEarly})
	follow(t, gradient(unsettled, alice), change{12 * time.Hour, round.ErrTooEarly})
	require.NoError(t, (*round.Round)(nil).CanCloseGradient(unpaid, judy, opens), "its round is closed")
}

func TestScoresAreSlashedThenClosed(t *testing.T) {
	r := scored(over)
	fair := &round.PreValidation{Validator: judy, Accuracy: 5501, RewardClaimed: true}
	outlier := &round.PreValidation{Validator: judy, Accuracy: 5502, RewardClaimed: true}
	slashed := &round.PreValidation{Validator: judy, Accuracy: 5502, RewardClaimed: true, Slashed: true}
	require.False(t, r.IsOutlier(fair))
	require.True(t, r.IsOutlier(outlier))
	require.ErrorIs(t, r.CanSlash(fair, alice), round.ErrNotOutlier)
	require.NoError(t, r.CanSlash(outlier, alice))
	require.ErrorIs(t, r.CanSlash(outlier, judy), round.ErrConflictOfInterest)
	require.ErrorIs(t, r.CanSlash(slashed, alice), round.ErrAlreadySlashed)

	closing := func(v round.Validation, who solana.PublicKey) func(time.Time) error {
		return func(now time.Time) error { return r.CanCloseValidation(v, who, now) }
	}
	follow(t, closing(fair, alice), change{12 * time.Hour, round.ErrTooEarly}, change{dayAfter, nil})
	follow(t, closing(slashed, alice), change{12 * time.Hour, round.ErrTooEarly}, change{dayAfter, nil})
	follow(t, closing(outlier, judy), change{12 * time.Hour, round.ErrTooEarly})
	unpaid := &round.PreValidation{Validator: judy, Accuracy: 5501}
	follow(t, closing(unpaid, judy), change{12 * time.Hour, round.ErrTooEarly}, change{claimsEnd, nil})
	follow(t, closing(unpaid, alice), change{12 * time.Hour, round.ErrTooEarly})
	require.NoError(t, r.CanClaimValidator(unpaid, &round.Vault{}))
	require.ErrorIs(t, r.CanClaimValidator(unpaid, nil), chain.ErrAccountNotInitialized)
	require.ErrorIs(t, r.CanClaimValidator(fair, &round.Vault{}), round.ErrRewardAlreadyClaimed)
	require.NoError(t, (*round.Round)(nil).CanCloseValidation(outlier, alice, opens), "its round is closed")
}

func TestRemainderAndRoundAreClosed(t *testing.T) {
	r := scored(over)
	r.Validations = 3
	all := &round.Vault{Ledger: reward.Ledger{ValidatorClaims: 3}}
	nothing := &round.Vault{Ledger: reward.Ledger{Withdrawn: 1000}}
	withdraw := func(v *round.Vault) func(time.Time) error {
		return func(now time.Time) error { return r.CanWithdraw(maker, v, now) }
	}
	follow(t, withdraw(all), change{12 * time.Hour, nil})
	follow(t, withdraw(&round.Vault{}), change{12 * time.Hour, nil})
	follow(t, withdraw(nothing), change{12 * time.Hour, round.ErrNothingToWithdraw}, change{claimsEnd, nil})
	follow(t, withdraw(nil), change{12 * time.Hour, chain.ErrAccountNotInitialized})
	require.ErrorIs(t, r.CanWithdraw(judy, all, opens), chain.ErrConstraintHasOne)

	follow(t, func(now time.Time) error { return r.CanClose(nil, now) }, change{12 * time.Hour, round.ErrTooEarly}, change{claimsEnd, nil})
	follow(t, func(now time.Time) error { return r.CanClose(all, now) }, change{claimsEnd, round.ErrTooEarly})
	cancelled := scored(func(r *round.Round) { r.Status = round.Cancelled })
	follow(t, func(now time.Time) error { return cancelled.CanClose(nil, now) }, change{0, round.ErrTooEarly}, change{180 * 24 * time.Hour, nil})
	require.ErrorIs(t, scored().CanClose(nil, opens.Add(claimsEnd)), round.ErrRoundNotFinalized)
}

func TestUnstaking(t *testing.T) {
	s := &round.Stake{Amount: 100, Unlocking: 50, UnlockAt: opens.Add(24 * time.Hour)}
	require.NoError(t, s.CanUnstake(100))
	require.ErrorIs(t, s.CanUnstake(101), round.ErrInsufficientStake)
	require.ErrorIs(t, s.CanUnstake(0), round.ErrInvalidParameter)
	follow(t, s.CanWithdraw, change{0, round.ErrStakeLocked}, change{24 * time.Hour, nil})
	require.ErrorIs(t, (&round.Stake{Amount: 100}).CanWithdraw(opens), round.ErrNothingToWithdraw)
}

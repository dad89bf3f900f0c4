package round

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
)

// CanPrevalidate returns why a validator with stake lamports at stake cannot score
// the base model now.
func (r *Round) CanPrevalidate(validator solana.PublicKey, stake uint64, now time.Time) error {
	return first(r.mustBeActive(), r.mustBePlain(), r.takesBaseScores(validator, stake, now))
}

// CanPostvalidate returns why a validator with stake lamports at stake cannot
// score a gradient now.
func (r *Round) CanPostvalidate(g *Gradient, validator solana.PublicKey, stake uint64) error {
	return first(r.mustBeActive(), r.mustBePlain(), r.takesScores(g, validator, stake))
}

// mustBePlain refuses if scores must be committed first and revealed later.
func (r *Round) mustBePlain() error {
	if r.Options.CommitReveal {
		return refuse(ErrRevealRequired)
	}
	return nil
}

func (r *Round) takesBaseScores(validator solana.PublicKey, stake uint64, now time.Time) error {
	if r.Gradients > 0 || !now.Before(r.SubmissionsClose()) {
		return refuse(ErrPrevalidationClosed)
	}
	return r.takesValidator(validator, stake, int(r.Prevalidations))
}

func (r *Round) takesScores(g *Gradient, validator solana.PublicKey, stake uint64) error {
	if g.Trainer == validator {
		return refuse(ErrConflictOfInterest)
	}
	return r.takesValidator(validator, stake, len(g.Scores))
}

func (r *Round) takesValidator(validator solana.PublicKey, stake uint64, scores int) error {
	switch {
	case validator == r.Creator:
		return refuse(ErrConflictOfInterest)
	case scores >= MaxScores:
		return refuse(ErrValidatorSlotsFull)
	case stake < r.Options.MinValidatorStake:
		return refuse(ErrInsufficientStake)
	}
	return nil
}

// CommitFrom is when the time to commit to a score of a gradient begins, or of the
// base model (nil). The time to reveal it begins one CommitWindow later, and ends
// after another.
func (r *Round) CommitFrom(g *Gradient) time.Time {
	if g == nil {
		return r.CreatedAt
	}
	return g.SubmittedAt
}

// CanCommit returns why a validator with stake lamports at stake cannot commit to
// a score of a gradient, or of the base model (nil), now.
func (r *Round) CanCommit(g *Gradient, validator solana.PublicKey, stake uint64, now time.Time) error {
	if err := r.mustBeActive(); err != nil {
		return err
	}
	if r.Sealed() {
		return r.canCommitSealed(g, validator, stake, now)
	}
	from := r.CommitFrom(g)
	switch {
	case !r.Options.CommitReveal || !now.Before(from.Add(r.Options.CommitWindow)):
		return refuse(ErrCommitClosed)
	case now.Before(from):
		return notBefore(from, now, ErrCommitClosed)
	case g != nil && g.Trainer == validator:
		return refuse(ErrConflictOfInterest)
	}
	return r.takesValidator(validator, stake, 0) // the first score comes after the last commitment
}

// CanReveal returns why a validator with stake lamports at stake cannot reveal now
// what it has committed to. In a sealed round a commitment can be revealed in its own
// sitting only, which ends at [Commitment].RevealEnds, and the stake does not matter
// any more.
func (r *Round) CanReveal(g *Gradient, validator solana.PublicKey, stake uint64, now time.Time) error {
	if err := r.mustBeActive(); err != nil {
		return err
	}
	if r.Sealed() {
		return r.mustBeRevealing(now)
	}
	from := r.CommitFrom(g).Add(r.Options.CommitWindow)
	switch {
	case now.Before(from):
		return notBefore(from, now, ErrRevealClosed)
	case !now.Before(from.Add(r.Options.CommitWindow)):
		return refuse(ErrRevealClosed)
	case g == nil:
		return r.takesBaseScores(validator, stake, now)
	}
	return r.takesScores(g, validator, stake)
}

// CanClose returns why the account of a commitment cannot be closed now; that of a sealed
// round has to wait for more: see [Round.CanCloseCommitment].
func (c *Commitment) CanClose(now time.Time) error {
	return notBefore(c.RevealEnds, now, ErrTooEarly)
}

// CanCloseCommitment returns why a validator cannot close its commitment now. A nil round
// is closed itself; a sealed one must be, since it is slashed for what is not revealed.
func (r *Round) CanCloseCommitment(c *Commitment, now time.Time) error {
	if r != nil && c.Sealed {
		return refuse(ErrTooEarly)
	}
	return c.CanClose(now)
}

// Validation is a score: a [*PreValidation] or a [*PostValidation].
type Validation interface{ validation() validation }

// validation is what scores of both kinds have in common.
type validation struct {
	validator        solana.PublicKey
	accuracy         uint32
	claimed, slashed bool
	gradient         int // index of the gradient, -1 for the base model
}

func (p *PreValidation) validation() validation {
	return validation{p.Validator, p.Accuracy, p.RewardClaimed, p.Slashed, -1}
}

func (p *PostValidation) validation() validation {
	return validation{p.Validator, p.Accuracy, p.RewardClaimed, p.Slashed, int(p.GradientIndex)}
}

// IsOutlier reports whether a score is so far from the consensus that its share is
// forfeited and its validator may be slashed. The answer is final once the round
// is finalized, and may change before.
func (r *Round) IsOutlier(v Validation) bool {
	score := v.validation()
	if score.gradient < 0 {
		return r.Base().Outlier(score.accuracy, r.OutlierTolerance)
	}
	consensus, known := r.GradientConsensus(uint8(score.gradient))
	if r.Sealed() && (score.accuracy == 0 || consensus == 0) {
		return false
	}
	return known && rating.Distance(score.accuracy, consensus) > uint32(r.OutlierTolerance)
}

// CanClaimValidator returns why the validator cannot claim its share for a score.
// Pass a nil vault if it is closed.
func (r *Round) CanClaimValidator(v Validation, vault *Vault) error {
	if vault == nil {
		return first(r.transactable(), refuse(chain.ErrAccountNotInitialized))
	}
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	if v.validation().claimed {
		return refuse(ErrRewardAlreadyClaimed)
	}
	return nil
}

// CanSlash returns why reporter cannot slash the validator of a score.
func (r *Round) CanSlash(v Validation, reporter solana.PublicKey) error {
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	score := v.validation()
	switch {
	case !r.IsOutlier(v):
		return refuse(ErrNotOutlier)
	case score.slashed:
		return refuse(ErrAlreadySlashed)
	case score.validator == reporter:
		return refuse(ErrConflictOfInterest)
	}
	return nil
}

// CanCloseValidation returns why wallet cannot close a score's account now, which
// gives its rent back to its validator. A nil round is closed itself: its scores
// may be closed at any time.
func (r *Round) CanCloseValidation(v Validation, wallet solana.PublicKey, now time.Time) error {
	if r == nil {
		return nil
	}
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	score := v.validation()
	return r.mustBeClosable(score.claimed, score.slashed || !r.IsOutlier(v), score.validator == wallet, now)
}

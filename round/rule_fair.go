package round

import (
	"crypto/sha256"
	"time"

	"github.com/gagliardetto/solana-go"
)

// Sittings is how many times validators of a sealed round may commit and reveal, one
// after the other, each for twice the commit window.
const Sittings = 6

// Sealed reports whether submissions are published, and base and gradients scored,
// only after submissions closed.
func (r *Round) Sealed() bool { return r.Fair != nil && r.Fair.Sealed }

// Bond is what each gradient puts up, in lamports; 0 in a plain round.
func (r *Round) Bond() uint64 {
	if r.Fair == nil {
		return 0
	}
	return r.Fair.Bond
}

// ReturnedBond is what the trainer of a gradient gets back of its bond with its claim,
// once the round is finalized: all of it if the gradient improved the base, or either
// had no quorum. Lamports.
func (r *Round) ReturnedBond(g *Gradient) uint64 {
	consensus, known := r.GradientConsensus(g.Index)
	if known && r.Prevalidations >= r.Options.MinPrevalidations && consensus <= r.BaseAccuracy {
		return 0
	}
	return r.Bond()
}

// HasHoldout reports whether the round has a sealed test.
func (r *Round) HasHoldout() bool { return r.Fair != nil && r.Fair.Holdout != [32]byte{} }

// CanRevealHoldout returns why a key of the sealed test is not taken now.
func (r *Round) CanRevealHoldout(key [32]byte, now time.Time) error {
	if err := r.mustBeActive(); err != nil {
		return err
	}
	switch {
	case !r.HasHoldout() || r.HoldoutRevealed || !now.Before(r.ScoringStarts()):
		return refuse(ErrHoldoutClosed)
	case now.Before(r.SubmissionsClose()):
		return notBefore(r.SubmissionsClose(), now, ErrHoldoutClosed)
	case sha256.Sum256(key[:]) != r.Fair.Holdout:
		return refuse(ErrBadHoldout)
	}
	return nil
}

// ScoringStarts is when the first sitting of a sealed round starts.
func (r *Round) ScoringStarts() time.Time {
	return r.SubmissionsClose().Add(r.Fair.PublishWindow)
}

// ScoringEnds is when the last sitting of a sealed round ends.
func (r *Round) ScoringEnds() time.Time { return r.SittingStarts(Sittings) }

// SittingStarts is when a sitting of a sealed round starts, counted from 0. Scores are
// committed to for one commit window from then on, and revealed for another.
func (r *Round) SittingStarts(sitting int) time.Time {
	return r.ScoringStarts().Add(time.Duration(sitting) * 2 * r.Options.CommitWindow)
}

// Publishable reports whether the heads of a sealed round are to be published: from when
// submissions close, so that nobody can copy them, until nobody scores them any more. What
// is not there by [Round.ScoringStarts] may score 0.
func (r *Round) Publishable(now time.Time) bool {
	return r.Sealed() && r.mustBeActive() == nil && !now.Before(r.SubmissionsClose()) && now.Before(r.ScoringEnds())
}

// Sitting is the one of a sealed round at a time, and whether there is one then.
func (r *Round) Sitting(now time.Time) (int, bool) {
	if now.Before(r.ScoringStarts()) || !now.Before(r.ScoringEnds()) {
		return 0, false
	}
	return int(now.Sub(r.ScoringStarts()) / (2 * r.Options.CommitWindow)), true
}

// canCommitSealed is CanCommit in a sealed round. The later sittings are for subjects
// below their quorum, and no more scores are committed to than can be revealed.
func (r *Round) canCommitSealed(g *Gradient, validator solana.PublicKey, stake uint64, now time.Time) error {
	scores, quorum, commitments, latest := int(r.Prevalidations), r.Options.MinPrevalidations, r.BaseCommitments, r.BaseSitting
	if g != nil {
		scores, quorum, commitments, latest = len(g.Scores), r.Options.MinPostvalidations, g.Commitments, g.Sitting
	}
	if r.Gradients == 0 {
		return refuse(ErrNoGradients)
	}
	if err := notBefore(r.ScoringStarts(), now, ErrCommitClosed); err != nil {
		return err
	}
	sitting, ok := r.Sitting(now)
	switch {
	case !ok || sitting > 0 && scores >= int(quorum) || !now.Before(r.SittingStarts(sitting).Add(r.Options.CommitWindow)):
		return refuse(ErrCommitClosed)
	case g != nil && g.Trainer == validator:
		return refuse(ErrConflictOfInterest)
	case int(latest) == sitting:
		scores += int(commitments)
	}
	return r.takesValidator(validator, stake, scores)
}

// mustBeRevealing refuses outside the second halves of a sealed round's sittings.
func (r *Round) mustBeRevealing(now time.Time) error {
	if err := notBefore(r.ScoringStarts().Add(r.Options.CommitWindow), now, ErrRevealClosed); err != nil {
		return err
	}
	sitting, ok := r.Sitting(now)
	if !ok {
		return refuse(ErrRevealClosed)
	}
	return notBefore(r.SittingStarts(sitting).Add(r.Options.CommitWindow), now, ErrRevealClosed)
}

// IsForfeit reports whether a score is not paid: it is an outlier or, in a sealed
// round, 0 where the consensus is not, or the other way round. The answer is final once
// the round is finalized.
func (r *Round) IsForfeit(v Validation) bool {
	score := v.validation()
	if score.gradient < 0 {
		return r.Base().Forfeit(score.accuracy, r.OutlierTolerance)
	}
	consensus, known := r.GradientConsensus(uint8(score.gradient))
	return r.Sealed() && known && (score.accuracy == 0) != (consensus == 0) || r.IsOutlier(v)
}

package round

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
)

// CanSubmit returns why a trainer with that rating cannot submit a gradient now.
// It does not check whether the trainer has already submitted one.
func (r *Round) CanSubmit(trainer solana.PublicKey, stars rating.Stars, now time.Time) error {
	if err := first(r.mustBeActive(), r.mustTakeGradients(now)); err != nil {
		return err
	}
	switch {
	case stars < r.MinRating:
		return refuse(ErrRatingTooLow)
	case r.Gradients >= MaxGradients:
		return refuse(ErrTrainerSlotsFull)
	case trainer == r.Creator:
		return refuse(ErrConflictOfInterest)
	}
	return nil
}

// mustTakeGradients refuses outside the time for gradients. It does not check how
// many there are.
func (r *Round) mustTakeGradients(now time.Time) error {
	if r.Prevalidations < r.Options.MinPrevalidations && !r.Sealed() {
		return refuse(ErrNoPrevalidation)
	}
	if err := notBefore(r.SubmissionsOpen(), now, ErrNoPrevalidation); err != nil {
		return err
	}
	if !now.Before(r.SubmissionsClose()) {
		return refuse(ErrDeadlinePassed)
	}
	if r.slotsOver() {
		return refuse(ErrSubmissionsClosed)
	}
	return nil
}

// CanClaimTrainer returns why the trainer of a gradient cannot claim its reward.
// Pass a nil vault if it is closed, which only matters if there is something to
// pay.
func (r *Round) CanClaimTrainer(g *Gradient, vault *Vault) error {
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	switch {
	case g.RewardClaimed:
		return refuse(ErrRewardAlreadyClaimed)
	case vault == nil && (r.Weight(g) > 0 || r.ReturnedBond(g) > 0):
		return refuse(chain.ErrAccountNotInitialized)
	}
	return nil
}

// CanSettle returns why nobody can settle the rating of a gradient's trainer.
func (r *Round) CanSettle(g *Gradient) error {
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	if g.RatingSettled {
		return refuse(ErrAlreadySettled)
	}
	return nil
}

// CanCloseGradient returns why wallet cannot close a gradient's account now, which
// gives its rent back to its trainer. A nil round is closed itself: its gradients
// may be closed at any time.
func (r *Round) CanCloseGradient(g *Gradient, wallet solana.PublicKey, now time.Time) error {
	if r == nil {
		return nil
	}
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	return r.mustBeClosable(g.RewardClaimed, g.RatingSettled, g.Trainer == wallet, now)
}

// CanSetSource returns why the trainer of a gradient of the round cannot say where it keeps
// it.
func (r *Round) CanSetSource() error { return r.mustBeActive() }

// CanCloseSource returns why nobody can close the account of a source now, which gives its
// rent back to its trainer. A nil round is closed itself: its sources may be closed at any
// time.
func (r *Round) CanCloseSource(now time.Time) error {
	if r == nil {
		return nil
	}
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	return r.mustBeClosable(true, true, false, now)
}

// mustBeClosable refuses to close the account of a gradient or score within a day
// of finalization, or that is still needed: not claimed, or not settled. Owners
// may close what they did not claim once the claim period is over.
func (r *Round) mustBeClosable(claimed, settled, owner bool, now time.Time) error {
	from := r.FinalizedAt.Add(CloseAfter)
	if !claimed && r.ClaimsEnd().After(from) {
		from = r.ClaimsEnd()
	}
	switch {
	case !settled || !claimed && !owner:
		return refuse(ErrTooEarly)
	default:
		return notBefore(from, now, ErrTooEarly)
	}
}

package round

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

// CanSubmit returns why a trainer with that rating cannot submit a gradient now.
// Nobody can a second time, which is not looked at.
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

// mustTakeGradients refuses outside the time for gradients. How many there are is
// not looked at.
func (r *Round) mustTakeGradients(now time.Time) error {
	if r.Prevalidations < r.Options.MinPrevalidations {
		return refuse(ErrNoPrevalidation)
	}
	if err := notBefore(r.SubmissionsOpen(), now, ErrNoPrevalidation); err != nil {
		return err
	}
	if !now.Before(r.SubmissionsClose()) {
		return refuse(ErrDeadlinePassed)
	}
	return nil
}

// CanClaimTrainer returns why the trainer of a gradient cannot claim its reward.
// A vault of nil is closed, which only matters where there is something to pay.
func (r *Round) CanClaimTrainer(g *Gradient, vault *Vault) error {
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	switch {
	case g.RewardClaimed:
		return refuse(ErrRewardAlreadyClaimed)
	case vault == nil && r.paidImprovement(g) > 0:
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

// CanCloseGradient returns why wallet cannot close a gradient's account now, so
// that its rent goes back to its trainer. A round of nil is closed itself: its
// gradients may be closed at any time.
func (r *Round) CanCloseGradient(g *Gradient, wallet solana.PublicKey, now time.Time) error {
	if r == nil {
		return nil
	}
	if err := r.mustBeFinalized(); err != nil {
		return err
	}
	return r.mustBeOver(g.RewardClaimed, g.RatingSettled, g.Trainer == wallet, now)
}

// mustBeOver refuses to close what is not claimed, not done with otherwise, or
// not a day old. Owners may give up what they did not claim once the claim period
// is over.
func (r *Round) mustBeOver(claimed, done, owner bool, now time.Time) error {
	from := r.FinalizedAt.Add(CloseAfter)
	if !claimed && r.ClaimsEnd().After(from) {
		from = r.ClaimsEnd()
	}
	switch {
	case !done || !claimed && !owner:
		return refuse(ErrTooEarly)
	default:
		return notBefore(from, now, ErrTooEarly)
	}
}

// paidImprovement is the improvement that a gradient is paid for.
func (r *Round) paidImprovement(g *Gradient) uint64 {
	if r.Options.RewardRule != reward.Marginal {
		return g.Improvement
	}
	own, known := r.GradientConsensus(g.Index)
	if !known {
		return 0
	}
	best := r.BaseAccuracy
	for i := range g.Index {
		if earlier, known := r.GradientConsensus(i); known {
			best = max(best, earlier)
		}
	}
	return uint64(rating.Improvement(best, own))
}

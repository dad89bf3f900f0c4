package trainer

import (
	"cmp"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// step is what a trainer can have to do in a round.
type step int

const (
	stepNone  step = iota
	stepTrain      // train and submit
	stepClaim      // claim the reward, which settles the rating
	stepClose      // take back the rent of the gradient's account
)

// job is one step in one round.
type job struct {
	round uint64
	step  step
}

// heavy jobs take the time of the processor.
func (j job) heavy() bool { return j.step == stepTrain }

// closeAfter is how long after finalization accounts can be closed.
const closeAfter = 24 * time.Hour

// maxGradients is the most submissions that the program takes in a round.
const maxGradients = 255

// next says what the trainer has to do in the round now; mine is its gradient,
// nil if it has none. It looks at nothing but its arguments.
func next(r *round.Round, mine *round.Gradient, trainer solana.PublicKey, now time.Time) step {
	switch {
	case r.Status == round.Active && mine == nil && r.Creator != trainer && takesSubmissions(r, now):
		return stepTrain
	case r.Status == round.Finalized && mine != nil && !mine.RewardClaimed:
		return stepClaim
	case r.Status == round.Finalized && mine != nil && mine.RatingSettled && !now.Before(r.FinalizedAt.Add(closeAfter)):
		return stepClose
	}
	return stepNone
}

// takesSubmissions tells whether the program would take a gradient now.
func takesSubmissions(r *round.Round, now time.Time) bool {
	return r.Prevalidations() >= int(r.Options.MinPrevalidations) &&
		r.Gradients < maxGradients && !now.Before(r.SubmissionsOpen()) && now.Before(r.SubmissionsClose())
}

// byReward orders rounds by what they offer, the most first.
func byReward(rounds []*round.Round) {
	slices.SortStableFunc(rounds, func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
}

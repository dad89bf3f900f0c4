package trainer

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// step is what a trainer has to do next in a round.
type step int

const (
	stepNone  step = iota // nothing now
	stepTrain             // train and submit
	stepClaim             // claim the reward, which settles the rating
)

// next says what the trainer has to do in the round now; mine is its gradient,
// nil if it has none. It looks at nothing but its arguments.
func next(r *round.Round, mine *round.Gradient, trainer solana.PublicKey, now time.Time) step {
	switch r.Status {
	case round.Active:
		if mine == nil && r.Creator != trainer && takesSubmissions(r, now) {
			return stepTrain
		}
	case round.Finalized:
		if mine != nil && !mine.RewardClaimed {
			return stepClaim
		}
	}
	return stepNone
}

// takesSubmissions tells whether the program would take a gradient now.
func takesSubmissions(r *round.Round, now time.Time) bool {
	return r.Prevalidations() >= int(r.Options.MinPrevalidations) &&
		r.Gradients < 255 && !now.Before(r.SubmissionsOpen()) && now.Before(r.SubmissionsClose())
}

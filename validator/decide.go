package validator

import (
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// maxScores is the most validations that the program takes for one model.
const maxScores = 24

// own are a validator's scores in one round.
type own struct {
	pre  *round.PreValidation // of the base head; nil: none
	post []*round.PostValidation
}

func (o own) scored(trainer solana.PublicKey) bool {
	for _, p := range o.post {
		if p.Trainer == trainer {
			return true
		}
	}
	return false
}

// work is what one validator has to do in one round now.
type work struct {
	base      bool                    // score the base head
	gradients []*round.Gradient       // score these, in this order
	claimBase bool                    // be paid for the base head's score
	claims    []*round.PostValidation // be paid for these scores
}

func (w work) scores() bool { return w.base || len(w.gradients) > 0 }
func (w work) pays() bool   { return w.claimBase || len(w.claims) > 0 }

// next says what the validator has to do in the round now. It looks at nothing
// but its arguments.
func next(r *round.Round, gradients []*round.Gradient, mine own, validator solana.PublicKey, now time.Time) (w work) {
	switch {
	case r.Status == round.Active && r.Creator != validator && !r.Options.CommitReveal:
		w.base = mine.pre == nil && r.Gradients == 0 && r.Prevalidations() < maxScores && now.Before(r.SubmissionsClose())
		for _, g := range gradients {
			if !mine.scored(g.Trainer) && g.Trainer != validator && len(g.Scores) < maxScores {
				w.gradients = append(w.gradients, g)
			}
		}
	case r.Status == round.Finalized:
		w.claimBase = mine.pre != nil && !mine.pre.RewardClaimed
		for _, p := range mine.post {
			if !p.RewardClaimed {
				w.claims = append(w.claims, p)
			}
		}
	}
	return w
}

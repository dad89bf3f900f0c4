package validator

import (
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// step is what a validator can have to do about one model of a round.
type step int

const (
	stepScore  step = iota // score it: put the score on chain, or seal it
	stepReveal             // open a sealed score
	stepClaim              // be paid for a score
	stepClose              // take back the rent of a score that was paid
	stepDrop               // take back the rent of a seal that was never opened
)

// job is one step about one model: a trainer's gradient, or [round.BaseModel].
type job struct {
	round   uint64
	subject solana.PublicKey
	step    step
}

// heavy jobs take the time of the processor.
func (j job) heavy() bool { return j.step == stepScore }

// maxScores is the most validations that the program takes for one model.
const maxScores = 24

// closeAfter is how long after finalization accounts can be closed.
const closeAfter = 24 * time.Hour

// own is what one validator has on chain in one round.
type own struct {
	pre   *round.PreValidation // of the base head; nil: none
	post  []*round.PostValidation
	seals []*round.Commitment
}

func (o own) scored(subject solana.PublicKey) bool {
	if subject == round.BaseModel {
		return o.pre != nil
	}
	return slices.ContainsFunc(o.post, func(p *round.PostValidation) bool { return p.Trainer == subject })
}

func (o own) sealed(subject solana.PublicKey) bool {
	return slices.ContainsFunc(o.seals, func(c *round.Commitment) bool { return c.Subject == subject })
}

// next says what the validator has to do in the round now. It looks at nothing
// but its arguments.
func next(r *round.Round, gradients []*round.Gradient, mine own, validator solana.PublicKey, now time.Time) []job {
	switch r.Status {
	case round.Active:
		return inActive(r, gradients, mine, validator, now)
	case round.Finalized:
		return inFinalized(r, mine, now)
	}
	return nil
}

func inActive(r *round.Round, gradients []*round.Gradient, mine own, validator solana.PublicKey, now time.Time) (jobs []job) {
	if r.Creator == validator {
		return nil
	}
	add := func(subject solana.PublicKey, appeared time.Time, open bool) {
		s, ok := stepScore, open && !mine.scored(subject)
		if r.Options.CommitReveal {
			s, ok = sealing(mine.sealed(subject), mine.scored(subject), now.Sub(appeared), r.Options.CommitWindow)
		}
		if ok {
			jobs = append(jobs, job{r.ID, subject, s})
		}
	}
	add(round.BaseModel, r.CreatedAt, r.Gradients == 0 && r.Prevalidations() < maxScores && now.Before(r.SubmissionsClose()))
	for _, g := range gradients {
		if g.Trainer != validator {
			add(g.Trainer, g.SubmittedAt, len(g.Scores) < maxScores)
		}
	}
	return jobs
}

// sealing is the step of commit-reveal that is due so long after a model
// appeared: one window to seal the score, and one to open it.
func sealing(sealed, scored bool, since, window time.Duration) (step, bool) {
	switch {
	case scored:
		return 0, false
	case since < window:
		return stepScore, !sealed
	case since < 2*window:
		return stepReveal, sealed
	}
	return stepDrop, sealed
}

func inFinalized(r *round.Round, mine own, now time.Time) (jobs []job) {
	closable := !now.Before(r.FinalizedAt.Add(closeAfter))
	add := func(subject solana.PublicKey, claimed bool) {
		switch {
		case !claimed:
			jobs = append(jobs, job{r.ID, subject, stepClaim})
		case closable:
			jobs = append(jobs, job{r.ID, subject, stepClose})
		}
	}
	if mine.pre != nil {
		add(round.BaseModel, mine.pre.RewardClaimed)
	}
	for _, p := range mine.post {
		add(p.Trainer, p.RewardClaimed)
	}
	for _, c := range mine.seals {
		if !mine.scored(c.Subject) && closable {
			jobs = append(jobs, job{r.ID, c.Subject, stepDrop})
		}
	}
	return jobs
}

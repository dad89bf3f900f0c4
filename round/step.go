package round

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
)

// StepKind is what a [Step] does.
type StepKind uint8

// The kinds of steps.
const (
	StepSubmit          StepKind = iota + 1 // train, and submit the gradient
	StepScore                               // score a model
	StepCommit                              // score a model, and commit to the score
	StepReveal                              // reveal a score that was committed to
	StepClaim                               // claim the reward of a gradient, or the share for a score
	StepClose                               // take back the rent of a gradient or a score
	StepCloseCommitment                     // take back the rent of a commitment that was never revealed
	StepFinalize                            // finalize a round by force, after its deadline
	StepSlash                               // slash the outliers of a round
	StepSettle                              // settle the ratings of a round that are still open
	StepPublish                             // publish the head that was submitted to a sealed round
	StepDraw                                // draw the committee of a sealed round
	StepSlashUnopened                       // slash who never revealed a score of a sealed round
	StepCloseUnopened                       // take back the rent of the mark of such a slash; the subject is the validator
	StepCloseRound                          // close a round, which the rent of commitments and marks waits for
	StepSetSource                           // say where a submission is kept
	StepCloseSource                         // take back the rent of where a submission is said to be kept
)

var stepNames = map[StepKind]string{StepSubmit: "submit", StepScore: "score", StepCommit: "commit", StepReveal: "reveal",
	StepClaim: "claim", StepClose: "close", StepCloseCommitment: "close commitment",
	StepFinalize: "finalize", StepSlash: "slash", StepSettle: "settle", StepPublish: "publish",
	StepDraw: "draw", StepSlashUnopened: "slash unopened",
	StepCloseUnopened: "close unopened", StepCloseRound: "close round",
	StepSetSource: "set source", StepCloseSource: "close source"}

// String names the kind; an unknown one is shown as StepKind(99).
func (k StepKind) String() string {
	if name, ok := stepNames[k]; ok {
		return name
	}
	return fmt.Sprintf("StepKind(%d)", uint8(k))
}

// Step is something that a wallet could do about one model of a round.
type Step struct {
	Kind    StepKind         // what could be done
	RoundID uint64           // of the round
	Subject solana.PublicKey // the trainer of the gradient, or [BaseModel]
}

// anyStake and anyRating satisfy every round: whether stake and rating are high
// enough is for the caller to check.
const (
	anyStake  = math.MaxUint64
	anyRating = rating.Cap
)

// TrainerNext lists the steps that a trainer could take in a round now. mine is its
// gradient, nil if it has none; a nil round is closed. It does not check the
// trainer's rating. It suggests to close a gradient only once its reward was
// claimed, though the program would allow it later without. In a sealed round it suggests
// to publish the head for as long as it may be scored, whether it is published or not,
// which no account shows.
func TrainerNext(r *Round, mine *Gradient, trainer solana.PublicKey, now time.Time) []Step {
	switch {
	case mine == nil && r != nil && r.CanSubmit(trainer, anyRating, now) == nil:
		return []Step{{StepSubmit, r.ID, trainer}}
	case mine == nil:
		return nil
	case r != nil && r.Publishable(now):
		return []Step{{StepPublish, r.ID, trainer}}
	case r != nil && r.CanClaimTrainer(mine, &Vault{}) == nil:
		return []Step{{StepClaim, r.ID, trainer}}
	case (r == nil || mine.RewardClaimed) && r.CanCloseGradient(mine, trainer, now) == nil:
		return []Step{{StepClose, mine.RoundID, trainer}}
	}
	return nil
}

// SourceNext lists the steps that a trainer could take about where it says that it keeps its
// submission, beside those of [TrainerNext], which depend on none of them. mine is its gradient
// and said what the chain has, both nil if there is none; a nil round is closed. want is what
// it should say, empty if nothing. In a sealed round it suggests to say it only once
// submissions closed: until then others could copy what is there.
func SourceNext(r *Round, mine *Gradient, said *Source, want string, trainer solana.PublicKey, now time.Time) []Step {
	switch {
	case r != nil && mine != nil && want != "" && (said == nil || said.Text != want) && r.CanSetSource() == nil &&
		(!r.Sealed() || !now.Before(r.SubmissionsClose())):
		return []Step{{StepSetSource, r.ID, trainer}}
	case said != nil && r.CanCloseSource(now) == nil:
		return []Step{{StepCloseSource, said.RoundID, trainer}}
	}
	return nil
}

// ValidatorWork is what one validator has on chain in one round.
type ValidatorWork struct {
	Base        *PreValidation    // its score of the base model; nil: none
	Gradients   []*PostValidation // its scores of gradients
	Commitments []*Commitment     // its commitments that are not revealed
}

// Scored reports whether a subject has the validator's score.
func (w ValidatorWork) Scored(subject solana.PublicKey) bool {
	if subject == BaseModel {
		return w.Base != nil
	}
	return slices.ContainsFunc(w.Gradients, func(p *PostValidation) bool { return p.Trainer == subject })
}

// Committed reports whether there is a commitment to a score of a subject.
func (w ValidatorWork) Committed(subject solana.PublicKey) bool {
	return w.commitment(subject) != nil
}

// commitment is that to a score of a subject; nil if there is none.
func (w ValidatorWork) commitment(subject solana.PublicKey) *Commitment {
	i := slices.IndexFunc(w.Commitments, func(c *Commitment) bool { return c.Subject == subject })
	if i < 0 {
		return nil
	}
	return w.Commitments[i]
}

// ValidatorNext lists the steps that a validator could take in a round now, in the
// order of its models. gradients are those of the round to consider; a nil round
// is closed. It does not check the validator's stake. It suggests to close a score
// only once its share was claimed, though the program would allow it later
// without. Nor does it check whether the validator is in the committee of a sealed
// round: see [Round.InCommittee].
func ValidatorNext(r *Round, gradients []*Gradient, mine ValidatorWork, validator solana.PublicKey, now time.Time) []Step {
	var steps []Step
	if r != nil {
		steps = r.scoreSteps(nil, mine, validator, now)
		for _, g := range gradients {
			steps = append(steps, r.scoreSteps(g, mine, validator, now)...)
		}
	}
	if mine.Base != nil {
		steps = append(steps, paySteps(r, mine.Base, mine.Base.RoundID, BaseModel, now)...)
	}
	for _, p := range mine.Gradients {
		steps = append(steps, paySteps(r, p, p.RoundID, p.Trainer, now)...)
	}
	for _, c := range mine.Commitments {
		if r.CanCloseCommitment(c, now) == nil {
			steps = append(steps, Step{StepCloseCommitment, c.RoundID, c.Subject})
		}
	}
	return steps
}

// scoreSteps is the next step towards a score of a gradient, or of the base model
// (nil).
func (r *Round) scoreSteps(g *Gradient, mine ValidatorWork, validator solana.PublicKey, now time.Time) []Step {
	subject := BaseModel
	if g != nil {
		subject = g.Trainer
	}
	kind, err := StepScore, error(nil)
	switch c := mine.commitment(subject); {
	case mine.Scored(subject):
		return nil
	case c != nil && c.Sealed && !now.Before(c.RevealEnds):
		return nil // its sitting is over, and there is no second try
	case c != nil:
		kind, err = StepReveal, r.CanReveal(g, validator, anyStake, now)
	case r.Options.CommitReveal:
		kind, err = StepCommit, r.CanCommit(g, validator, anyStake, now)
	case g == nil:
		err = r.CanPrevalidate(validator, anyStake, now)
	default:
		err = r.CanPostvalidate(g, validator, anyStake)
	}
	if err != nil {
		return nil
	}
	return []Step{{kind, r.ID, subject}}
}

// paySteps is the next step about a score that exists: claim its share, then close
// it.
func paySteps(r *Round, v Validation, id uint64, subject solana.PublicKey, now time.Time) []Step {
	score := v.validation()
	switch {
	case r != nil && r.CanClaimValidator(v, &Vault{}) == nil:
		return []Step{{StepClaim, id, subject}}
	case (r == nil || score.claimed) && r.CanCloseValidation(v, score.validator, now) == nil:
		return []Step{{StepClose, id, subject}}
	}
	return nil
}

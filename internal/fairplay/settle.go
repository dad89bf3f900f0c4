package fairplay

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// A record is all of a round that decides who is paid.
type record struct {
	terms    *round.Round
	trainers []string // in order of submission
	votes    []vote
	withheld bool // the holdout's key never came
}

// A settlement is what everybody has more, or less, once all have claimed: pay, bonds and slashed stakes, in lamports,
// without fees of transactions and rent.
type settlement struct {
	gains     map[string]int64
	voted     map[string]bool // the validators that scored something
	remainder uint64          // what the creator gets back
}

// settle computes what a record pays, by packages reward and rating.
func (r record) settle() (settlement, error) {
	outcome, names := r.outcome()
	statement, err := reward.Divide(outcome)
	if err != nil {
		return settlement{}, err
	}
	s := settlement{gains: map[string]int64{}, voted: map[string]bool{}, remainder: statement.Remainder}
	for _, v := range r.votes {
		s.voted[v.validator] = true
	}
	for _, line := range statement.Lines {
		s.gains[names[line.Claimant]] += int64(line.Payment.Net)
	}
	if r.terms.HasHoldout() && len(r.trainers) > 0 && (r.withheld || statement.Shares.Improvement == 0) {
		s.remainder = 0 // the treasury's
	}
	r.takeBonds(s, outcome)
	r.slash(s, outcome)
	return s, nil
}

// outcome puts the votes in reward's form.
func (r record) outcome() (reward.Outcome, map[solana.PublicKey]string) {
	o := reward.Outcome{Terms: r.terms.Terms(), BaseQuorum: r.terms.Options.MinPrevalidations,
		GradientQuorum: r.terms.Options.MinPostvalidations, OutlierTolerance: r.terms.OutlierTolerance,
		Sealed: r.terms.Sealed(), Bond: r.terms.Bond()}
	names := map[solana.PublicKey]string{}
	for _, trainer := range r.trainers {
		names[address(trainer)] = trainer
		o.Gradients = append(o.Gradients, reward.Gradient{Trainer: address(trainer)})
	}
	for _, v := range r.votes {
		names[address(v.validator)] = v.validator
		score := reward.Score{Validator: address(v.validator), Accuracy: v.accuracy}
		switch {
		case !v.opened:
		case v.subject == 0:
			o.Base = append(o.Base, score)
		default:
			o.Gradients[v.subject-1].Scores = append(o.Gradients[v.subject-1].Scores, score)
		}
	}
	return o, names
}

// judged are the validations of a subject.
func judged(o reward.Outcome, subject int) rating.Validations {
	scores, quorum := o.Base, o.BaseQuorum
	if subject > 0 {
		scores, quorum = o.Gradients[subject-1].Scores, o.GradientQuorum
	}
	v := rating.Validations{Sealed: o.Sealed, Quorum: quorum}
	for _, s := range scores {
		v.Accuracies = append(v.Accuracies, s.Accuracy)
	}
	return v
}

// takeBonds takes the bonds of submissions that were found no better than the base.
func (r record) takeBonds(s settlement, o reward.Outcome) {
	base, counts := judged(o, 0).Consensus()
	for i, trainer := range r.trainers {
		if own, known := judged(o, i+1).Consensus(); counts && known && own <= base {
			s.gains[trainer] -= int64(o.Bond)
		}
	}
}

// slash takes a part of the stake for every outlier, and once for commitments that were not revealed.
func (r record) slash(s settlement, o reward.Outcome) {
	lost, silent := map[string]uint64{}, map[string]bool{}
	for _, v := range r.votes {
		if v.opened && judged(o, v.subject).Outlier(v.accuracy, o.OutlierTolerance) || !v.opened && !silent[v.validator] {
			lost[v.validator] += r.terms.SlashAmount()
			silent[v.validator] = silent[v.validator] || !v.opened
		}
	}
	for who, amount := range lost {
		s.gains[who] -= int64(min(amount, stake))
	}
}

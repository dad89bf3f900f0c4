package reward

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
)

// MaxGradients is the most gradients that one round can have.
const MaxGradients = 255

// Score is one validation of one model.
type Score struct {
	Validator solana.PublicKey // who scored
	Accuracy  uint32           // hundredths of a percent
}

// Gradient is one trainer's submission with its validations.
type Gradient struct {
	Trainer solana.PublicKey // who submitted it
	Scores  []Score          // at most 24, in any order
}

// Outcome is the part of a finalized round that decides the payments.
type Outcome struct {
	Terms            Terms      // what the round pays, and how it is divided
	BaseQuorum       uint8      // validations needed for a consensus on the base model
	GradientQuorum   uint8      // validations needed for a consensus on a gradient
	OutlierTolerance uint16     // hundredths of a percent
	Sealed           bool       // whether the round is a sealed one
	Bond             uint64     // lamports that each gradient of a sealed round put up
	Base             []Score    // validations of the base model, at most 24
	Gradients        []Gradient // in order of submission, at most 255
}

// Role is what a share is paid for.
type Role uint8

// The roles.
const (
	Trainer           Role = iota // improving the model
	BaseValidator                 // scoring the base model
	GradientValidator             // scoring a gradient
)

// String returns the name of the role.
func (r Role) String() string {
	switch r {
	case Trainer:
		return "trainer"
	case BaseValidator:
		return "base validator"
	case GradientValidator:
		return "gradient validator"
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// Line is one share of a round's reward.
type Line struct {
	Role        Role             // what it is paid for
	Claimant    solana.PublicKey // who may claim it
	Subject     solana.PublicKey // GradientValidator: the trainer of the gradient
	Accuracy    uint32           // Trainer: the consensus; else the validator's score; hundredths of a percent
	Improvement uint64           // Trainer only: what counts by the rule, hundredths of a percent
	Weight      uint64           // Trainer only: by what it shares the trainers' part, see [Weights]
	Payment     Payment          // for an outlier Net is 0 and Fee the whole share
	Outlier     bool             // the share is forfeited to the treasury: see [rating.Validations.Forfeit]
}

// Statement lists all payments of a round, once everybody has claimed.
type Statement struct {
	Shares       Shares // the terms and the totals that all payments follow from
	BaseAccuracy uint32 // consensus on the base model, hundredths of a percent
	Lines        []Line // trainers in order of submission, then base, then gradient validators
	Fees         uint64 // lamports to the treasury, including forfeited shares
	Remainder    uint64 // lamports back to the creator
}

// Net returns what one wallet gets for all its shares, in lamports.
func (s Statement) Net(who solana.PublicKey) uint64 {
	var sum uint64
	for _, l := range s.Lines {
		if l.Claimant == who {
			sum += l.Payment.Net
		}
	}
	return sum
}

// Paid returns what all claimants get together, in lamports.
func (s Statement) Paid() uint64 {
	var sum uint64
	for _, l := range s.Lines {
		sum += l.Payment.Net
	}
	return sum
}

// Divide computes who gets what if everybody claims and the treasury can take
// its fees. Reward + LostBonds = Paid + Fees + Remainder, exactly; bonds that come
// back are beside that. The error wraps
// [ErrInvalid] and says what is impossible in a round.
func Divide(o Outcome) (Statement, error) {
	base, gradients, err := o.validations()
	if err != nil {
		return Statement{}, err
	}
	each, total := Improvements(o.Terms.Rule, base, gradients)
	weights, _ := Weights(o.Terms.Rule, base, gradients)
	st := Statement{
		Shares:       Shares{Terms: o.Terms, Improvement: total, Validations: uint16(len(o.Base))},
		BaseAccuracy: base.Median(),
	}
	for i, g := range o.Gradients {
		st.Shares.Validations += uint16(len(g.Scores))
		if each[i] > 0 {
			st.Shares.Improving++
		}
	}
	if o.Bond > 0 {
		st.Shares.Bond, st.Shares.Gradients, st.Shares.BondsLost = o.Bond, uint8(len(o.Gradients)), lostBonds(base, gradients)
	}
	var ledger Ledger
	for i, g := range o.Gradients {
		if each[i] == 0 && o.Bond > 0 && !loses(base, gradients[i]) {
			ledger.ReturnBond()
		}
		st.Lines = append(st.Lines, Line{Role: Trainer, Claimant: g.Trainer, Accuracy: gradients[i].Median(),
			Improvement: each[i], Weight: weights[i], Payment: ledger.ClaimTrainer(st.Shares, weights[i], TreasuryTakes)})
	}
	st.addValidators(&ledger, o, base, Line{Role: BaseValidator}, o.Base)
	for i, g := range o.Gradients {
		st.addValidators(&ledger, o, gradients[i], Line{Role: GradientValidator, Subject: g.Trainer}, g.Scores)
	}
	st.Fees = ledger.Fees
	st.Remainder, err = ledger.Remainder(st.Shares)
	return st, err
}

func (s *Statement) addValidators(ledger *Ledger, o Outcome, v rating.Validations, line Line, scores []Score) {
	for _, score := range scores {
		line.Claimant, line.Accuracy = score.Validator, score.Accuracy
		line.Outlier = v.Forfeit(score.Accuracy, o.OutlierTolerance)
		if line.Outlier {
			gross := ledger.Forfeit(s.Shares, TreasuryTakes)
			line.Payment = Payment{Gross: gross, Fee: gross}
		} else {
			line.Payment = ledger.ClaimValidator(s.Shares, TreasuryTakes)
		}
		s.Lines = append(s.Lines, line)
	}
}

func (o Outcome) validations() (base rating.Validations, gradients []rating.Validations, err error) {
	if err := o.Terms.Check(); err != nil {
		return base, nil, err
	}
	if len(o.Gradients) > MaxGradients {
		return base, nil, fmt.Errorf("%w: %d gradients, at most %d are allowed", ErrInvalid, len(o.Gradients), MaxGradients)
	}
	base = o.judged(o.Base, o.BaseQuorum)
	if err := base.Check(); err != nil {
		return base, nil, fmt.Errorf("%w: base model: %w", ErrInvalid, err)
	}
	gradients = make([]rating.Validations, len(o.Gradients))
	for i, g := range o.Gradients {
		gradients[i] = o.judged(g.Scores, o.GradientQuorum)
		if err := gradients[i].Check(); err != nil {
			return base, nil, fmt.Errorf("%w: gradient of %s: %w", ErrInvalid, g.Trainer, err)
		}
	}
	return base, gradients, nil
}

// lostBonds counts the gradients that lose their bond.
func lostBonds(base rating.Validations, gradients []rating.Validations) (n uint8) {
	for _, g := range gradients {
		if loses(base, g) {
			n++
		}
	}
	return n
}

// loses reports whether a gradient was judged, and found no better than the base.
func loses(base, gradient rating.Validations) bool {
	b, baseCounts := base.Consensus()
	g, counts := gradient.Consensus()
	return baseCounts && counts && g <= b
}

func (o Outcome) judged(scores []Score, quorum uint8) rating.Validations {
	v := rating.Validations{Sealed: o.Sealed, Quorum: quorum, Accuracies: make([]uint32, len(scores))}
	for i, s := range scores {
		v.Accuracies[i] = s.Accuracy
	}
	return v
}

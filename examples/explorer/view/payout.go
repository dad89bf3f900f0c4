package view

import (
	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/reward"
)

// Payout is what one has of the reward in one role: a trainer for its submission, a validator for its score of the base, a
// validator for all its scores of submissions together.
type Payout struct {
	Role     reward.Role `json:"-"`
	RoleName string      `json:"role"`
	Claimant string      `json:"claimant"`
	Accuracy uint32      `json:"accuracy"` // of the submission or the base; 0 of scores together
	Gain     uint64      `json:"improvement"`
	Net      Amount      `json:"net"`
	Fee      Amount      `json:"fee"`
	Shares   int         `json:"shares"`   // how many there are together
	Outliers int         `json:"outliers"` // of them, forfeited
	Claimed  int         `json:"claimed"`  // of them
}

// share names one share of a round.
type share struct {
	role              reward.Role
	claimant, subject solana.PublicKey
}

func shareOf(l reward.Line) share {
	s := share{role: l.Role, claimant: l.Claimant}
	if l.Role == reward.GradientValidator {
		s.subject = l.Subject
	}
	return s
}

// claimed are the shares that were claimed, as the accounts that they are for say.
func (a accounts) claimed() map[share]bool {
	all := map[share]bool{}
	for _, g := range a.gradients {
		all[share{role: reward.Trainer, claimant: g.Trainer}] = g.RewardClaimed
	}
	for _, p := range a.base {
		all[share{role: reward.BaseValidator, claimant: p.Validator}] = p.RewardClaimed
	}
	for _, p := range a.scores {
		all[share{reward.GradientValidator, p.Validator, p.Trainer}] = p.RewardClaimed
	}
	return all
}

// payoutsOf lists the shares in the order of the statement, and what was paid of them.
func payoutsOf(s reward.Statement, a accounts) (all []Payout, paid paid) {
	all = []Payout{}
	claimed, at := a.claimed(), map[share]int{}
	for _, l := range s.Lines {
		whose := share{role: l.Role, claimant: l.Claimant}
		i, found := at[whose]
		if !found {
			i = len(all)
			at[whose] = i
			all = append(all, Payout{Role: l.Role, RoleName: roleName(l.Role), Claimant: l.Claimant.String()})
		}
		p := &all[i]
		if l.Role != reward.GradientValidator {
			p.Accuracy, p.Gain = l.Accuracy, l.Improvement
		}
		p.Net, p.Fee, p.Shares = p.Net+Amount(l.Payment.Net), p.Fee+Amount(l.Payment.Fee), p.Shares+1
		if l.Outlier {
			p.Outliers++
		}
		if claimed[shareOf(l)] {
			p.Claimed++
			paid.add(l)
		}
	}
	return all, paid
}

// paid is what was claimed, in lamports.
type paid struct{ trainers, validators, fees uint64 }

func (p *paid) add(l reward.Line) {
	if l.Role == reward.Trainer {
		p.trainers += l.Payment.Net
	} else {
		p.validators += l.Payment.Net
	}
	p.fees += l.Payment.Fee
}

func roleName(role reward.Role) string {
	switch role {
	case reward.Trainer:
		return "trainer"
	case reward.BaseValidator:
		return "validator of the base"
	}
	return "validator of submissions"
}

package fairplay

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/reward"
)

// A Round is one attack in one mode.
type Round struct {
	Attack Attack
	Mode   Mode
	First  bool // the attacker hands in before the honest trainers, else behind them
}

// An Outcome is what a round brings, in lamports.
type Outcome struct {
	Honest   float64 // mean of the honest trainers or, where the attacker is a validator, of the honest ones that were drawn
	Attacker float64 // all that the attacker has more than before, or the mean of its validators that were drawn: see [Role]
	Best     float64 // the same, or the best of its validators
}

// Wins reports whether an honest one earns at least as much as the attacker.
func (o Outcome) Wins() bool { return o.Honest > o.Best-1 } // a lamport, for the mean is rounded

// Play plays a round.
func (l *Lab) Play(r Round) (Outcome, error) {
	rec, err := l.record(r)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s, %v: %w", r.Attack.Name, r.Mode, err)
	}
	s, err := rec.settle()
	if err != nil || r.Attack.Role != Creator {
		return r.outcome(s), err
	}
	honest, err := l.record(Round{Mode: r.Mode})
	if err != nil {
		return Outcome{}, err
	}
	without, err := honest.settle()
	o := r.outcome(s)
	o.Attacker += float64(s.remainder) - float64(without.remainder)
	o.Best = o.Attacker
	return o, err
}

// outcome adds up who earned what.
func (r Round) outcome(s settlement) (o Outcome) {
	if r.Attack.Role == Validator {
		o.Honest, _ = s.seats(numbered(honestValidator, r.Mode.validators()))
	} else {
		o.Honest = s.sum(numbered(honestTrainer, Trainers)) / Trainers
	}
	bad := numbered(attackingValidator, r.voters())
	if r.Attack.Role == Validator && !r.Attack.person {
		o.Attacker, o.Best = s.seats(bad)
		return o
	}
	o.Attacker = s.sum(bad) + s.sum(numbered("attacker", reward.MaxGradients))
	o.Best = o.Attacker
	return o
}

// sum is what some wallets have more.
func (s settlement) sum(wallets []string) (all float64) {
	for _, name := range wallets {
		all += float64(s.gains[name])
	}
	return all
}

// seats are the mean and the best of those who scored; 0 if nobody did.
func (s settlement) seats(validators []string) (mean, best float64) {
	drawn := slices.DeleteFunc(validators, func(name string) bool { return !s.voted[name] })
	for i, name := range drawn {
		gain := float64(s.gains[name])
		mean += gain / float64(len(drawn))
		if i == 0 || gain > best {
			best = gain
		}
	}
	return mean, best
}

const (
	honestTrainer      = "trainer"
	honestValidator    = "validator"
	attackingValidator = "attacking validator"
)

// voters is the number of the attacker's validators.
func (r Round) voters() int {
	if r.Attack.many == nil {
		return 0
	}
	return r.Attack.many(r.Mode)
}

// record plays a round up to its end, when its votes are known.
func (l *Lab) record(r Round) (record, error) {
	all, err := l.handIn(r)
	if err != nil {
		return record{}, err
	}
	all = all[:min(len(all), reward.MaxGradients)] // there are no more places
	test := r.test()
	scores, err := l.judge(r.Mode, test, all)
	if err != nil {
		return record{}, err
	}
	rec := record{terms: r.Mode.terms(len(l.public.y)), withheld: r.Attack.hide}
	friends := map[string]bool{}
	for _, s := range all {
		rec.trainers = append(rec.trainers, s.trainer)
	}
	for _, name := range numbered("attacker", 255) {
		friends[name] = true
	}
	truths := append([]uint32{l.judges[test].Base()}, scores...)
	p := poll{terms: rec.terms, voters: r.cast(), truths: truths, handed: all, friends: friends, rng: l.rng("lots " + r.Attack.Name)}
	rec.votes = p.votes()
	return rec, nil
}

// test is what heads are scored on.
func (r Round) test() test {
	switch {
	case r.Mode != FairHoldout || r.Attack.hide:
		return public
	case r.Attack.spoil:
		return spoiled
	}
	return hidden
}

// handIn are all submissions, in the order in which they come.
func (l *Lab) handIn(r Round) ([]submission, error) {
	s := &scene{Lab: l, mode: r.Mode, first: r.First || r.Attack.early, rng: l.rng("attack " + r.Attack.Name)}
	for i, name := range numbered(honestTrainer, Trainers) {
		head, err := l.honest(r.Mode, i)
		if err != nil {
			return nil, err
		}
		packed, err := l.pack(name, head)
		if err != nil {
			return nil, err
		}
		s.heads, s.honest = append(s.heads, head), append(s.honest, packed)
	}
	if r.Attack.hand == nil {
		return s.honest, nil
	}
	attacker, err := r.Attack.hand(s)
	if s.first {
		return append(attacker, s.honest...), err
	}
	return append(s.honest, attacker...), err
}

// cast are the validators: the attacker's first in sealed rounds, where places may be short, last in open ones.
func (r Round) cast() (all []voter) {
	for _, name := range numbered(honestValidator, r.Mode.validators()) {
		all = append(all, voter{name, honestly})
	}
	var bad []voter
	for _, name := range numbered(attackingValidator, r.voters()) {
		bad = append(bad, voter{name, r.Attack.votes})
	}
	if r.Mode.Sealed() {
		return append(bad, all...)
	}
	return append(all, bad...)
}

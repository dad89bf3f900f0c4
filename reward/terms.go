// Package reward holds the rules by which a round's reward is divided: what
// trainers and validators get, what the treasury keeps, what is forfeited and
// what goes back to the creator.
//
// Everything here is pure integer arithmetic: no clock, no I/O, no chain types
// beyond keys. The on-chain program follows the same rules, and the tests of
// package round hold the two against each other, to the lamport.
//
// [Divide] answers the question people ask ("who gets what?") for a whole
// round. [Shares] and [Ledger] are the steps beneath it, one claim at a time.
//
// # Units
//
// Amounts are lamports (1 SOL = 1,000,000,000). Shares and fees are basis
// points (10,000 = 100 %). Accuracies and improvements are hundredths of a
// percent. Every division rounds down.
package reward

import (
	"errors"
	"fmt"
	"math/bits"
)

const (
	basisPoints = 10_000
	// maxFeeBps is the highest fee that the protocol allows: 10 %.
	maxFeeBps = 1_000
	// dustDivisor is the least number of shares a validators' pool is cut into
	// where nobody improved the model, so that a single validation of dust
	// cannot earn the whole pool.
	dustDivisor = 32
)

// ErrInvalid is wrapped by every error about arguments that no round could
// have.
var ErrInvalid = errors.New("reward: invalid")

// Rule says how improvements are counted.
type Rule uint8

// The rules.
const (
	// Proportional counts every gradient's improvement over the base model.
	Proportional Rule = 0
	// Marginal counts, in order of submission, only what a gradient adds to
	// the best one before it: an exact copy earns nothing.
	Marginal Rule = 1
)

// String names the rule; an unknown one is shown as Rule(7).
func (r Rule) String() string {
	switch r {
	case Proportional:
		return "proportional"
	case Marginal:
		return "marginal"
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// Terms are the terms of a round as far as money goes. They are fixed when the
// round is created.
type Terms struct {
	Reward            uint64 // what the creator put into escrow, lamports
	ValidatorShareBps uint16 // the validators' part of it, basis points
	FeeBps            uint16 // the treasury's part of every payment, basis points
	Rule              Rule
}

// Check tells whether a round can have these terms.
func (t Terms) Check() error {
	switch {
	case t.ValidatorShareBps > basisPoints:
		return fmt.Errorf("%w: validators' share of %d basis points is over 100 %%", ErrInvalid, t.ValidatorShareBps)
	case t.FeeBps > maxFeeBps:
		return fmt.Errorf("%w: fee of %d basis points is over 10 %%", ErrInvalid, t.FeeBps)
	case t.Rule != Proportional && t.Rule != Marginal:
		return fmt.Errorf("%w: unknown reward rule %d", ErrInvalid, t.Rule)
	}
	return nil
}

// ValidatorPool is V, what all validators share. (A share over 100 %, which no
// round can have, counts as 100 %; so does a fee in Payment.)
func (t Terms) ValidatorPool() uint64 {
	return mulDiv(t.Reward, min(uint64(t.ValidatorShareBps), basisPoints), basisPoints)
}

// TrainerPool is T, what all trainers share.
func (t Terms) TrainerPool() uint64 { return t.Reward - t.ValidatorPool() }

// Payment divides a gross amount into the treasury's fee and the claimant's
// net.
func (t Terms) Payment(gross uint64) Payment {
	fee := mulDiv(gross, min(uint64(t.FeeBps), basisPoints), basisPoints)
	return Payment{Gross: gross, Fee: fee, Net: gross - fee}
}

// Payment is one claim, in lamports: Gross = Fee + Net.
type Payment struct{ Gross, Fee, Net uint64 }

// Shares are the terms of a finalized round together with how its validators
// and trainers did, which fixes every single share.
type Shares struct {
	Terms
	Validations uint16 // N: validations of the base and of every gradient
	Improvement uint64 // I: sum of all improvements, hundredths of a percent
	Improving   uint8  // number of gradients with an improvement over 0
}

// TrainerGross is the gross share of a gradient with that improvement:
// ⌊T·improvement/I⌋.
func (s Shares) TrainerGross(improvement uint64) uint64 {
	if s.Improvement == 0 || improvement == 0 {
		return 0
	}
	return mulDiv(s.TrainerPool(), min(improvement, s.Improvement), s.Improvement)
}

// ValidatorGross is v, the gross share of one validation: ⌊V/N⌋, or
// ⌊V/max(N, 32)⌋ where no gradient improved the model.
func (s Shares) ValidatorGross() uint64 {
	n := uint64(s.Validations)
	if n == 0 {
		return 0
	}
	if s.Improvement == 0 {
		n = max(n, dustDivisor)
	}
	return s.ValidatorPool() / n
}

// mulDiv is ⌊a·b/c⌋ for b ≤ c, which never overflows.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// Package reward holds the rules by which a round's reward is divided: what
// trainers and validators get, what the treasury takes, what is forfeited, and
// what goes back to the creator.
//
// Everything here is pure integer arithmetic: no clock, no I/O, no chain types
// beyond keys. The on-chain program follows the same rules, and the tests of
// package round compare the two, to the lamport.
//
// [Divide] computes who gets what for a whole round. [Shares] and [Ledger] are
// its steps, one claim at a time.
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
	// dustDivisor is the least number of shares into which the validators' pool
	// is divided if no gradient improved the model, so that a single validation
	// cannot earn the whole pool.
	dustDivisor = 32
	// maxBond is the largest bond: 255 of them fit a number.
	maxBond = 1 << 55
)

// ErrInvalid is wrapped by every error about arguments that are impossible for
// a round.
var ErrInvalid = errors.New("reward: invalid")

// Rule says how improvements are counted.
type Rule uint8

// The rules.
const (
	// Proportional counts every gradient's improvement over the base model.
	Proportional Rule = 0
	// Marginal counts, in order of submission, only the improvement of a
	// gradient over the best one before it: an exact copy earns nothing.
	Marginal Rule = 1
	// WinRate pays the best gradients, those with half of the best one's improvement or
	// more, by how many of each other they beat: see [Weights]. It does not matter by how
	// much, nor who came first. The same gradient in two wallets is paid twice.
	WinRate Rule = 2
)

// String returns the name of the rule; an unknown one is, for example, Rule(7).
func (r Rule) String() string {
	switch r {
	case Proportional:
		return "proportional"
	case Marginal:
		return "marginal"
	case WinRate:
		return "win rate"
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// Terms are the financial terms of a round, fixed when it is created.
type Terms struct {
	Reward            uint64 // lamports that the creator put into escrow
	ValidatorShareBps uint16 // the validators' share of it, basis points, 0 to 10,000
	FeeBps            uint16 // the treasury's share of every payment, basis points, 0 to 1,000
	Rule              Rule   // how improvements are counted
}

// Check returns an error unless a round can have these terms.
func (t Terms) Check() error {
	switch {
	case t.ValidatorShareBps > basisPoints:
		return fmt.Errorf("%w: validators' share of %d basis points is over 100 %%", ErrInvalid, t.ValidatorShareBps)
	case t.FeeBps > maxFeeBps:
		return fmt.Errorf("%w: fee of %d basis points is over 10 %%", ErrInvalid, t.FeeBps)
	case t.Rule > WinRate:
		return fmt.Errorf("%w: unknown reward rule %d", ErrInvalid, t.Rule)
	}
	return nil
}

// ValidatorPool returns V, the lamports that all validators share. (A share
// over 100 %, which no round can have, counts as 100 %; so does a fee in
// Payment.)
func (t Terms) ValidatorPool() uint64 {
	return mulDiv(t.Reward, min(uint64(t.ValidatorShareBps), basisPoints), basisPoints)
}

// TrainerPool returns T, the lamports that all trainers share.
func (t Terms) TrainerPool() uint64 { return t.Reward - t.ValidatorPool() }

// Payment divides a gross amount of lamports into the treasury's fee and the
// claimant's net amount.
func (t Terms) Payment(gross uint64) Payment {
	fee := mulDiv(gross, min(uint64(t.FeeBps), basisPoints), basisPoints)
	return Payment{Gross: gross, Fee: fee, Net: gross - fee}
}

// Payment is the amount of one claim in lamports: Gross = Fee + Net.
type Payment struct {
	Gross uint64 // the share before the fee
	Fee   uint64 // to the treasury
	Net   uint64 // to the claimant
}

// Shares are the terms of a finalized round together with its totals, which
// determine every share.
type Shares struct {
	Terms
	Validations uint16 // N: number of validations of the base and of all gradients
	Improvement uint64 // I: sum of all improvements that count by the rule, hundredths of a percent
	Improving   uint8  // n: number of gradients with such an improvement over 0

	// Of rounds whose gradients put up a bond; all 0 in others.
	Bond      uint64 // lamports that each gradient put up, at most 2^55
	Gradients uint8  // number of gradients
	BondsLost uint8  // L: number of gradients that were judged, and found no better than the base
}

// LostBonds returns the lamports that the validators share beside their pool.
func (s Shares) LostBonds() uint64 { return s.Bond * uint64(s.BondsLost) }

// TrainerClaims returns how many claims of trainers pay something: a share of the
// reward, or their bond.
func (s Shares) TrainerClaims() uint8 {
	if s.Bond > 0 {
		return s.Gradients - s.BondsLost
	}
	return s.Improving
}

// TotalWeight returns what the weights of all gradients add up to: I, and n·(n + 1)
// under [WinRate]; 0 if no gradient improved the model.
func (s Shares) TotalWeight() uint64 {
	if s.Rule == WinRate {
		return uint64(s.Improving) * (uint64(s.Improving) + 1)
	}
	return s.Improvement
}

// TrainerGross returns the gross share of a gradient with the given weight:
// ⌊T·weight/[Shares.TotalWeight]⌋ lamports. The weight is the gradient's improvement, and
// under [WinRate] what [Weights] has for it.
func (s Shares) TrainerGross(weight uint64) uint64 {
	total := s.TotalWeight()
	if total == 0 || weight == 0 {
		return 0
	}
	return mulDiv(s.TrainerPool(), min(weight, total), total)
}

// ValidatorGross returns v, the gross share of one validation: ⌊V/N⌋ lamports,
// or ⌊V/max(N, 32)⌋ if no gradient improved the model; and ⌊bond·L/N⌋ of the lost
// bonds.
func (s Shares) ValidatorGross() uint64 {
	n := uint64(s.Validations)
	if n == 0 {
		return 0
	}
	among := n
	if s.TotalWeight() == 0 {
		among = max(n, dustDivisor)
	}
	return s.ValidatorPool()/among + s.LostBonds()/n
}

// mulDiv returns ⌊a·b/c⌋ for b ≤ c, which cannot overflow.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// Package rating holds the rules by which the round program judges models and
// trainers: the consensus of several validations, outliers, improvements, and
// how a trainer's rating changes.
//
// Everything here is pure integer arithmetic: no clock, no I/O, no chain. The
// on-chain program follows the same rules, and the tests of package round
// compare the two.
//
// # Units
//
// Accuracies are hundredths of a percent, 0 to [MaxAccuracy]: 8512 is 85.12 %.
// Stars are hundredths of a star, [Floor] to [Cap]: 499 is 4.99 ★.
package rating

import "fmt"

// MaxAccuracy is the highest possible accuracy: 100 %, in hundredths of a
// percent.
const MaxAccuracy = 10_000

// FormatAccuracy formats an accuracy for people, such as "85.12 %".
func FormatAccuracy(accuracy uint32) string {
	return fmt.Sprintf("%d.%02d %%", accuracy/100, accuracy%100)
}

// Profile is a trainer's record on chain.
type Profile struct {
	Stars      Stars  // current rating
	Total      uint32 // gradients that were judged
	Successful uint32 // of them, better than the base model
	Slashed    uint16 // of them, worse than the base model
}

// NewProfile returns the profile of a trainer without any gradient.
func NewProfile() Profile { return Profile{Stars: Start} }

// Settle returns the profile after one more gradient was judged. A gradient
// worse than the base model costs one [Step], a better one earns one, an equal
// one leaves the rating as it is. If the base or the gradient lacks its quorum,
// nothing was judged and the profile does not change.
//
// Counters saturate at the end of their range.
func (p Profile) Settle(base, gradient Validations) Profile {
	b, baseCounts := base.Consensus()
	g, gradientCounts := gradient.Consensus()
	if !baseCounts || !gradientCounts {
		return p
	}
	p.Total = addSaturating(p.Total)
	switch {
	case g < b:
		p.Stars = max(p.Stars, Floor+Step) - Step
		if p.Slashed < ^uint16(0) {
			p.Slashed++
		}
	case g > b:
		p.Stars = min(p.Stars+Step, Cap)
		p.Successful = addSaturating(p.Successful)
	}
	return p
}

func addSaturating(n uint32) uint32 {
	if n == ^uint32(0) {
		return n
	}
	return n + 1
}

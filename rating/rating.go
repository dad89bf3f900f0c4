// Package rating holds the rules by which the round program judges models and
// trainers: the consensus of several validations, who is an outlier, what
// counts as an improvement, and how a trainer's stars move.
//
// Everything here is pure integer arithmetic: no clock, no I/O, no chain. The
// on-chain program follows the same rules, and the tests of package round hold
// the two against each other.
//
// # Units
//
// Accuracies are hundredths of a percent, 0 to [MaxAccuracy]: 8512 is 85.12 %.
// Stars are hundredths of a star, [Floor] to [Cap]: 499 is 4.99 ★.
package rating

import "fmt"

// MaxAccuracy is the highest accuracy there is: 100 %, in hundredths of a
// percent.
const MaxAccuracy = 10_000

// FormatAccuracy shows an accuracy as people read it, such as "85.12 %".
func FormatAccuracy(accuracy uint32) string {
	return fmt.Sprintf("%d.%02d %%", accuracy/100, accuracy%100)
}

// Profile is what the chain remembers of a trainer.
type Profile struct {
	Stars      Stars
	Total      uint32 // gradients that were judged
	Successful uint32 // of them, better than the base model
	Slashed    uint16 // of them, worse than the base model
}

// NewProfile is the profile of a trainer who has not submitted anything yet.
func NewProfile() Profile { return Profile{Stars: Start} }

// Settle is the profile after one more gradient was judged. A gradient that is
// worse than the base model costs one [Step], a better one earns one, an equal
// one changes nothing. Where either the base or the gradient lacks its quorum,
// nothing was judged and the profile stays as it is.
//
// Counters stop at the end of their range.
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

package reward

import "github.com/decloud-sdk/decloud-go/rating"

// Improvements counts what each gradient adds, under a rule, and their sum.
// Gradients stand in the order of their submission. A gradient without its
// quorum counts nothing, and is not the one to beat either; without a quorum of
// the base, none counts.
func Improvements(rule Rule, base rating.Validations, gradients []rating.Validations) (each []uint64, total uint64) {
	each = make([]uint64, len(gradients))
	best, counts := base.Consensus()
	if !counts {
		return each, 0
	}
	for i, g := range gradients {
		consensus, counts := g.Consensus()
		if !counts {
			continue
		}
		each[i] = uint64(rating.Improvement(best, consensus))
		total += each[i]
		if rule == Marginal {
			best = max(best, consensus)
		}
	}
	return each, total
}

package reward

import "github.com/decloud-sdk/decloud-go/rating"

// Improvements returns the improvement of each gradient under a rule, in
// hundredths of a percent, and their sum. gradients must be in order of
// submission. A gradient without quorum counts 0 and, under Marginal, need not
// be surpassed by later ones; if the base lacks its quorum, all count 0.
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

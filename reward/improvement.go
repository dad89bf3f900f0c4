package reward

import "github.com/decloud-sdk/decloud-go/rating"

// Improvements returns the improvement of each gradient under a rule, in
// hundredths of a percent, and their sum. gradients must be in order of
// submission. A gradient without quorum counts 0 and, under Marginal, need not
// be surpassed by later ones; if the base lacks its quorum, all count 0. Under WinRate
// those count 0 that improve the base by less than half as much as the best one.
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
	if rule == WinRate {
		return competing(each)
	}
	return each, total
}

// competing keeps the improvements that are at least half of the best one.
func competing(all []uint64) (each []uint64, total uint64) {
	best := uint64(0)
	for _, improvement := range all {
		best = max(best, improvement)
	}
	for i, improvement := range all {
		if 2*improvement < best {
			all[i] = 0
		}
		total += all[i]
	}
	return all, total
}

// Weights returns by what each gradient shares the trainers' part of the reward under a
// rule ([Shares.TrainerGross]), and the sum: its improvement, and under WinRate
//
//	w_i = 2·#{j ≠ i: s_j < s_i} + #{j ≠ i: s_j = s_i} + 2
//
// for each of the n gradients that compete, s being their consensuses: 2 for each that it
// beats, 1 for each that it draws with, and 2 for taking part. Each pair shares 2, so the
// sum is n·(n − 1) + 2n = n·(n + 1), ties or not. Those whose improvement counts 0
// ([Improvements]) do not compete.
func Weights(rule Rule, base rating.Validations, gradients []rating.Validations) (each []uint64, total uint64) {
	improvements, sum := Improvements(rule, base, gradients)
	if rule != WinRate {
		return improvements, sum
	}
	each = make([]uint64, len(gradients))
	for i, own := range improvements {
		if own > 0 {
			each[i] = 2 + wins(improvements, i)
			total += each[i]
		}
	}
	return each, total
}

// wins is 2 for each improvement below that with an index, and 1 for each other one that
// equals it. All above 0 compete.
func wins(improvements []uint64, index int) (n uint64) {
	for j, other := range improvements {
		switch {
		case j == index || other == 0:
		case other < improvements[index]:
			n += 2
		case other == improvements[index]:
			n++
		}
	}
	return n
}

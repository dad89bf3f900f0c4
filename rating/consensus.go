package rating

import (
	"fmt"
	"slices"
)

// MaxValidations is how many validations one model can have.
const MaxValidations = 24

// MinJudges is how many validations it takes before one of them can be called
// an outlier: of two that disagree, nobody can say which is wrong.
const MinJudges = 3

// Validations are the accuracies that validators reported for one model, in any
// order, and how many of them it takes until their median counts.
type Validations struct {
	Accuracies []uint32
	Quorum     uint8
}

// Check tells whether a program could have accepted these validations: at most
// [MaxValidations] of them, none over [MaxAccuracy].
func (v Validations) Check() error {
	if len(v.Accuracies) > MaxValidations {
		return fmt.Errorf("rating: %d validations of one model, at most %d are possible", len(v.Accuracies), MaxValidations)
	}
	for i, a := range v.Accuracies {
		if a > MaxAccuracy {
			return fmt.Errorf("rating: validation %d has accuracy %d, the highest is %d (100 %%)", i, a, MaxAccuracy)
		}
	}
	return nil
}

// Median is the median of the accuracies: for an even number of them the mean
// of the two in the middle, rounded down; 0 for none.
func (v Validations) Median() uint32 {
	n := len(v.Accuracies)
	if n == 0 {
		return 0
	}
	sorted := slices.Clone(v.Accuracies)
	slices.Sort(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return uint32((uint64(sorted[n/2-1]) + uint64(sorted[n/2])) / 2)
}

// Consensus is the median, and whether it counts: whether the quorum was
// reached. Without any validation nothing counts, whatever the quorum.
func (v Validations) Consensus() (accuracy uint32, counts bool) {
	n := len(v.Accuracies)
	return v.Median(), n > 0 && n >= int(v.Quorum)
}

// Improvement is by how much the model is better than the base, 0 if it is not
// or if one of the two lacks its quorum.
func (v Validations) Improvement(base Validations) uint32 {
	b, baseCounts := base.Consensus()
	own, counts := v.Consensus()
	if !baseCounts || !counts {
		return 0
	}
	return Improvement(b, own)
}

// Improvement is max(0, consensus − base).
func Improvement(base, consensus uint32) uint32 {
	return max(consensus, base) - base
}

// Outlier tells whether a validation is further than tolerance from the
// consensus. Nobody is an outlier before the quorum and [MinJudges] are
// reached.
func (v Validations) Outlier(accuracy uint32, tolerance uint16) bool {
	consensus, counts := v.Consensus()
	if !counts || len(v.Accuracies) < MinJudges {
		return false
	}
	return Distance(accuracy, consensus) > uint32(tolerance)
}

// Distance is |a − b|.
func Distance(a, b uint32) uint32 {
	return max(a, b) - min(a, b)
}

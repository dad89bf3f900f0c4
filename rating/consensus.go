package rating

import (
	"fmt"
	"slices"
)

// MaxValidations is the most validations that one model can have.
const MaxValidations = 24

// MinJudges is the number of validations from which one of them can be an
// outlier: of two that disagree, it is unknown which one is wrong.
const MinJudges = 3

// Validations are the accuracies that validators reported for one model, in any
// order, and the quorum that makes their median count.
type Validations struct {
	Accuracies []uint32 // hundredths of a percent, 0 to MaxAccuracy
	Quorum     uint8    // validations needed for a consensus
	// Sealed is set for those of a sealed round, whose consensus is always one of
	// the scores, and in which 0 stands for a model that could not be fetched.
	Sealed bool
}

// Check returns an error unless the program can have accepted these
// validations: at most [MaxValidations], none over [MaxAccuracy].
func (v Validations) Check() error {
	if len(v.Accuracies) > MaxValidations {
		return fmt.Errorf("rating: %d validations of one model, at most %d are allowed", len(v.Accuracies), MaxValidations)
	}
	for i, a := range v.Accuracies {
		if a > MaxAccuracy {
			return fmt.Errorf("rating: validation %d has accuracy %d, the highest is %d (100 %%)", i, a, MaxAccuracy)
		}
	}
	return nil
}

// Median returns the median of the accuracies: for an even number of them the
// mean of the two in the middle, rounded down, or the lower one in a sealed round;
// 0 for none.
func (v Validations) Median() uint32 {
	n := len(v.Accuracies)
	if n == 0 {
		return 0
	}
	sorted := slices.Clone(v.Accuracies)
	slices.Sort(sorted)
	if n%2 == 1 || v.Sealed {
		return sorted[(n-1)/2]
	}
	return uint32((uint64(sorted[n/2-1]) + uint64(sorted[n/2])) / 2)
}

// Consensus returns the median and whether it counts, that is, whether the
// quorum was reached. Without validations it never counts, whatever the quorum.
func (v Validations) Consensus() (accuracy uint32, counts bool) {
	n := len(v.Accuracies)
	return v.Median(), n > 0 && n >= int(v.Quorum)
}

// Improvement returns by how much the model is better than the base, in
// hundredths of a percent; 0 if it is not better or one of the two lacks its
// quorum.
func (v Validations) Improvement(base Validations) uint32 {
	b, baseCounts := base.Consensus()
	consensus, counts := v.Consensus()
	if !baseCounts || !counts {
		return 0
	}
	return Improvement(b, consensus)
}

// Improvement returns max(0, consensus − base).
func Improvement(base, consensus uint32) uint32 {
	return max(consensus, base) - base
}

// Outlier reports whether a validation differs from the consensus by more than
// tolerance, in hundredths of a percent. There are no outliers before the
// quorum and [MinJudges] are reached. In a sealed round a 0 is none, and neither is
// another score where the consensus is 0: see [Validations.Forfeit].
func (v Validations) Outlier(accuracy uint32, tolerance uint16) bool {
	consensus, counts := v.Consensus()
	if !counts || len(v.Accuracies) < MinJudges || v.Sealed && (accuracy == 0 || consensus == 0) {
		return false
	}
	return Distance(accuracy, consensus) > uint32(tolerance)
}

// Forfeit reports whether a validation is not paid: it is an outlier or, in a sealed
// round, says that there was nothing to score where the consensus says that there
// was, or the other way round.
func (v Validations) Forfeit(accuracy uint32, tolerance uint16) bool {
	consensus, counts := v.Consensus()
	if v.Sealed && counts && len(v.Accuracies) >= MinJudges && (accuracy == 0) != (consensus == 0) {
		return true
	}
	return v.Outlier(accuracy, tolerance)
}

// Distance returns |a − b|.
func Distance(a, b uint32) uint32 {
	return max(a, b) - min(a, b)
}

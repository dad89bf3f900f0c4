package round

import (
	"cmp"
	"slices"
)

const (
	// MaxEpoch is the largest number of an epoch of a contest.
	MaxEpoch = 9999
	// EpochsBefore is in how many rounds before a data round rows count as their submitters'.
	EpochsBefore = 8
)

// Epoch is which epoch of a contest the round is: 1, 2, …; 0 if it is none. A contest is that of the round's
// creator about the round's package. The number is in the last four digits of the bond.
func (r *Round) Epoch() int {
	if r.Task() != TaskData {
		return 0
	}
	return int(r.Bond() % (MaxEpoch + 1))
}

// Before picks from rounds those whose submissions a data round's are compared with, ordered by id: the last
// [EpochsBefore] data rounds of its creator about its package that were finalized when it was created. What is
// finalized later does not count, so that the answer is the same for everybody and at all times, as long as these
// rounds are on the chain.
func (r *Round) Before(rounds []*Round) []*Round {
	var before []*Round
	for _, e := range rounds {
		if e.ID < r.ID && e.Task() == TaskData && e.Creator == r.Creator && e.ModelCID == r.ModelCID &&
			e.Status == Finalized && !e.FinalizedAt.After(r.CreatedAt) {
			before = append(before, e)
		}
	}
	slices.SortFunc(before, func(a, b *Round) int { return cmp.Compare(a.ID, b.ID) })
	return before[max(0, len(before)-EpochsBefore):]
}

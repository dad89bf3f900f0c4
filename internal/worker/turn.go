package worker

import (
	"cmp"
	"slices"
	"time"
)

// turn is a job with what decides when it starts.
type turn[J comparable] struct {
	job    J
	failed bool      // then it comes after all that did not
	last   time.Time // among those: when it was tried last
	round  int       // among the others: how many of its owner come before it
}

// inTurn are the jobs that may start now, in the order in which they should: fresh ones before those that failed, the
// fresh ones of different owners in turns, and those that failed by how long ago they were tried. Within that the order
// of the list stays. l.mu is held.
func (l *loop[J]) inTurn(jobs []J, now time.Time) []J {
	before := l.owned()
	var turns []turn[J]
	for _, j := range jobs {
		a := l.failed[j]
		if l.flights[j] != nil || !a.dueAt(now) {
			continue
		}
		t := turn[J]{job: j}
		if l.hasFailed(j) {
			t.failed, t.last = true, a.last
		} else {
			owner := l.owner(j)
			t.round = before[owner]
			before[owner]++
		}
		turns = append(turns, t)
	}
	slices.SortStableFunc(turns, func(a, b turn[J]) int {
		switch {
		case a.failed && b.failed:
			return a.last.Compare(b.last)
		case a.failed:
			return 1
		case b.failed:
			return -1
		}
		return cmp.Compare(a.round, b.round)
	})
	sorted := make([]J, len(turns))
	for i, t := range turns {
		sorted[i] = t.job
	}
	return sorted
}

// owned is how many jobs of each owner hold a place or have failed: their fresh jobs come after so many turns.
func (l *loop[J]) owned() map[string]int {
	count := map[string]int{}
	if l.Owner == nil {
		return count
	}
	for _, f := range l.flights {
		if f.heavy {
			count[f.owner]++
		}
	}
	for j, a := range l.failed {
		if l.flights[j] == nil && a.failures > 0 {
			count[l.Owner(j)]++
		}
	}
	return count
}

// owner names whose job it is.
func (l *loop[J]) owner(j J) string {
	if l.Owner == nil {
		return ""
	}
	return l.Owner(j)
}

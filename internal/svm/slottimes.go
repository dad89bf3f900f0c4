package svm

import (
	"cmp"
	"slices"
	"time"
)

// slotTimes knows when each slot ended, from first on. Idle slots end at equal intervals, so a run of them takes the
// space of one.
type slotTimes struct {
	first uint64
	runs  []SlotRun
}

// SlotRun are consecutive slots: slot First+i ended at End+i*Step.
type SlotRun struct {
	First uint64
	End   time.Time
	Step  time.Duration
}

func (r SlotRun) compare(slot uint64) int { return cmp.Compare(r.First, slot) }

func (r SlotRun) at(slot uint64) time.Time { return r.End.Add(time.Duration(slot-r.First) * r.Step) }

// add appends n slots from slot on, which follow those that are there.
func (s *slotTimes) add(slot, n uint64, end time.Time, step time.Duration) {
	if n == 0 {
		return
	}
	if len(s.runs) > 0 && s.runs[len(s.runs)-1].extend(slot, n, end, step) {
		return
	}
	s.runs = append(s.runs, SlotRun{slot, end, step})
}

// extend reports whether n slots continue the run, and makes them part of it.
func (r *SlotRun) extend(slot, n uint64, end time.Time, step time.Duration) bool {
	if slot == r.First+1 { // the step of a single slot means nothing
		r.Step = end.Sub(r.End)
	}
	return r.at(slot).Equal(end) && (n == 1 || step == r.Step)
}

// at returns when a slot ended; it must be first or later, and have ended.
func (s *slotTimes) at(slot uint64) time.Time { return s.runs[s.run(slot)].at(slot) }

// run returns the index of the run with the slot.
func (s *slotTimes) run(slot uint64) int {
	i, found := slices.BinarySearchFunc(s.runs, slot, SlotRun.compare)
	if !found {
		i--
	}
	return i
}

// forget drops the slots before first.
func (s *slotTimes) forget(first uint64) {
	if first <= s.first {
		return
	}
	s.first = first
	if i := s.run(first); i > 0 {
		s.runs = s.runs[i:]
	}
}

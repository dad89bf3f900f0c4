package round

import "time"

// SlotTime is about how long a slot takes.
const SlotTime = 400 * time.Millisecond

// SubmissionsCloseSlot is the first slot in which the round takes no gradients any more,
// even before [Round.SubmissionsClose]; 0 if slots do not matter
// ([FairOptions].SubmissionSlots).
func (r *Round) SubmissionsCloseSlot() uint64 {
	if r.Fair == nil || r.Fair.SubmissionSlots == 0 {
		return 0
	}
	return r.FirstSlot + uint64(r.Fair.SubmissionSlots)
}

// SeenAt is the round at a later slot, if nothing in it has changed until then: for rounds
// that were read some time ago, and take gradients in some slots only. The rules follow
// [Round].Slot. A round without such a bound is returned as it is.
func (r *Round) SeenAt(slot uint64) *Round {
	if r.SubmissionsCloseSlot() == 0 || slot <= r.Slot {
		return r
	}
	later := *r
	later.Slot = slot
	return &later
}

// SubmissionsEnd is about when the round stops taking gradients: at
// [Round.SubmissionsClose], or when its slots are over if that is earlier. now is the
// chain's time at [Round].Slot; where that is not known, slots are counted from the round's
// creation. Slots do not take the same time each: the program counts them, not this
// estimate.
func (r *Round) SubmissionsEnd(now time.Time) time.Time {
	closes, end := r.SubmissionsClose(), r.SubmissionsCloseSlot()
	if end == 0 {
		return closes
	}
	from, at := now, r.Slot
	if at == 0 {
		from, at = r.CreatedAt, r.FirstSlot
	}
	if left := int64(end) - int64(at); left > 0 {
		from = from.Add(time.Duration(left) * SlotTime)
	}
	if from.Before(closes) {
		return from
	}
	return closes
}

// slotsOver reports whether the slots are over in which the round takes gradients.
func (r *Round) slotsOver() bool {
	end := r.SubmissionsCloseSlot()
	return end > 0 && r.Slot >= end
}

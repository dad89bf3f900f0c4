package model

import (
	"math"
	"slices"
)

// beginEpoch takes those who were active and then those who joined, in the order of their slots, as many as the pool can pay.
func (s State) beginEpoch(now int64) {
	r := s.Run
	var active, others []*Slot
	for i := range s.Roster.Slots {
		slot := &s.Roster.Slots[i]
		switch enough := slot.Effective() >= r.Config.MinStake; {
		case enough && slot.Status == Active:
			active = append(active, slot)
		case enough && slot.Status == Joined:
			others = append(others, slot)
		}
	}
	queue := slices.Concat(active, others)
	need := uint64(r.Config.MinClients)
	if r.Epoch == 0 {
		need = uint64(r.Config.InitMinClients)
	}
	if uint64(len(queue)) < need || now < r.StateStartedAt+r.Config.WaitingForMembersExtraTime {
		return
	}
	places := min(r.payable(), uint64(len(queue)))
	if places < need {
		r.TreasuryLow = true
		return
	}
	s.take(queue[:places])
	r.EarningRate, r.SlashingRate, r.RateShared = r.FutureEarningRate, r.FutureSlashingRate, r.FutureRateShared
	r.Reserved = r.cost(places)
	r.Pool -= r.Reserved
	r.TreasuryLow = false
	r.EpochStartedAt, r.EpochFirstRound = now, r.Round+1
	s.Ballots.clear()
	r.enter(Warmup, now)
}

// take makes some members active, and all others who were joined.
func (s State) take(members []*Slot) {
	for i := range s.Roster.Slots {
		slot := &s.Roster.Slots[i]
		slot.Included, slot.Rejected = 0, 0
		if slot.Status == Active {
			slot.Status = Joined
		}
	}
	for _, slot := range members {
		slot.Status = Active
	}
}

// payable is how many members the pool can pay an epoch at the rates to come, at the most.
func (r *Run) payable() uint64 {
	switch {
	case r.FutureEarningRate == 0, !r.HasMoney(), r.IsVote():
		return math.MaxUint64
	case r.FutureRateShared && r.Pool >= r.FutureEarningRate:
		return math.MaxUint64
	case r.FutureRateShared:
		return 0
	}
	return r.Pool / r.FutureEarningRate
}

// cost is what an epoch of so many members may cost.
func (r *Run) cost(members uint64) uint64 {
	switch {
	case !r.HasMoney() || r.IsVote():
		return 0
	case r.RateShared:
		return r.EarningRate
	}
	return r.EarningRate * members
}

// endEpoch pays the finishers, ejects whose updates were left out more often than not, and frees the rest of the reserve.
func (s State) endEpoch(now int64) {
	r := s.Run
	rate := r.EarningRate
	if r.RateShared {
		rate /= max(1, s.finishers())
	}
	for i := range s.Roster.Slots {
		slot := &s.Roster.Slots[i]
		switch {
		case slot.Rejected > slot.Included:
			slot.Status, slot.LeftAt = Ejected, now
			_, less := slot.book(0, r.SlashingRate)
			r.slash(slot)
			r.move(&r.Owed, &r.Pool, less)
		case !r.IsVote() && slot.finishes():
			more, _ := slot.book(r.pay(rate, uint64(slot.Included), now), 0)
			r.move(&r.Reserved, &r.Owed, more)
		}
	}
	r.release()
	r.enter(Cooldown, now)
}

// move moves money within the books, where the run has any.
func (r *Run) move(from, to *uint64, amount uint64) {
	if r.HasMoney() {
		*from -= amount
		*to += amount
	}
}

func (s Slot) finishes() bool {
	return (s.Status == Active || s.Status == Leaving) && s.Included > 0 && s.Rejected <= s.Included
}

func (s State) finishers() (n uint64) {
	for _, slot := range s.Roster.Slots {
		if slot.finishes() {
			n++
		}
	}
	return n
}

// pay is what a finisher earns at a rate.
func (r *Run) pay(rate, included uint64, now int64) uint64 {
	if n := uint64(r.Config.RoundsPerEpoch); n > 0 {
		return portion(rate, min(included, n), n)
	}
	rounds := uint64(r.Round + 1 - r.EpochFirstRound)
	elapsed := min(max(now-r.EpochStartedAt, 0), r.Config.EpochTime)
	return portion(portion(rate, min(included, rounds), rounds), uint64(elapsed), uint64(r.Config.EpochTime))
}

// slash makes a part of a member's effective stake due to be slashed.
func (r *Run) slash(slot *Slot) {
	slot.SlashDue += portion(slot.Effective(), uint64(r.Config.SlashBps), whole)
}

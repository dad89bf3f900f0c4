package run

import (
	"math/bits"
	"time"
)

// TickDue reports whether [Client.Tick] would move the run on now. In a run that
// is halted (not begun, paused before its end, or finished) it is false: there the
// program refuses a tick.
func (v *View) TickDue() bool {
	r := v.Run
	switch r.State {
	case WaitingForMembers:
		return r.Ended(v.Now) || v.canBegin()
	case Warmup:
		active := v.Roster.With(Active)
		return active.Len() < int(r.Settings.MinClients) || v.Ballots.Submitted.Contains(active) || v.over(r.Settings.WarmupTime)
	case RoundTrain:
		if r.Phase == Armed {
			return v.Slot > r.SeedSlot
		}
		return int(v.Ballots.Submissions) >= v.Proposers() || v.over(r.Settings.MaxRoundTrainTime)
	case RoundWitness:
		return v.allActed() || v.over(r.Settings.RoundWitnessTime)
	case Cooldown:
		return !v.Now.Before(r.StateStartedAt.Add(r.Settings.CooldownTime))
	case Paused:
		return r.Ended(v.Now)
	}
	return false
}

// over reports whether so much time of the phase has passed.
func (v *View) over(d time.Duration) bool { return !v.Now.Before(v.Run.PhaseStartedAt.Add(d)) }

// Proposers is how many members should submit in this round.
func (v *View) Proposers() int {
	n := v.Run.DrawnFrom.Len()
	if v.Run.Verification == Vote {
		n -= v.Run.Drawn
	}
	return n
}

// Verifiers are those who were drawn for this round.
func (v *View) Verifiers() []Verifier { return v.Ballots.Verifiers[:v.Run.Drawn] }

// allActed reports whether every verifier has done what the phase asks for; only
// who committed can reveal.
func (v *View) allActed() bool {
	for _, f := range v.Verifiers() {
		switch {
		case v.Run.Phase == Seeing && !f.HasSeen(),
			v.Run.Phase == Committing && !f.HasCommitted(),
			v.Run.Phase == Revealing && f.HasCommitted() && !f.HasRevealed():
			return false
		}
	}
	return true
}

// Needed is how many members the next epoch needs.
func (r *Run) Needed() int {
	if r.Epoch == 0 {
		return int(r.Settings.InitMinClients)
	}
	return int(r.Settings.MinClients)
}

// canBegin reports whether a tick would begin an epoch, or say that the treasury is
// low.
func (v *View) canBegin() bool {
	r := v.Run
	able := uint64(0)
	for _, s := range v.Roster.Slots {
		if (s.Status == Active || s.Status == Joined) && s.Effective() >= r.Settings.MinStake {
			able++
		}
	}
	need := uint64(r.Needed())
	if able < need || v.Now.Before(r.StateStartedAt.Add(r.Settings.WaitingForMembersExtraTime)) {
		return false
	}
	return r.payable() >= need || !r.TreasuryLow
}

// payable is how many members the pool can pay an epoch at the rates to come.
func (r *Run) payable() uint64 {
	switch {
	case r.Future.Earning == 0 || r.Treasury == Points || r.Verification == Vote:
		return MaxMembers
	case r.Future.Shared && r.Pool >= r.Future.Earning:
		return MaxMembers
	case r.Future.Shared:
		return 0
	}
	return r.Pool / r.Future.Earning
}

// EpochCost is what an epoch of n members may cost at the rates to come, at the
// most. It is the largest number where it would be larger than any.
func (r *Run) EpochCost(n int) uint64 {
	if r.Treasury == Points || r.Verification == Vote {
		return 0
	}
	if r.Future.Shared {
		return r.Future.Earning
	}
	high, low := bits.Mul64(r.Future.Earning, uint64(n))
	if high > 0 {
		return 1<<64 - 1
	}
	return low
}

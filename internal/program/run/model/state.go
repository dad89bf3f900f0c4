package model

import (
	"math"
	"math/bits"

	"github.com/gagliardetto/solana-go"
)

// A State is a run with its roster and ballots. Methods that are named as instructions do what these do, or return the program's Error
// and change nothing.
type State struct {
	Key     solana.PublicKey // of the run
	Run     *Run
	Roster  *Roster
	Ballots *Ballots
}

// Clone returns a copy that shares nothing.
func (s State) Clone() State {
	run, roster, ballots := *s.Run, *s.Roster, *s.Ballots
	return State{s.Key, &run, &roster, &ballots}
}

// Effective is the part of a stake that nobody may slash: weight, share, and base of slashes.
func (s Slot) Effective() uint64 { return s.Stake - min(s.Stake, s.SlashDue) }

// Due is what the member may claim.
func (s Slot) Due() uint64 { return due(s.Earned, s.Slashed, s.Claimed) }

// Due is what a member without a slot may claim.
func (m Member) Due() uint64 { return due(m.Earned, m.Slashed, m.Claimed) }

func due(earned, slashed, claimed uint64) uint64 {
	rest := earned - min(earned, slashed)
	return rest - min(rest, claimed)
}

// book adds to what a member earned and was slashed, and returns by how much its due grew and shrank.
func (s *Slot) book(earned, slashed uint64) (more, less uint64) {
	before := s.Due()
	s.Earned, s.Slashed = saturate(s.Earned, earned), saturate(s.Slashed, slashed)
	after := s.Due()
	return after - min(after, before), before - min(after, before)
}

func saturate(a, b uint64) uint64 {
	if sum, carry := bits.Add64(a, b, 0); carry == 0 {
		return sum
	}
	return math.MaxUint64
}

// portion is ⌊a·b/c⌋; it must fit.
func portion(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// HasMoney reports whether the run pays in SOL or tokens.
func (r *Run) HasMoney() bool { return r.Treasury != Points }

// IsVote reports whether voters verify.
func (r *Run) IsVote() bool { return r.Verification == ByVote }

// Done is what counts towards Config.TotalSteps: steps of the model, or rounds where members vote.
func (r *Run) Done() uint32 {
	if r.IsVote() {
		return r.Round
	}
	return r.Step
}

// IsDone reports whether the run did all that it was to do.
func (r *Run) IsDone() bool { return r.Done() >= r.Config.TotalSteps }

// HasEnded reports whether the run's time is over.
func (r *Run) HasEnded(now int64) bool { return r.EndsAt != 0 && now >= r.EndsAt }

// in reports whether the run is in one of some states.
func (r *Run) in(states ...uint8) bool {
	for _, s := range states {
		if r.State == s {
			return true
		}
	}
	return false
}

// changeable reports whether the run's terms may change.
func (r *Run) changeable() bool { return r.in(Uninitialized, Paused) }

// IsIdle reports whether nobody takes part now: who leaves is gone at once, and slots may be freed.
func (r *Run) IsIdle() bool { return r.in(Uninitialized, WaitingForMembers, Finished, Paused) }

func (r *Run) enter(state uint8, now int64) {
	r.State, r.Phase = state, 0
	r.StateStartedAt, r.PhaseStartedAt = now, now
}

// release takes what is reserved back into the pool.
func (r *Run) release() {
	r.Pool += r.Reserved
	r.Reserved = 0
}

// letGo gives all slots with one of some statuses the status Left.
func (s State) letGo(now int64, statuses ...uint8) {
	for i := range s.Roster.Slots {
		slot := &s.Roster.Slots[i]
		for _, status := range statuses {
			if slot.Status == status {
				slot.Status, slot.LeftAt = Left, now
				break
			}
		}
	}
}

// ActiveMembers returns the slots of those who take part.
func (s State) ActiveMembers() (set Bitmap) {
	for i := range s.Roster.Slots {
		if s.Roster.Slots[i].Status == Active {
			set = set.With(i)
		}
	}
	return set
}

// Verifier returns the place of a slot among the round's verifiers, or -1.
func (s State) Verifier(slot int) int {
	for i := range int(s.Run.Drawn) {
		if int(s.Ballots.Verifiers[i].Slot) == slot {
			return i
		}
	}
	return -1
}

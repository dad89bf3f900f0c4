package run

import (
	"math/bits"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// TickDue reports whether [Client.Tick] would move the run on now. In a run that
// is halted (not begun, paused before its end, or finished) it is false: there the
// program refuses a tick.
func (v *View) TickDue() bool {
	due, err := v.state().WouldTick(v.clock())
	return due && err == nil
}

// CanTick returns why the program would refuse a tick now. One that moves nothing is
// accepted: see [View.TickDue].
func (v *View) CanTick() error {
	return v.refusal(func(s model.State) error { return s.Tick(v.clock()) })
}

// Proposers is how many members should submit in this round.
func (v *View) Proposers() int { return v.state().Expected() }

// Verifiers are those who were drawn for this round.
func (v *View) Verifiers() []Verifier { return v.Ballots.Verifiers[:v.Run.Drawn] }

// Needed is how many members the next epoch needs.
func (r *Run) Needed() int {
	if r.Epoch == 0 {
		return int(r.Settings.InitMinClients)
	}
	return int(r.Settings.MinClients)
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

package round

import (
	"fmt"
	"slices"
	"time"
)

// Phase is the state of a round at a time of the chain's clock, finer than its
// [Status].
type Phase string

// The phases of a round. The first six are those of an active round, in their
// order; a round need not go through each.
const (
	PhaseWaiting    Phase = "waiting"    // for scores of the base model, or for submissions to open
	PhaseTraining   Phase = "training"   // gradients are taken, and scored
	PhaseFull       Phase = "full"       // it has as many gradients as a round can have; they are scored
	PhaseValidating Phase = "validating" // submissions are closed; gradients are scored until the end
	PhaseExpired    Phase = "expired"    // it has no gradient, and takes none any more
	PhaseOverdue    Phase = "overdue"    // anybody may finalize it by force
	PhaseFinalized  Phase = "finalized"  // rewards can be claimed
	PhaseCancelled  Phase = "cancelled"  // its creator took it back
	PhaseForeign    Phase = "foreign"    // of another version of the program: it can only be read
	PhaseUnknown    Phase = "unknown"    // of a status that this version does not know
)

// Phases are all phases.
func Phases() []Phase {
	return []Phase{PhaseWaiting, PhaseTraining, PhaseFull, PhaseValidating, PhaseExpired, PhaseOverdue, PhaseFinalized,
		PhaseCancelled, PhaseForeign, PhaseUnknown}
}

// ParsePhase reads a phase's name.
func ParsePhase(text string) (Phase, error) {
	if p := Phase(text); slices.Contains(Phases(), p) {
		return p, nil
	}
	return "", fmt.Errorf("%w: %q is no phase of a round, want one of %v", ErrArgument, text, Phases())
}

// Active reports whether a round in this phase is [Active].
func (p Phase) Active() bool {
	return slices.Contains([]Phase{PhaseWaiting, PhaseTraining, PhaseFull, PhaseValidating, PhaseExpired, PhaseOverdue}, p)
}

// Phase is the phase of the round at a time of the chain's clock, and at [Round].Slot where
// that matters.
func (r *Round) Phase(now time.Time) Phase {
	switch {
	case r.Version != Version:
		return PhaseForeign
	case r.Status == Finalized:
		return PhaseFinalized
	case r.Status == Cancelled:
		return PhaseCancelled
	case r.Status != Active:
		return PhaseUnknown
	case r.CanForceFinalize(now) == nil:
		return PhaseOverdue
	}
	return r.activePhase(now)
}

func (r *Round) activePhase(now time.Time) Phase {
	switch {
	case r.Gradients == 0 && r.neverOpens(now):
		return PhaseExpired
	case !now.Before(r.SubmissionsClose()) || r.slotsOver():
		return PhaseValidating
	case r.Gradients >= MaxGradients:
		return PhaseFull
	case r.mustTakeGradients(now) == nil:
		return PhaseTraining
	}
	return PhaseWaiting
}

// neverOpens reports whether no gradient can be submitted from now on: submissions
// are closed, or the base model can no longer reach its quorum.
func (r *Round) neverOpens(now time.Time) bool {
	if r.slotsOver() {
		return true
	}
	unscored := r.Prevalidations < r.Options.MinPrevalidations
	lastReveal := r.CreatedAt.Add(2 * r.Options.CommitWindow)
	return !now.Before(r.SubmissionsClose()) || unscored && !r.Sealed() && r.Options.CommitReveal && !now.Before(lastReveal)
}

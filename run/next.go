package run

import (
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
)

// StepKind is what a [Step] does.
type StepKind uint8

// The kinds of steps of a member, in the order in which a round needs them.
const (
	StepJoin    StepKind = iota + 1 // take a slot, or take it again after a pause
	StepReady                       // fetch the model, and say so
	StepTrain                       // train, and submit the digest of the update
	StepPublish                     // publish the update that was submitted
	StepSeen                        // fetch and serve the others' updates, and say which
	StepCommit                      // compute the next model, and commit to it
	StepReveal                      // reveal it
	StepTick                        // move the run on
	StepSlash                       // collect what is due of another member's stake
	StepClaim                       // claim what is due
	StepLeave                       // leave: too little is left at stake to take part
)

var stepNames = []string{"", "join", "ready", "train", "publish", "seen", "commit", "reveal", "tick", "slash", "claim", "leave"}

// String names the kind.
func (k StepKind) String() string { return nameOf("StepKind", uint8(k), stepNames) }

// Step is something that a wallet could do about a run now.
type Step struct {
	Kind   StepKind
	RunID  string
	Epoch  uint32
	Round  uint32
	Wallet solana.PublicKey // whose stake StepSlash collects; zero for others
}

// String shows what and where.
func (s Step) String() string {
	return fmt.Sprintf("%s, epoch %d, round %d of %s", s.Kind, s.Epoch, s.Round, s.RunID)
}

// Role is what a slot does in this round.
type Role uint8

// The roles.
const (
	NoRole   Role = iota // takes no part
	Trainer              // trains
	Verifies             // votes, and does not train
	Both                 // trains and is a witness
)

// Role is what a slot does in this round, once it was drawn.
func (v *View) Role(slot int) Role {
	switch {
	case !v.Run.DrawnFrom.Has(slot):
		return NoRole
	case v.Verifier(slot) == nil:
		return Trainer
	case v.Run.Verification == Vote:
		return Verifies
	}
	return Both
}

// Verifier is the slot as a verifier of this round, nil if it was not drawn.
func (v *View) Verifier(slot int) *Verifier {
	for i := range v.Verifiers() {
		if v.Ballots.Verifiers[i].Slot == slot {
			return &v.Ballots.Verifiers[i]
		}
	}
	return nil
}

// Next are the steps that a wallet could take now, for the run and the money apart:
// a join, or the one step that its role and the phase ask for; a tick where it is
// due; slashes; and a claim where more than nothing is due and no epoch runs or the
// wallet is not in it. member is the wallet's account, nil if it never joined.
func (v *View) Next(wallet solana.PublicKey, member *Member) []Step {
	step := func(k StepKind) Step {
		return Step{Kind: k, RunID: v.Run.ID, Epoch: v.Run.Epoch, Round: v.Run.Round}
	}
	var steps []Step
	slot := v.Roster.Find(wallet)
	if kind := v.roundStep(wallet, slot, member); kind != 0 {
		steps = append(steps, step(kind))
	}
	if v.TickDue() {
		steps = append(steps, step(StepTick))
	}
	for _, s := range v.Roster.Slots {
		if s.SlashDue > 0 && s.Wallet != wallet && s.Status != Free {
			slash := step(StepSlash)
			slash.Wallet = s.Wallet
			steps = append(steps, slash)
		}
	}
	if v.claimDue(slot, member) > 0 && (v.Run.State == Cooldown || !v.Run.State.Running()) {
		steps = append(steps, step(StepClaim))
	}
	return steps
}

// claimDue is what the wallet in that slot, or without one, can claim.
func (v *View) claimDue(slot int, member *Member) uint64 {
	switch {
	case v.Run.Treasury == Points:
		return 0
	case slot >= 0:
		return v.Roster.Slots[slot].Due()
	case member != nil && member.Of(v.Run):
		return member.Totals.Due()
	}
	return 0
}

// roundStep is the one step that the run's state asks for; 0: none.
func (v *View) roundStep(wallet solana.PublicKey, slot int, member *Member) StepKind {
	if v.CanJoin(wallet, member, v.Run.Settings.MinStake) == nil {
		return StepJoin
	}
	if slot < 0 || member == nil {
		return 0
	}
	switch v.Run.State {
	case WaitingForMembers:
		if s := v.Roster.Slots[slot]; s.Effective() < v.Run.Settings.MinStake && v.CanLeave(member) == nil {
			return StepLeave // an epoch does not take it, and a seat that is held adds nothing to its stake
		}
	case Warmup:
		if v.Roster.Slots[slot].Status == Active && !v.Ballots.Submitted.Has(slot) {
			return StepReady
		}
	case RoundTrain:
		if role := v.Role(slot); v.Run.Phase == Training && (role == Trainer || role == Both) && !v.Ballots.Submitted.Has(slot) {
			return StepTrain
		}
	case RoundWitness:
		return v.witnessStep(slot)
	}
	return 0
}

func (v *View) witnessStep(slot int) StepKind {
	f := v.Verifier(slot)
	switch {
	case f != nil && v.Run.Phase == Seeing && !f.HasSeen():
		return StepSeen
	case f != nil && v.Run.Phase == Committing && !f.HasCommitted():
		return StepCommit
	case f != nil && v.Run.Phase == Revealing && f.HasCommitted() && !f.HasRevealed():
		return StepReveal
	}
	return 0
}

// PhaseEnds is when the state or phase is over at the latest; zero where no time
// ends it.
func (v *View) PhaseEnds() time.Time {
	r := v.Run
	switch {
	case r.State == WaitingForMembers:
		return r.StateStartedAt.Add(r.Settings.WaitingForMembersExtraTime)
	case r.State == Warmup:
		return r.PhaseStartedAt.Add(r.Settings.WarmupTime)
	case r.State == RoundTrain && r.Phase == Training:
		return r.PhaseStartedAt.Add(r.Settings.MaxRoundTrainTime)
	case r.State == RoundWitness:
		return r.PhaseStartedAt.Add(r.Settings.RoundWitnessTime)
	case r.State == Cooldown:
		return r.StateStartedAt.Add(r.Settings.CooldownTime)
	}
	return time.Time{}
}

package model

// States of a run.
const (
	Uninitialized uint8 = iota
	WaitingForMembers
	Warmup
	RoundTrain
	RoundWitness
	Cooldown
	Finished
	Paused
)

// Phases of RoundTrain.
const (
	Armed uint8 = iota
	Training
)

// Phases of RoundWitness.
const (
	PhaseSeen uint8 = iota
	PhaseCommit
	PhaseReveal
)

// Statuses of a slot.
const (
	Free uint8 = iota
	Joined
	Active
	Leaving
	Left
	Dropped
	Ejected
)

// Treasuries.
const (
	Points uint8 = iota
	SOL
	SPL
)

// Verifications.
const (
	ByWitnesses uint8 = iota
	ByVote
)

// Bits of a verifier's status.
const (
	HasSeen uint8 = 1 << iota
	HasCommitted
	HasRevealed
)

// Outcomes of a round.
const (
	RoundFailed      uint8 = iota // no quorum
	RoundAccepted                 // a new model
	RoundRejected                 // voters found the new model worse
	RoundInitialized              // the first model of a run with voters
	RoundUnchanged                // the quorum included nothing
)

// NoSlot is Member.Slot of a member without one.
const NoSlot = 1<<16 - 1

// SeedDelay is how many slots after its start a round's draw uses the hash of.
const SeedDelay = 8

// ClaimPeriod is for how many seconds after its end a run with unclaimed points cannot be closed: 180 days.
const ClaimPeriod = 180 * 86_400

const whole = 10_000 // basis points

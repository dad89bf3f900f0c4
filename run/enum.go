package run

import "fmt"

// State is where a run is in its life. The names are Psyche's.
type State uint8

// The states. [Client.Tick] moves a run from one to the next.
const (
	Uninitialized     State = 0 // created; not resumed yet
	WaitingForMembers State = 1 // until there are members and money enough
	Warmup            State = 2 // members fetch the model
	RoundTrain        State = 3 // verifiers are drawn, members train and submit
	RoundWitness      State = 4 // verifiers agree on the next model
	Cooldown          State = 5 // the epoch is over and paid
	Finished          State = 6 // for good
	Paused            State = 7 // by the authority
)

var stateNames = []string{"Uninitialized", "WaitingForMembers", "Warmup", "RoundTrain", "RoundWitness", "Cooldown", "Finished", "Paused"}

// String names the state as Psyche does; an unknown one is shown as State(9).
func (s State) String() string { return nameOf("State", uint8(s), stateNames) }

// Running reports whether an epoch is under way.
func (s State) Running() bool { return s >= Warmup && s <= Cooldown }

// Idle reports whether nobody takes part: members leave at once then.
func (s State) Idle() bool {
	return s == Uninitialized || s == WaitingForMembers || s == Finished || s == Paused
}

// Phase is the part of RoundTrain or RoundWitness that a run is in.
type Phase uint8

// The phases of RoundTrain, and those of RoundWitness.
const (
	Armed    Phase = 0 // the slot that draws is still to come
	Training Phase = 1 // the verifiers are drawn, updates are taken

	Seeing     Phase = 0 // verifiers say which updates they have
	Committing Phase = 1 // … commit to a vote
	Revealing  Phase = 2 // … reveal it
)

// Verification is how a round's result is verified.
type Verification uint8

// The two kinds of runs.
const (
	Witness Verification = 0 // a quorum of equal attestations; Psyche's
	Vote    Verification = 1 // a stake-weighted vote; FL Alliance's
)

var verificationNames = []string{"witness", "vote"}

// String names the kind as the configuration file does.
func (v Verification) String() string { return nameOf("Verification", uint8(v), verificationNames) }

// Treasury is what a run pays with.
type Treasury uint8

// The kinds of treasuries.
const (
	Points Treasury = 0 // nothing: points are counted, not paid
	SOL    Treasury = 1 // lamports
	SPL    Treasury = 2 // a mint's tokens
)

var treasuryNames = []string{"points", "SOL", "SPL"}

// String names the kind.
func (t Treasury) String() string { return nameOf("Treasury", uint8(t), treasuryNames) }

// Status is that of a slot of the roster.
type Status uint8

// The statuses of slots.
const (
	Free    Status = 0 // nobody's
	Joined  Status = 1 // takes part from the next warm-up on
	Active  Status = 2 // takes part
	Leaving Status = 3 // takes part until the epoch ends, and is not drawn any more
	Left    Status = 4 // of its own will
	Dropped Status = 5 // missed too many rounds
	Ejected Status = 6 // had more updates rejected than included
)

var statusNames = []string{"Free", "Joined", "Active", "Leaving", "Left", "Dropped", "Ejected"}

// String names the status.
func (s Status) String() string { return nameOf("Status", uint8(s), statusNames) }

// Outcome is what a round came to, as [RoundTallied] says it.
type Outcome uint8

// The outcomes of a round.
const (
	Failed      Outcome = 0 // no quorum: the model stays
	Accepted    Outcome = 1 // there is a next model
	Rejected    Outcome = 2 // voters turned the aggregate down
	Initialized Outcome = 3 // the run has its first model
	Unchanged   Outcome = 4 // a quorum found nothing to include
)

var outcomeNames = []string{"failed", "accepted", "rejected", "initialized", "unchanged"}

// String names the outcome.
func (o Outcome) String() string { return nameOf("Outcome", uint8(o), outcomeNames) }

func nameOf(kind string, v uint8, names []string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}

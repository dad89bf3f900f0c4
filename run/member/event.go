package member

import (
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// EventKind is what an [Event] is about.
type EventKind string

// The kinds of events.
const (
	EventJoined    EventKind = "joined"    // took a slot
	EventLeft      EventKind = "left"      // too little was left at stake; it joins again where MaxStake allows it
	EventReady     EventKind = "ready"     // has the model
	EventTraining  EventKind = "training"  // Progress
	EventSubmitted EventKind = "submitted" // the digest of an update; CID, Result
	EventPublished EventKind = "published" // its contents; CID
	EventSeen      EventKind = "seen"      // said which updates it has; Slots
	EventRejected  EventKind = "rejected"  // left an update out: Slot, Err
	EventCommitted EventKind = "committed" // to a ballot
	EventRevealed  EventKind = "revealed"  // it; CID is the model's, Ballot
	EventTicked    EventKind = "ticked"    // moved the run on
	EventSlashed   EventKind = "slashed"   // collected a stake's part; Points
	EventClaimed   EventKind = "claimed"   // Points
	EventFailed    EventKind = "failed"    // Err; tried again after Retry, 0: never
)

// Event is something that a worker did or met.
type Event struct {
	Kind      EventKind
	Step      run.Step // what it was about
	CID       cid.Cid
	Signature string
	Slots     run.Slots
	Slot      int
	Ballot    run.Ballot
	Points    uint64
	Progress  fit.Progress
	Result    *fit.Result // of training, with the privacy that was bought
	Err       error
	Retry     time.Duration
}

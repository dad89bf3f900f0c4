package trainer

import (
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Event is what a worker tells its observer. The fields that an event has are
// named beside its kind; the others are zero.
type Event struct {
	Kind      EventKind     // what happened
	RoundID   uint64        // in which round
	HasRound  bool          // false where the event is about no single round
	CID       cid.Cid       // of the gradient package
	Signature string        // of the transaction
	Lamports  uint64        // paid to the wallet, after the protocol's fee
	Rating    rating.Stars  // after the claim
	Progress  fit.Progress  // of training
	Result    *fit.Result   // of training; nil where it was done before a restart
	Err       error         // why
	Retry     time.Duration // until the next try; 0: there is none
}

// EventKind says what happened.
type EventKind string

// The kinds of events, with the fields that each has.
const (
	EventRefused   EventKind = "refused"   // Err: the term of the round that the worker does not take
	EventAccepted  EventKind = "accepted"  // the worker is about to fetch and train
	EventTraining  EventKind = "training"  // Progress
	EventTrained   EventKind = "trained"   // CID, Result: the finished head is on disk
	EventSubmitted EventKind = "submitted" // CID, Signature
	EventClaimed   EventKind = "claimed"   // Lamports, Rating, Signature
	EventFailed    EventKind = "failed"    // Err, Retry; HasRound is false where the chain could not be read
)

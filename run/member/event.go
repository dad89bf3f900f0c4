package member

import (
	"log/slog"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
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
	EventSubmitted EventKind = "submitted" // the digest of an update; CID, Result, Signature
	EventPublished EventKind = "published" // its contents; CID, Published
	EventSeen      EventKind = "seen"      // said which updates it has; Slots
	EventRejected  EventKind = "rejected"  // left an update out: Slot, Err
	EventCommitted EventKind = "committed" // to a ballot
	EventRevealed  EventKind = "revealed"  // it; CID is the model's, Ballot, Published
	EventTicked    EventKind = "ticked"    // moved the run on
	EventSlashed   EventKind = "slashed"   // collected a stake's part; Points
	EventClaimed   EventKind = "claimed"   // Points
	EventFailed    EventKind = "failed"    // Err; tried again after Retry, 0: never
)

// Event is something that a worker did or met. The fields that an event has are named
// beside its kind; the others are zero.
type Event struct {
	Kind      EventKind
	Step      run.Step // what it was about
	CID       cid.Cid
	Published []storage.Receipt // where CID is, and from where it was read back
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

// LogValue shows the fields that the event has.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	add := func(ok bool, a slog.Attr) {
		if ok {
			attrs = append(attrs, a)
		}
	}
	if e.Step.RunID != "" {
		attrs = append(attrs, slog.String("step", e.Step.Kind.String()), slog.String("run", e.Step.RunID),
			slog.Uint64("epoch", uint64(e.Step.Epoch)), slog.Uint64("round", uint64(e.Step.Round)))
	}
	add(!e.Step.Wallet.IsZero(), slog.String("wallet", e.Step.Wallet.String()))
	add(e.CID.Defined(), slog.String("cid", e.CID.String()))
	add(len(e.Published) > 0, slog.Any("published", worker.Places(e.Published)))
	add(e.Kind == EventSeen, slog.Int("updates", e.Slots.Len()))
	add(e.Kind == EventRejected, slog.Int("slot", e.Slot))
	add(e.Kind == EventRevealed, slog.Int("included", e.Ballot.Included.Len()))
	add(e.Ballot.Accuracy > 0, slog.Uint64("accuracy", uint64(e.Ballot.Accuracy)))
	add(e.Kind == EventSlashed || e.Kind == EventClaimed, slog.Uint64("points", e.Points))
	if e.Kind == EventTraining {
		attrs = append(attrs, slog.Int("pass", e.Progress.Epoch), slog.Int("batch", e.Progress.Batch), slog.Float64("loss", e.Progress.Loss))
	}
	if e.Result != nil {
		attrs = append(attrs, slog.Int("samples", e.Result.Samples), slog.Duration("duration", e.Result.Duration))
	}
	return slog.GroupValue(append(attrs, worker.LogAttrs("", e.Signature, e.Err, e.Retry)...)...)
}

// level is that of the event in a log.
func (e Event) level() slog.Level {
	switch e.Kind {
	case EventFailed, EventRejected:
		return slog.LevelWarn
	case EventTraining:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

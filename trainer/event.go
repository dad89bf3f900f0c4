package trainer

import (
	"log/slog"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/storage"
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
	Rows      int           // of the data; 0 where it was copied before a restart
	Source    string        // where the trainer keeps the data; empty: it does not say
	Err       error         // why
	Retry     time.Duration // until the next try; 0: there is none

	Published []storage.Receipt // where the gradient package is, and from where it was read back

	Operations float64       // multiply-adds that embedding the data and training take, about
	Estimate   time.Duration // that they take here at least

	Ran *packagefmt.Ran // what computes embeddings

	Validator solana.PublicKey // that was slashed
	Settled   int              // ratings of trainers that were settled
}

// EventKind says what happened.
type EventKind string

// The kinds of events, with the fields that each has.
const (
	EventStarted   EventKind = "started"   // the worker has its directory and its wallet, and looks for rounds
	EventRefused   EventKind = "refused"   // Err: the term of the round that the worker does not take
	EventAccepted  EventKind = "accepted"  // the worker is about to fetch and train
	EventPlanned   EventKind = "planned"   // Operations, Estimate: the package was read, nothing was computed yet
	EventEmbedding EventKind = "embedding" // Ran: what runs the package's encoder on the data; only with Config.Runner
	EventTraining  EventKind = "training"  // Progress
	EventTrained   EventKind = "trained"   // CID, Result: the finished head is on disk
	EventCopied    EventKind = "copied"    // CID, Rows, Source: the data to submit was checked, and a copy of it is on disk
	EventSubmitted EventKind = "submitted" // CID, Signature, and Published unless the round is sealed
	EventPublished EventKind = "published" // CID, Published: the head, or the data, of a sealed round, once submissions closed
	EventSourced   EventKind = "sourced"   // Source, Signature: where the data is kept was said on the chain
	EventClaimed   EventKind = "claimed"   // Lamports, Rating, Signature
	EventDrawn     EventKind = "drawn"     // Signature: the committee of a sealed round
	EventFinalized EventKind = "finalized" // Signature: the deadline was over, and nobody else had finalized the round
	EventSlashed   EventKind = "slashed"   // Validator, Signature: an outlier was slashed
	EventSettled   EventKind = "settled"   // Settled, Signature: ratings that their owners had left open
	EventFailed    EventKind = "failed"    // Err, Retry; HasRound is false where the chain could not be read
)

// LogValue shows the fields that the event has.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	add := func(ok bool, a slog.Attr) {
		if ok {
			attrs = append(attrs, a)
		}
	}
	add(e.HasRound, slog.Uint64("round", e.RoundID))
	add(e.CID.Defined(), slog.String("cid", e.CID.String()))
	add(e.Kind == EventClaimed, slog.Uint64("lamports", e.Lamports))
	add(e.Rating > 0, slog.String("rating", e.Rating.String()))
	add(e.Kind == EventPlanned, slog.Float64("operations", e.Operations))
	add(e.Kind == EventPlanned, slog.Duration("estimate", e.Estimate))
	if e.Ran != nil {
		attrs = append(attrs, slog.String("encoder", e.Ran.String()))
	}
	add(!e.Validator.IsZero(), slog.String("validator", e.Validator.String()))
	add(e.Settled > 0, slog.Int("settled", e.Settled))
	add(e.Rows > 0, slog.Int("rows", e.Rows))
	add(e.Source != "", slog.String("source", e.Source))
	add(len(e.Published) > 0, slog.Any("published", worker.Places(e.Published)))
	if e.Kind == EventTraining {
		attrs = append(attrs, slog.Int("epoch", e.Progress.Epoch), slog.Int("batch", e.Progress.Batch), slog.Float64("loss", e.Progress.Loss))
	}
	if e.Result != nil {
		attrs = append(attrs, slog.Int("samples", e.Result.Samples), slog.Duration("duration", e.Result.Duration))
	}
	return slog.GroupValue(append(attrs, worker.LogAttrs("", e.Signature, e.Err, e.Retry)...)...)
}

// level is that of the event in a log.
func (e Event) level() slog.Level {
	switch e.Kind {
	case EventFailed:
		return slog.LevelWarn
	case EventTraining:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

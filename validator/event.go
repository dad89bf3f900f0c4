package validator

import (
	"log/slog"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// Event is what a worker tells its observer. The fields that an event has are
// named beside its kind; the others are zero.
type Event struct {
	Kind      EventKind        // what happened
	RoundID   uint64           // in which round
	HasRound  bool             // false where the event is about no single round
	Trainer   solana.PublicKey // whose gradient it is about; zero: the base model
	Score     Score            // of the base model or the gradient
	Committed bool             // it is a commitment: the score is revealed later
	Signature string           // of the transaction
	Lamports  uint64           // paid to the wallet, after the protocol's fee
	Err       error            // why
	Retry     time.Duration    // until the next try; 0: there is none
	Validator solana.PublicKey // that was slashed
	Settled   int              // ratings of trainers that were settled
	Ran       *packagefmt.Ran  // what recomputes embeddings
}

// EventKind says what happened.
type EventKind string

// The kinds of events, with the fields that each has.
const (
	EventStarted   EventKind = "started"   // the worker has its wallet, and looks for rounds
	EventRefused   EventKind = "refused"   // Err: why the worker does not score the round
	EventEmbedding EventKind = "embedding" // Ran: what recomputes the package's embeddings; only with Config.Runner
	EventUnsealed  EventKind = "unsealed"  // Err: why the round is scored on the public split, not on its sealed test
	EventBase      EventKind = "base"      // Score, Committed, Signature: the base head's score is on chain
	EventGradient  EventKind = "gradient"  // Trainer, Score, Committed, Signature: a gradient's score is on chain
	EventRevealed  EventKind = "revealed"  // Trainer, Signature: the score that was committed to is revealed
	EventClaimed   EventKind = "claimed"   // Trainer, Lamports, Signature: one score was paid
	EventFinalized EventKind = "finalized" // Signature: the deadline was over, and nobody else had finalized the round
	EventDrawn     EventKind = "drawn"     // Signature: no trainer had drawn the committee of a sealed round
	EventSlashed   EventKind = "slashed"   // Trainer, Validator, Signature: an outlier was slashed
	EventSettled   EventKind = "settled"   // Settled, Signature: ratings that their owners had left open
	EventFailed    EventKind = "failed"    // Err, Retry; HasRound is false where the chain could not be read
)

// LogValue shows the fields that the event has.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	if e.HasRound {
		attrs = append(attrs, slog.Uint64("round", e.RoundID))
	}
	switch e.Kind {
	case EventBase, EventGradient, EventRevealed, EventClaimed, EventSlashed, EventFailed:
		if e.HasRound {
			attrs = append(attrs, slog.String("model", modelOf(e.Trainer)))
		}
	}
	switch e.Kind {
	case EventBase, EventGradient:
		attrs = append(attrs, slog.Uint64("accuracy", uint64(e.Score.Accuracy)), slog.String("verdict", e.Score.Verdict.String()))
		if e.Committed {
			attrs = append(attrs, slog.Bool("committed", true))
		}
	case EventClaimed:
		attrs = append(attrs, slog.Uint64("lamports", e.Lamports))
	case EventSlashed:
		attrs = append(attrs, slog.String("validator", e.Validator.String()))
	case EventSettled:
		attrs = append(attrs, slog.Int("settled", e.Settled))
	}
	if e.Ran != nil {
		attrs = append(attrs, slog.String("encoder", e.Ran.String()))
	}
	return slog.GroupValue(append(attrs, worker.LogAttrs(e.Score.Reason, e.Signature, e.Err, e.Retry)...)...)
}

// modelOf names the base model or whose gradient it is.
func modelOf(trainer solana.PublicKey) string {
	if trainer.IsZero() {
		return "base"
	}
	return trainer.String()
}

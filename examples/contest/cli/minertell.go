package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// minerTeller tells what a miner does.
type minerTeller struct {
	*app.Teller

	mu   sync.Mutex
	due  map[uint64]time.Time // when the data of each sealed epoch that was read has to be published
	sent map[uint64]bool      // the epochs whose data was submitted, and is not published yet
}

func newMinerTeller(t *app.Teller) *minerTeller {
	return &minerTeller{Teller: t, due: map[uint64]time.Time{}, sent: map[uint64]bool{}}
}

// told are submissions of which is told which epoch they are read for.
type told struct {
	trainer.Submissions
	tell *minerTeller
}

// Newest implements trainer.Submissions.
func (s told) Newest(ctx context.Context, r *round.Round) (trainer.Revision, error) {
	if r != nil {
		s.tell.Tell(app.Event{Kind: "timetable", Round: &r.ID}, "the epoch %s", timetable(r, time.Now()))
		s.tell.reads(r)
	}
	return s.Submissions.Newest(ctx, r)
}

// reads notes when an epoch's data has to be published.
func (t *minerTeller) reads(r *round.Round) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.Sealed() {
		t.due[r.ID] = r.ScoringStarts()
	}
}

// passes notes what was submitted, and what was published or needs it no more.
func (t *minerTeller) passes(e trainer.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Kind {
	case trainer.EventSubmitted:
		t.sent[e.RoundID] = !t.due[e.RoundID].IsZero()
	case trainer.EventPublished, trainer.EventClaimed:
		delete(t.sent, e.RoundID)
	}
}

// warn says, when the miner ends, what it leaves undone.
func (t *minerTeller) warn(c *app.Call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(t.sent)) {
		if t.sent[id] && time.Now().Before(t.due[id]) {
			c.Note("#%d has your data's CID and not yet the data, without which it scores 0 and loses its bond: start the miner again before %s",
				id, t.due[id].Local().Format(time.DateTime))
		}
	}
}

// observe tells what the worker does.
func (t *minerTeller) observe(e trainer.Event) {
	out := app.Event{Kind: string(e.Kind), Signature: e.Signature, Rating: uint16(e.Rating), Published: app.Publications(e.Published)}
	if e.HasRound {
		out.Round = &e.RoundID
	}
	if e.CID.Defined() {
		out.CID = e.CID.String()
	}
	t.passes(e)
	switch e.Kind {
	case trainer.EventStarted:
	case trainer.EventRefused:
		tellRefused(t.Teller, out, e.Err)
	case trainer.EventAccepted:
		t.Tell(out, "a new epoch: reading the data")
	case trainer.EventCopied:
		text := "what was kept for this epoch is submitted"
		if e.Rows > 0 {
			text = fmt.Sprintf("%d rows are right, and kept for this epoch", e.Rows)
		}
		t.Tell(out, "%s", text)
	case trainer.EventSubmitted:
		t.Tell(out, "submitted %s", out.CID)
	case trainer.EventPublished:
		text := "submissions are closed; published " + out.CID
		if len(e.Published) == 0 {
			text = "submissions are closed; " + out.CID + " stays on the hub"
		}
		for _, r := range e.Published {
			text += "\npublished to " + r.String()
		}
		t.Tell(out, "%s", text)
	case trainer.EventClaimed:
		out.Lamports = &e.Lamports
		t.Tell(out, "claimed %s SOL; rating %s", chain.FormatSOL(e.Lamports), e.Rating)
	case trainer.EventFailed:
		out.Error = e.Err.Error()
		t.Failed(out, e.Err, e.Retry)
	case trainer.EventSourced:
		out.Source = e.Source
		t.Tell(out, "said on the chain that it is at %s", e.Source)
	default:
		t.Tell(out, "%s", app.Duty(string(e.Kind), e.Validator, e.Settled))
	}
}

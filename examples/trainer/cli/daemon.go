package cli

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// daemon is what start runs: a worker for all that the policy takes and for what
// was joined by hand, and beside it a watch that joins rounds.
type daemon struct {
	call   *app.Call
	cfg    *config
	client *decloud.Client
	data   map[dataset.ID]dataset.Dataset
	tell   *app.Teller
	list   *worklist
	meter  app.Meter // nil: nobody asked for metrics

	// of the goroutine that watches
	told  map[seen]bool // joined by itself
	now   time.Time     // of the chain, when it was
	asked time.Time     // for now and stars
	stars rating.Stars
}

// seen is a round that was looked at: a chain that was set up anew counts its
// rounds from 0.
type seen struct {
	id      uint64
	created time.Time
}

// work runs the worker.
func (d *daemon) work(ctx context.Context) error {
	told := observer(d.tell)
	if d.meter != nil {
		told = d.meter.Trainer(told)
	}
	cfg := d.cfg.worker(d.call, d.client, d.data, func(e trainer.Event) {
		if e.Kind == trainer.EventStarted {
			d.banner()
			return
		}
		told(e)
	})
	var once sync.Once
	cfg.Policy.Wanted = func(r *round.Round) bool {
		joined, err := d.list.has(r)
		if err != nil {
			once.Do(func() { d.tell.Tell(app.Event{Kind: "failed", Error: err.Error()}, "error: %v", err) })
		}
		return joined
	}
	return d.client.Train(ctx, cfg)
}

// watch follows the active rounds.
func (d *daemon) watch(ctx context.Context) error {
	watch := round.Watch{Filter: round.Filter{Status: []round.Status{round.Active}}, Poll: time.Duration(d.cfg.PollInterval)}
	for change, err := range d.client.Rounds.Watch(ctx, watch) {
		if err != nil || change.Round == nil || change.Gone {
			continue // the worker tells of a chain that cannot be read
		}
		if err := d.look(ctx, change.Round); err != nil && ctx.Err() == nil {
			d.tell.Tell(app.Event{Kind: "failed", Round: &change.Round.ID, Error: err.Error()}, "error: %v", err)
		}
	}
	return nil
}

// refresh asks for the chain's time and for this trainer's stars, once a poll.
func (d *daemon) refresh(ctx context.Context) (err error) {
	if time.Since(d.asked) < time.Duration(d.cfg.PollInterval) {
		return nil
	}
	if d.now, err = d.client.Chain.Now(ctx); err != nil {
		return err
	}
	if d.stars, err = stars(ctx, d.client.Rounds); err == nil {
		d.asked = time.Now()
	}
	return err
}

// look joins a round that the policy takes.
func (d *daemon) look(ctx context.Context, r *round.Round) error {
	this := seen{r.ID, r.CreatedAt}
	if !d.cfg.takesPart(r, d.data) || d.told[this] || r.Creator == d.client.Rounds.Wallet() {
		return nil
	}
	if err := d.refresh(ctx); err != nil {
		return err
	}
	phase := r.Phase(d.now)
	taken := d.cfg.policyFor(d.cfg.policy(), r).Refuse(r, d.stars, d.now) == nil // the worker tells why not
	if !taken || phase != round.PhaseWaiting && phase != round.PhaseTraining {
		return nil
	}
	fresh, err := d.list.add(r)
	d.told[this] = err == nil
	if fresh && err == nil {
		d.tell.Tell(app.Event{Kind: "joined", Round: &r.ID, CID: r.ModelCID}, "NEW ROUND\nDataset: %s\nReward:  %s SOL\nTrainers: %d\njoined%s",
			dataset.ID(r.Dataset), chain.FormatSOL(r.Reward), r.Gradients, map[bool]string{false: ": " + d.call.Command(fmt.Sprintf("train %d", r.ID)) + " trains it"}[d.cfg.AutoTrain])
	}
	return err
}

// pulse is how often a long epoch is told of, and pace how often the ends of short
// ones, beside the first and the last.
const (
	pulse = 10 * time.Second
	pace  = time.Second
)

// observer tells what a worker does.
func observer(t *app.Teller) func(trainer.Event) {
	var mu sync.Mutex
	last, ends := map[uint64]time.Time{}, map[uint64]time.Time{} // by round: when training was told of, and the end of an epoch
	due := func(e trainer.Event) bool {
		mu.Lock()
		defer mu.Unlock()
		now, id, p := time.Now(), e.RoundID, e.Progress
		if p.Batch == p.Batches && p.Epoch == p.Epochs {
			delete(last, id)
			delete(ends, id)
			return true
		}
		if last[id].IsZero() {
			last[id] = now
		}
		wait, since := pulse, last[id]
		if p.Batch == p.Batches {
			wait, since = pace, ends[id]
		}
		if now.Sub(since) < wait {
			return false
		}
		last[id] = now
		if p.Batch == p.Batches {
			ends[id] = now
		}
		return true
	}
	return func(e trainer.Event) {
		if e.Kind != trainer.EventTraining || due(e) {
			tellEvent(t, e)
			return
		}
		t.Quietly(app.Event{Kind: string(e.Kind), Round: &e.RoundID, Progress: progress(e)})
	}
}

// progress is an event's, in numbers.
func progress(e trainer.Event) *app.Progress {
	p := e.Progress
	out := &app.Progress{Epoch: p.Epoch, Epochs: p.Epochs, Batch: p.Batch, Batches: p.Batches, Accuracy: p.Accuracy, Remaining: p.Remaining.Seconds()}
	if !math.IsNaN(p.Loss) && !math.IsInf(p.Loss, 0) {
		out.Loss = &p.Loss
	}
	return out
}

func tellEvent(t *app.Teller, e trainer.Event) {
	out := app.Event{Kind: string(e.Kind), Signature: e.Signature, Rating: uint16(e.Rating)}
	if e.HasRound {
		out.Round = &e.RoundID
	}
	if e.CID.Defined() {
		out.CID = e.CID.String()
	}
	if e.Err != nil {
		out.Error = e.Err.Error()
	}
	switch e.Kind {
	case trainer.EventAccepted:
		t.Tell(out, "taking part: fetching the model, reading the data…")
	case trainer.EventPlanned:
		out.Operations = e.Operations
		t.Tell(out, "%.3g multiply-adds to train: %s here at least", e.Operations, e.Estimate.Round(time.Second))
	case trainer.EventEmbedding:
		out.Encoder = e.Ran.Where
		t.Tell(out, "%s", e.Ran)
	case trainer.EventFinalized, trainer.EventSlashed, trainer.EventSettled, trainer.EventDrawn:
		t.Tell(out, "%s", app.Duty(string(e.Kind), e.Validator, e.Settled))
	case trainer.EventTraining:
		p := e.Progress
		out.Progress = progress(e)
		where := ""
		if p.Batch != p.Batches {
			where = fmt.Sprintf(" (batch %d of %d, %s left)", p.Batch, p.Batches, p.Remaining.Round(time.Second))
		}
		t.Tell(out, "Epoch %d/%d: Loss=%.3f, Acc=%.1f%%%s", p.Epoch, p.Epochs, p.Loss, 100*p.Accuracy, where)
	case trainer.EventTrained:
		if e.Result != nil && e.Result.Privacy != nil {
			out.Epsilon, out.Delta = e.Result.Privacy.Epsilon, e.Result.Privacy.Delta
			t.Tell(out, "trained %s, with (ε, δ) = (%.3g, %.1g)", out.CID, out.Epsilon, out.Delta)
			return
		}
		t.Tell(out, "trained %s", out.CID)
	case trainer.EventCopied:
		out.Rows, out.Source = e.Rows, e.Source
		t.Tell(out, "data %s is ready%s", out.CID, rowsOf(e))
	case trainer.EventSourced:
		out.Source = e.Source
		t.Tell(out, "said on the chain that the data is at %s", e.Source)
	case trainer.EventSubmitted:
		out.Published = app.Publications(e.Published)
		t.Tell(out, "submitted %s%s", out.CID, places(e.Published))
	case trainer.EventPublished:
		out.Published = app.Publications(e.Published)
		t.Tell(out, "submissions are closed; published %s%s", out.CID, places(e.Published))
	case trainer.EventClaimed:
		out.Lamports = &e.Lamports
		t.Tell(out, "claimed %s SOL; rating %s", chain.FormatSOL(e.Lamports), e.Rating)
	case trainer.EventRefused:
		t.Tell(out, "skipped: %v", e.Err)
	default:
		t.Failed(out, e.Err, e.Retry)
	}
}

// rowsOf says how much data it is, where that is known.
func rowsOf(e trainer.Event) string {
	if e.Rows == 0 {
		return ""
	}
	return fmt.Sprintf(": %d rows, checked as validators will", e.Rows)
}

// places says where a head was published.
func places(all []storage.Receipt) (text string) {
	for _, r := range all {
		text += "\npublished to " + r.String()
	}
	return text
}

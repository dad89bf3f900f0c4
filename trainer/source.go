package trainer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Where a trainer keeps its data is said on the chain for whoever cannot fetch it otherwise. Nothing depends on it: what
// fails here is tried again beside everything else, and never instead.

// hub is what a source on Hugging Face begins with, as the receipts of package huggingface have it.
const hub = "hf:"

// noteReceipts notes where data was published to, unless the trainer has said where it keeps it.
func (r *run) noteReceipts(receipts []storage.Receipt) {
	text, ok := r.source()
	if !ok || text != "" {
		return
	}
	for _, receipt := range receipts {
		if strings.HasPrefix(receipt.ID, hub) {
			_ = r.keepSource(receipt.ID) // else it is not said
			return
		}
	}
}

// toSay is where the data of the run is, as far as that may be said yet and was not.
func (r *run) toSay() string {
	if !r.isData() || r.round.Sealed() && !r.published() {
		return ""
	}
	if _, done := r.has(sourced); done {
		return ""
	}
	text, _ := r.source()
	return text
}

// sources are for active rounds of which is to be said where the data is.
func (w *Worker) sources(active []*round.Round, mine map[uint64]*round.Gradient, now time.Time) (steps []round.Step) {
	for _, r := range active {
		if mine[r.ID] == nil {
			continue
		}
		if run, err := w.newRun(r); err == nil {
			steps = append(steps, round.SourceNext(r, mine[r.ID], nil, run.toSay(), w.cfg.Rounds.Wallet(), now)...)
		}
	}
	return steps
}

// sourcesToClose are for all that was said. Their rounds were not read: closeSource checks whether they can be closed yet.
func (w *Worker) sourcesToClose(ctx context.Context) (steps []round.Step) {
	all, err := w.cfg.Rounds.SourcesOf(ctx, w.cfg.Rounds.Wallet())
	if err != nil {
		return nil // looked for again
	}
	for _, s := range all {
		steps = append(steps, w.step(round.StepCloseSource, s.RoundID))
	}
	return steps
}

// said is what the chain has; nil if nothing.
func (w *Worker) said(ctx context.Context, id uint64) (*round.Source, error) {
	said, err := w.cfg.Rounds.Source(ctx, id, w.cfg.Rounds.Wallet())
	if errors.Is(err, chain.ErrNotFound) {
		return nil, nil
	}
	return said, err
}

// saySource says where the data of a round is, if that is to be done and was not done before.
func (w *Worker) saySource(ctx context.Context, s round.Step) error {
	r, mine, now, err := w.state(ctx, s.RoundID)
	if err != nil {
		return err
	}
	run, err := w.newRun(r)
	if err != nil {
		return err
	}
	said, err := w.said(ctx, s.RoundID)
	if err != nil {
		return err
	}
	want := run.toSay()
	if said != nil && said.Text == want {
		return run.set(sourced)
	}
	if !slices.Contains(round.SourceNext(r, mine, said, want, s.Subject, now), s) {
		return nil
	}
	var outlay roundwork.Outlay
	if said == nil {
		outlay.Rent = round.RentOfSource()
	}
	receipt, err := w.pay.Send(ctx, s, outlay, func() (round.Receipt, error) { return w.cfg.Rounds.SetSource(ctx, s.RoundID, want) })
	if err != nil {
		err = fmt.Errorf("round %d: saying on the chain that its data is at %.160q, which it does not depend on: %w", s.RoundID, want, err)
		if errors.Is(err, round.ErrArgument) {
			return worker.Permanent(err)
		}
		return err
	}
	_ = run.set(sourced) // else the chain alone says so
	w.report(Event{Kind: EventSourced, RoundID: r.ID, Source: want, Signature: receipt.Signature.String()})
	return nil
}

// closeSource takes the rent of a source back, if that can be done now.
func (w *Worker) closeSource(ctx context.Context, s round.Step) error {
	r, mine, now, err := w.state(ctx, s.RoundID)
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return err
	}
	if err != nil {
		r = nil // the round is closed, so the source can be closed too
	}
	said, err := w.said(ctx, s.RoundID)
	if err != nil || !slices.Contains(round.SourceNext(r, mine, said, "", s.Subject, now), s) {
		return err
	}
	_, err = w.pay.Send(ctx, s, roundwork.Outlay{Owed: true}, func() (round.Receipt, error) {
		return w.cfg.Rounds.CloseSource(ctx, s.RoundID, s.Subject)
	})
	return err
}

// sayingWhere says, after a submission by hand that ended with err, where its data is. Where that fails, it is told, and
// the submission holds all the same.
func (w *Worker) sayingWhere(ctx context.Context, id uint64, err error) error {
	if err != nil {
		return err
	}
	s := w.step(round.StepSetSource, id)
	if err := w.pay.InTurn(ctx, roundwork.Group(s), func() error { return w.saySource(ctx, s) }); err != nil {
		w.failed(&s, err, 0)
	}
	return nil
}

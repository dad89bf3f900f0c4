package trainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// The head of a sealed round, or its data, is submitted by its CID alone. It stays in Dir, where a store
// that serves what it holds does not find it, until submissions close: then nobody gains by
// copying it. What was submitted and what was published is read from the chain and from
// Dir, so a worker that was killed goes on from there.

// publications are for heads of sealed rounds that are to be published and are not yet.
func (w *Worker) publications(active []*round.Round, mine map[uint64]*round.Gradient, now time.Time) (steps []round.Step) {
	for _, r := range active {
		publish := w.step(round.StepPublish, r.ID)
		if !slices.Contains(round.TrainerNext(r, mine[r.ID], w.cfg.Rounds.Wallet(), now), publish) {
			continue
		}
		if run, err := w.newRun(r); err == nil && !run.published() {
			steps = append(steps, publish)
		}
	}
	return steps
}

// publishSealed publishes the head that was submitted to a sealed round, if that is to be done
// now and was not done before.
func (w *Worker) publishSealed(ctx context.Context, s round.Step) error {
	r, mine, todo, err := w.todo(ctx, s)
	if err != nil || !todo {
		return err
	}
	run, err := w.newRun(r)
	if err != nil || run.published() {
		return err
	}
	root, err := w.cfg.Store.CID(ctx, os.DirFS(run.dir))
	if err != nil || root.String() != mine.CID {
		return worker.Permanent(fmt.Errorf("round %d: the %s %s, which this wallet has submitted, is not in %s: start the worker that %s it, or its bond is lost",
			r.ID, run.what(), mine.CID, w.cfg.Dir, run.made(nil).Kind))
	}
	if _, err := w.cfg.Store.Add(ctx, os.DirFS(run.dir), storage.KeepUntil(r.ScoringEnds().Add(keepAfter))); err != nil {
		return fmt.Errorf("round %d: %w", r.ID, err)
	}
	receipts, err := w.push(ctx, run, root)
	if err != nil {
		return fmt.Errorf("round %d: %w", r.ID, err)
	}
	run.noteReceipts(receipts)
	if err := run.set(published); err != nil {
		return err
	}
	w.report(Event{Kind: EventPublished, RoundID: r.ID, CID: root, Published: receipts})
	return nil
}

// push publishes a head, or data, that is in the store. Data that is where others can fetch it has to be nowhere else.
func (w *Worker) push(ctx context.Context, run *run, root cid.Cid) ([]storage.Receipt, error) {
	receipts, err := w.cfg.Store.Push(ctx, root)
	if said, _ := run.source(); said != "" && errors.Is(err, storage.ErrNoPusher) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("publishing the %s: %w", run.what(), err)
	}
	return receipts, nil
}

// awaitPublication waits until submissions to a sealed round close, by the chain's clock, and
// publishes this wallet's head.
func (w *Worker) awaitPublication(ctx context.Context, id uint64) error {
	for {
		r, mine, now, err := w.state(ctx, id)
		if err != nil {
			return err
		}
		run, err := w.newRun(r)
		if err != nil {
			return err
		}
		switch {
		case run.published():
			return fmt.Errorf("round %d: its gradient was submitted and published already", id)
		case mine != nil && r.Publishable(now):
			return w.publishSealed(ctx, w.step(round.StepPublish, id))
		case r.Status != round.Active || !now.Before(r.SubmissionsClose()):
			return fmt.Errorf("round %d: it is too late to publish the gradient of this wallet (it is %s): nobody scores it any more", id, r.Status)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(w.cfg.Poll):
		}
	}
}

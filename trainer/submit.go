package trainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Train takes part in one round now: it trains, unless Dir holds a finished
// training run, and submits. In a data round it copies the newest revision, unless Dir
// holds a copy already, and submits that. In a sealed round it then waits until submissions close, and
// publishes the head: nobody can score it before, and its bond is lost without. Where it
// was stopped meanwhile, the next call goes on from there. It returns a
// [round.RefusedError] if the policy does not take the round.
func (w *Worker) Train(ctx context.Context, id uint64) error {
	release, err := w.lockDir()
	if err != nil {
		return err
	}
	defer release()
	r, mine, now, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if mine != nil && r.Sealed() && r.Status == round.Active {
		return w.sayingWhere(ctx, id, w.awaitPublication(ctx, id)) // another process of this wallet has submitted it
	}
	if mine != nil {
		return fmt.Errorf("round %d: gradient %s was submitted already", id, mine.CID)
	}
	if err := r.CanSubmit(w.cfg.Rounds.Wallet(), rating.Cap, now); err != nil { // the policy looks at the rating
		return &round.RefusedError{RoundID: id, Reason: fmt.Sprintf(
			"it takes no submission from this wallet now (it is %s, its base has %d of %d scores, submissions close at %s): %v",
			r.Status, r.Prevalidations, r.Options.MinPrevalidations, r.SubmissionsClose().UTC(), err)}
	}
	stars, err := w.stars(ctx)
	if err != nil {
		return err
	}
	policy, err := w.policy(ctx)
	if err != nil {
		return err
	}
	if err := w.refuse(policy, r, stars, now); err != nil {
		return err
	}
	compute, err := w.prepare(ctx, r)
	if err == nil && compute != nil {
		err = compute(ctx)
	}
	if err == nil && r.Sealed() {
		err = w.awaitPublication(ctx, id)
	}
	return w.sayingWhere(ctx, id, err)
}

// longestLag is how far behind a node may be. Until then a round that shows nothing
// of this worker's submission is neither trained nor submitted to again.
const longestLag = 10 * time.Minute

// prepare fetches what training needs, and returns the part that computes. Where a
// finished run is in Dir, it submits that at once.
func (w *Worker) prepare(ctx context.Context, r *round.Round) (worker.Compute, error) {
	about := func(err error) error {
		if err != nil {
			err = markPermanent(fmt.Errorf("round %d: %w", r.ID, err))
		}
		return err
	}
	run, err := w.newRun(r)
	if err != nil {
		return nil, worker.Permanent(about(err))
	}
	if ago, ok := run.has(submitted); ok && ago < longestLag {
		return nil, worker.Wait(fmt.Errorf("round %d: the node shows it as it was before this worker submitted to it, %s ago",
			r.ID, ago.Round(time.Second)), w.cfg.Poll)
	}
	finished, err := run.finished()
	if err != nil {
		return nil, about(err)
	}
	if finished {
		return nil, about(w.publish(ctx, run, run.made(nil)))
	}
	if err := w.hasData(r); err != nil {
		return nil, worker.Permanent(err)
	}
	if err := w.pay.Afford(ctx, w.submission(r)); err != nil {
		return nil, err
	}
	w.report(Event{Kind: EventAccepted, RoundID: r.ID})
	bytes, err := w.fetch(ctx, run.model)
	if err != nil {
		return nil, about(fmt.Errorf("model: %w", err))
	}
	return func(ctx context.Context) error {
		made, err := w.make(ctx, run, bytes)
		if err != nil {
			return about(err)
		}
		return about(w.publish(ctx, run, made))
	}, nil
}

// make makes what is submitted, whole on disk or not at all, and returns what is told of it.
func (w *Worker) make(ctx context.Context, run *run, bytes int64) (Event, error) {
	if run.isData() {
		return w.copyData(ctx, run, bytes)
	}
	result, err := w.trainRun(ctx, run, bytes)
	return run.made(result), err
}

// fetch fetches a package in a place for that, and returns what it takes in memory.
func (w *Worker) fetch(ctx context.Context, root cid.Cid) (bytes int64, err error) {
	err = w.fetches.Do(ctx, root.String(), func(ctx context.Context) error {
		_, err := w.cfg.Store.Fetch(ctx, root)
		return markPermanent(err)
	})
	if err != nil {
		return 0, err
	}
	files, err := w.local(ctx, root)
	if err != nil {
		return 0, err
	}
	return packagefmt.DecodedBytes(files)
}

// markPermanent marks errors that trying again cannot fix.
func markPermanent(err error) error {
	if errors.As(err, new(revisionError)) {
		return worker.Retried(err)
	}
	if errors.As(err, new(*round.RefusedError)) {
		return worker.Permanent(err)
	}
	for _, e := range []error{
		fit.ErrSamples, fit.ErrOptions, fit.ErrDiverged, fit.ErrNoGain, packagefmt.ErrInvalid, packagefmt.ErrUnsupported, packagefmt.ErrNoEncoder,
		dataset.ErrClass, dataset.ErrShape,
		storage.ErrTooLarge, storage.ErrUnsafeName, round.ErrRatingTooLow, round.ErrConflictOfInterest, round.ErrDeadlinePassed,
	} {
		if errors.Is(err, e) {
			return worker.Permanent(err)
		}
	}
	return err
}

// keepAfter is how long after the round's deadline its gradient stays pinned:
// nobody has to come back to unpin it, whether it was submitted or not.
const keepAfter = 24 * time.Hour

// publish publishes the finished run and submits its CID, after another look at
// the round: what is published stays public for ever.
func (w *Worker) publish(ctx context.Context, run *run, made Event) error {
	root, err := w.add(ctx, run)
	if err != nil {
		return err
	}
	made.RoundID, made.CID = run.round.ID, root
	w.report(made)
	return w.pay.InTurn(ctx, run.round.ID, func() error { return w.submit(ctx, run, root) })
}

// add puts the finished run into the store. That of a sealed round stays out of it, since
// stores may serve what they hold and its CID is about to be public: it has only a CID.
func (w *Worker) add(ctx context.Context, run *run) (cid.Cid, error) {
	files := os.DirFS(run.dir)
	if run.round.Sealed() {
		return w.cfg.Store.CID(ctx, files)
	}
	return w.cfg.Store.Add(ctx, files, storage.KeepUntil(run.round.Options.Deadline.Add(keepAfter)))
}

// submit publishes a gradient and submits it; in a sealed round it is published later.
func (w *Worker) submit(ctx context.Context, run *run, root cid.Cid) error {
	r, err := w.stillOpen(ctx, run)
	if err != nil {
		return err
	}
	if err := w.pay.Afford(ctx, w.submission(r)); err != nil {
		return err
	}
	var receipts []storage.Receipt
	if !r.Sealed() {
		if receipts, err = w.push(ctx, run, root); err != nil {
			return err
		}
		run.noteReceipts(receipts)
	}
	if err := w.ensureProfile(ctx, r.ID); err != nil {
		return fmt.Errorf("trainer profile: %w", err)
	}
	receipt, err := w.pay.Send(ctx, w.step(round.StepSubmit, r.ID), w.submission(r), func() (round.Receipt, error) {
		if r.Sealed() {
			return w.cfg.Rounds.Pin(r).SubmitSealed(ctx, r.ID, root.String())
		}
		return w.cfg.Rounds.Pin(r).SubmitGradient(ctx, r.ID, root.String())
	})
	if err != nil {
		return fmt.Errorf("submitting %s: %w", root, err)
	}
	_ = run.set(submitted) // else the chain alone says so
	w.report(Event{Kind: EventSubmitted, RoundID: r.ID, CID: root, Signature: receipt.Signature.String(), Published: receipts})
	return nil
}

// stillOpen reads the round once more, and fails unless it would take a submission
// now and the policy takes it as it is now.
func (w *Worker) stillOpen(ctx context.Context, run *run) (*round.Round, error) {
	r, mine, now, err := w.state(ctx, run.round.ID)
	if err != nil {
		return nil, err
	}
	if mine != nil {
		return nil, w.pay.Rivals.Beaten(w.step(round.StepSubmit, r.ID), nil)
	}
	if err := r.CanSubmit(w.cfg.Rounds.Wallet(), rating.Cap, now); err != nil {
		return nil, fmt.Errorf("nothing was published, since the round takes no submission now: %w", err)
	}
	stars, err := w.stars(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := w.policy(ctx)
	if err != nil {
		return nil, err
	}
	policy.MinTime = 1 // the time was for training
	return r, w.refuse(policy, r, stars, now)
}

// submission is what a submission takes out of the wallet.
func (w *Worker) submission(r *round.Round) roundwork.Outlay {
	_, rent, bond := r.CostOfSubmitting(w.cfg.Rounds.Chain().MaxFee())
	return roundwork.Outlay{Rent: rent + bond}
}

// ensureProfile creates the trainer's profile on its first round.
func (w *Worker) ensureProfile(ctx context.Context, id uint64) error {
	w.profile.Lock()
	defer w.profile.Unlock()
	_, err := w.cfg.Rounds.Profile(ctx, w.cfg.Rounds.Wallet())
	if !errors.Is(err, chain.ErrNotFound) {
		return err
	}
	_, err = w.pay.Send(ctx, w.step(round.StepSubmit, id), roundwork.Outlay{Rent: round.ProfileRent()}, func() (round.Receipt, error) {
		return w.cfg.Rounds.CreateTrainerProfile(ctx)
	})
	return err
}

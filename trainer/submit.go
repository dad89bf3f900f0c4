package trainer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Train takes part in one round now: it trains, unless Dir holds a finished
// training run, and submits. It returns a [round.RefusedError] if the policy does
// not take the round.
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
	if err := w.cfg.Policy.Refuse(r, stars, now); err != nil {
		return err
	}
	return w.trainAndSubmit(ctx, r)
}

// trainAndSubmit puts a gradient on chain. It trains unless a finished run is in
// Dir.
func (w *Worker) trainAndSubmit(ctx context.Context, r *round.Round) error {
	model, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return worker.Permanent(fmt.Errorf("round %d: model: %w", r.ID, err))
	}
	dir := w.runDir(r.ID, model)
	var result *fit.Result
	_, err = os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		result, err = w.trainHead(ctx, r, model, dir)
	}
	if err == nil {
		err = w.submit(ctx, r, dir, result)
	}
	if err != nil {
		return markPermanent(fmt.Errorf("round %d: %w", r.ID, err))
	}
	return nil
}

// markPermanent marks errors that trying again cannot fix.
func markPermanent(err error) error {
	for _, e := range []error{
		fit.ErrSamples, fit.ErrOptions, fit.ErrDiverged, packagefmt.ErrInvalid, packagefmt.ErrUnsupported, packagefmt.ErrNoEncoder,
		dataset.ErrClass, dataset.ErrShape,
		storage.ErrTooLarge, storage.ErrUnsafeName, round.ErrRatingTooLow, round.ErrConflictOfInterest,
	} {
		if errors.Is(err, e) {
			return worker.Permanent(err)
		}
	}
	return err
}

// runDir is where the finished training run of a round is kept. The model is
// in the name, since a local chain that is set up again counts rounds from 0.
func (w *Worker) runDir(id uint64, model cid.Cid) string {
	return filepath.Join(w.cfg.Dir, fmt.Sprintf("round-%d-%s", id, model))
}

// trainHead fetches the package, trains its head and writes it to dir.
func (w *Worker) trainHead(ctx context.Context, r *round.Round, model cid.Cid, dir string) (*fit.Result, error) {
	id := dataset.ID(r.Dataset)
	data, ok := w.cfg.Data[id]
	if !ok {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("no private data for %s: add it to Config.Data", id)}
	}
	w.report(Event{Kind: EventAccepted, RoundID: r.ID})
	files, err := w.fetch(ctx, model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", model, err)
	}
	x, y, err := w.samples(ctx, pkg, data)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", model, err)
	}
	opts := w.cfg.Training
	opts.OnProgress = func(p fit.Progress) {
		if w.cfg.Training.OnProgress != nil {
			w.cfg.Training.OnProgress(p)
		}
		w.report(Event{Kind: EventTraining, RoundID: r.ID, Progress: p})
	}
	head, result, err := fit.Train(ctx, pkg.Head, x, y, opts)
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	return &result, packagefmt.WriteGradient(dir, head, pkg)
}

func (w *Worker) fetch(ctx context.Context, root cid.Cid) (fs.FS, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.FetchTimeout)
	defer cancel()
	return w.cfg.Store.Fetch(ctx, root)
}

// samples are what the head trains on: the private data through the encoder.
func (w *Worker) samples(ctx context.Context, pkg *packagefmt.Package, data dataset.Dataset) (safetensors.Tensor, []int, error) {
	if pkg.Encoder != nil {
		return pkg.Embed(ctx, data)
	}
	if !w.cfg.TestEmbeddings {
		return safetensors.Tensor{}, nil, fmt.Errorf(
			"%w: set Config.TestEmbeddings to train on the package's own test embeddings anyway", packagefmt.ErrNoEncoder)
	}
	labels, err := pkg.Labels(data)
	return pkg.Embeddings, labels, err
}

// submit publishes the finished run and submits its CID.
func (w *Worker) submit(ctx context.Context, r *round.Round, dir string, result *fit.Result) error {
	root, err := w.cfg.Store.Add(ctx, os.DirFS(dir))
	if err != nil {
		return err
	}
	w.report(Event{Kind: EventTrained, RoundID: r.ID, CID: root, Result: result})
	if _, err := w.cfg.Store.Push(ctx, root); err != nil {
		return fmt.Errorf("publishing the trained head: %w", err)
	}
	if err := w.ensureProfile(ctx); err != nil {
		return fmt.Errorf("trainer profile: %w", err)
	}
	receipt, err := w.cfg.Rounds.SubmitGradient(ctx, r.ID, root.String())
	if err != nil {
		return fmt.Errorf("submitting %s: %w", root, err)
	}
	w.report(Event{Kind: EventSubmitted, RoundID: r.ID, CID: root, Signature: receipt.Signature.String()})
	return nil
}

// ensureProfile creates the trainer's profile on its first round.
func (w *Worker) ensureProfile(ctx context.Context) error {
	_, err := w.cfg.Rounds.Profile(ctx, w.cfg.Rounds.Wallet())
	if errors.Is(err, chain.ErrNotFound) {
		_, err = w.cfg.Rounds.CreateTrainerProfile(ctx)
	}
	return err
}

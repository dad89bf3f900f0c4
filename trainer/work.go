package trainer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// ErrNoEncoder says that a package has no encoder, so that private data cannot
// be trained on.
var ErrNoEncoder = errors.New("the package has no encoder to embed private data with: set Config.TestEmbeddings to train on the package's own test embeddings all the same")

// Train takes part in one round now: it trains, or takes up a finished training
// run, and submits. It returns a [RefusedError] where the policy does not take
// the round.
func (w *Worker) Train(ctx context.Context, id uint64) error {
	r, mine, now, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if mine != nil {
		return fmt.Errorf("round %d: gradient %s was submitted already", id, mine.CID)
	}
	if err := w.cfg.Policy.Refuse(r); err != nil {
		return err
	}
	if next(r, nil, w.cfg.Round.Wallet(), now) != stepTrain {
		return &RefusedError{id, fmt.Sprintf("it takes no submission from this wallet now (it is %s, its base has %d of %d scores, submissions close at %s)",
			r.Status, r.Prevalidations(), r.Options.MinPrevalidations, r.SubmissionsClose())}
	}
	return w.train(ctx, r)
}

// Claim claims the reward of one finalized round, which settles the rating.
func (w *Worker) Claim(ctx context.Context, id uint64) error {
	r, mine, now, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if next(r, mine, w.cfg.Round.Wallet(), now) != stepClaim {
		return fmt.Errorf("round %d: nothing to claim: it is %s, and this wallet's gradient is %s", id, r.Status, describe(mine))
	}
	return w.claim(ctx, r)
}

func describe(g *round.Gradient) string {
	switch {
	case g == nil:
		return "not in it"
	case g.RewardClaimed:
		return "paid already"
	}
	return "waiting"
}

// train brings a gradient on chain, by the steps that are still missing.
func (w *Worker) train(ctx context.Context, r *round.Round) error {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	model, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return worker.Permanent(fmt.Errorf("round %d: model: %w", r.ID, err))
	}
	dir := w.runDir(r.ID, model)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := w.run(ctx, r, model, dir); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return w.submit(ctx, r, dir)
}

// runDir is where the finished training run of a round is kept. The model is
// in the name, since a chain that was set up anew counts its rounds from 0.
func (w *Worker) runDir(id uint64, model cid.Cid) string {
	return filepath.Join(w.cfg.Dir, fmt.Sprintf("round-%d-%s", id, model))
}

// run fetches the package, trains its head and leaves it in dir.
func (w *Worker) run(ctx context.Context, r *round.Round, model cid.Cid, dir string) error {
	data, ok := w.cfg.Data[dataset.ID(r.Dataset)]
	if !ok {
		return &RefusedError{r.ID, fmt.Sprintf("no private data for %s: add it to Config.Data", dataset.ID(r.Dataset))}
	}
	w.cfg.Observer(Event{Kind: EventAccepted, Round: r.ID, HasRound: true})
	files, err := w.cfg.Store.Fetch(ctx, model)
	if err != nil {
		return fmt.Errorf("round %d: model: %w", r.ID, err)
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return worker.Permanent(fmt.Errorf("round %d: model %s: %w", r.ID, model, err))
	}
	x, y, err := w.samples(ctx, pkg, data)
	if err != nil {
		return fmt.Errorf("round %d: %w", r.ID, err)
	}
	opts := w.cfg.Options
	opts.OnProgress = func(p Progress) {
		if w.cfg.Options.OnProgress != nil {
			w.cfg.Options.OnProgress(p)
		}
		w.cfg.Observer(Event{Kind: EventTraining, Round: r.ID, HasRound: true, Progress: p})
	}
	head, _, err := Fit(ctx, pkg.Head, x, y, opts)
	if err != nil {
		return fmt.Errorf("round %d: training: %w", r.ID, err)
	}
	return packagefmt.WriteGradient(dir, head, pkg)
}

// samples are what the head trains on: the private data through the encoder.
func (w *Worker) samples(ctx context.Context, pkg *packagefmt.Package, data dataset.Dataset) (safetensors.Tensor, []int, error) {
	if pkg.Encoder != nil {
		return pkg.Embed(ctx, data)
	}
	if !w.cfg.TestEmbeddings {
		return safetensors.Tensor{}, nil, worker.Permanent(ErrNoEncoder)
	}
	labels, err := pkg.Labels(data)
	return pkg.Embeddings, labels, err
}

// submit publishes the finished run and hands its CID in.
func (w *Worker) submit(ctx context.Context, r *round.Round, dir string) error {
	root, err := w.cfg.Store.Add(ctx, os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("round %d: %w", r.ID, err)
	}
	w.cfg.Observer(Event{Kind: EventTrained, Round: r.ID, HasRound: true, CID: root})
	if _, err := w.cfg.Store.Push(ctx, root); err != nil {
		return fmt.Errorf("round %d: publishing the trained head: %w", r.ID, err)
	}
	if err := w.ensureProfile(ctx); err != nil {
		return fmt.Errorf("round %d: trainer profile: %w", r.ID, err)
	}
	receipt, err := w.cfg.Round.SubmitGradient(ctx, r.ID, root.String())
	if err != nil {
		return fmt.Errorf("round %d: submitting %s: %w", r.ID, root, err)
	}
	w.cfg.Observer(Event{Kind: EventSubmitted, Round: r.ID, HasRound: true, CID: root, Signature: receipt.Signature.String()})
	return nil
}

// ensureProfile creates the trainer's profile on its first round.
func (w *Worker) ensureProfile(ctx context.Context) error {
	_, err := w.cfg.Round.Profile(ctx, w.cfg.Round.Wallet())
	if errors.Is(err, round.ErrNotFound) {
		_, err = w.cfg.Round.CreateTrainerProfile(ctx)
	}
	return err
}

func (w *Worker) claim(ctx context.Context, r *round.Round) error {
	receipt, err := w.cfg.Round.ClaimTrainer(ctx, r.ID)
	if err != nil {
		return fmt.Errorf("round %d: claiming: %w", r.ID, err)
	}
	e := Event{Kind: EventClaimed, Round: r.ID, HasRound: true, Signature: receipt.Signature.String()}
	for _, event := range receipt.Events {
		if paid, ok := event.(round.TrainerRewardClaimed); ok && paid.RoundID == r.ID {
			e.Lamports = paid.Amount
		}
	}
	if profile, err := w.cfg.Round.Profile(ctx, w.cfg.Round.Wallet()); err == nil {
		e.Rating = profile.Stars
	}
	w.cfg.Observer(e)
	return nil
}

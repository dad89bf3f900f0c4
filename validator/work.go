package validator

import (
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Validate scores what is to be scored in one round now.
func (w *Worker) Validate(ctx context.Context, id uint64) error {
	r, todo, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if reason, err := w.refuse(ctx, r); err != nil || reason != nil {
		return errors.Join(err, reason)
	}
	if !todo.scores() {
		return fmt.Errorf("round %d: nothing to score: it is %s, and this wallet has scored all that it may", id, r.Status)
	}
	return w.score(ctx, r, todo)
}

// Claim claims what one finalized round owes for this validator's scores.
func (w *Worker) Claim(ctx context.Context, id uint64) error {
	r, todo, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if !todo.pays() {
		return fmt.Errorf("round %d: nothing to claim: it is %s, and this wallet has no unpaid score in it", id, r.Status)
	}
	return w.claim(ctx, r, todo)
}

// handle does what is to be done now in one round.
func (w *Worker) handle(ctx context.Context, id uint64) error {
	r, todo, err := w.state(ctx, id)
	switch {
	case err != nil:
		return err
	case todo.scores() && !w.cfg.NoScore:
		return w.score(ctx, r, todo)
	case todo.pays() && !w.cfg.NoClaim:
		return w.claim(ctx, r, todo)
	}
	return nil
}

// state reads one round and what this validator has to do in it.
func (w *Worker) state(ctx context.Context, id uint64) (*round.Round, work, error) {
	r, err := w.cfg.Round.Round(ctx, id)
	if err != nil {
		return nil, work{}, err
	}
	mine, err := w.own(ctx)
	if err != nil {
		return nil, work{}, err
	}
	gradients, err := w.cfg.Round.Gradients(ctx, id)
	if err != nil {
		return nil, work{}, err
	}
	now, err := w.cfg.Round.Now(ctx)
	return r, next(r, gradients, mine[id], w.cfg.Round.Wallet(), now), err
}

// score fetches the model, and scores what is to be scored.
func (w *Worker) score(ctx context.Context, r *round.Round, todo work) error {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	pkg, test, err := w.open(ctx, r)
	if err != nil {
		return fmt.Errorf("round %d: %w", r.ID, err)
	}
	if todo.base {
		if err := w.scoreBase(ctx, r, pkg, test); err != nil {
			return fmt.Errorf("round %d: base head: %w", r.ID, err)
		}
	}
	if len(todo.gradients) == 0 {
		return nil
	}
	return w.scoreGradients(ctx, r, pkg, test, todo.gradients)
}

// open fetches and checks the model package, and takes the labels of its
// embeddings from this validator's copy of the data set.
func (w *Worker) open(ctx context.Context, r *round.Round) (*packagefmt.Package, Test, error) {
	data, ok := w.cfg.Data[dataset.ID(r.Dataset)]
	if !ok {
		return nil, Test{}, fmt.Errorf("no test split of %s: add it to Config.Data", dataset.ID(r.Dataset))
	}
	root, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return nil, Test{}, worker.Permanent(fmt.Errorf("model: %w", err))
	}
	files, err := w.cfg.Store.Fetch(ctx, root)
	if err != nil {
		return nil, Test{}, fmt.Errorf("model: %w", err)
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, Test{}, worker.Permanent(fmt.Errorf("model %s: %w", root, err))
	}
	labels, err := pkg.Labels(data)
	if err != nil {
		return nil, Test{}, worker.Permanent(fmt.Errorf("model %s: %w", root, err))
	}
	if err := w.checkEmbeddings(ctx, root, pkg, data); err != nil {
		return nil, Test{}, fmt.Errorf("model %s: %w", root, err)
	}
	return pkg, Test{Embeddings: pkg.Embeddings, Labels: labels, Limit: w.cfg.MaxSamples}, nil
}

// maxChecked bounds the packages whose check is remembered.
const maxChecked = 1024

// checkEmbeddings recomputes a package's embeddings, once a package, so that a
// creator cannot have heads scored on something else than the test split. A
// package without an encoder is taken at its word.
func (w *Worker) checkEmbeddings(ctx context.Context, root cid.Cid, pkg *packagefmt.Package, test dataset.Dataset) error {
	if pkg.Encoder == nil {
		return nil
	}
	w.mu.Lock()
	checked := w.checked[root]
	w.mu.Unlock()
	if checked {
		return nil
	}
	if err := pkg.CheckEmbeddings(ctx, test); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return worker.Permanent(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.checked) >= maxChecked {
		clear(w.checked)
	}
	w.checked[root] = true
	return nil
}

func (w *Worker) scoreBase(ctx context.Context, r *round.Round, pkg *packagefmt.Package, test Test) error {
	accuracy, err := Accuracy(ctx, pkg.Head, test.Embeddings, test.Labels, test.Limit)
	if err != nil {
		return err
	}
	receipt, err := w.cfg.Round.Prevalidate(ctx, r.ID, accuracy)
	if errors.Is(err, round.ErrPrevalidationClosed) || errors.Is(err, round.ErrValidatorSlotsFull) {
		return nil // others were faster
	}
	if err != nil {
		return err
	}
	w.cfg.Observer(Event{Kind: EventBase, Round: r.ID, HasRound: true, Score: Score{Accuracy: accuracy}, Signature: receipt.Signature.String()})
	return nil
}

// scoreGradients scores some gradients of a round. One that cannot be fetched is
// left for the next pass and does not hold up the others.
func (w *Worker) scoreGradients(ctx context.Context, r *round.Round, pkg *packagefmt.Package, test Test, todo []*round.Gradient) error {
	all, err := w.cfg.Round.Gradients(ctx, r.ID)
	if err != nil {
		return err
	}
	wanted := map[solana.PublicKey]bool{}
	for _, g := range todo {
		wanted[g.Trainer] = true
	}
	judge, err := NewJudge(ctx, pkg.Head, test)
	if err != nil {
		return err
	}
	var earlier []Earlier
	var failed []error
	for _, g := range all {
		head, broken, err := w.fetchHead(ctx, g, pkg)
		switch {
		case err != nil && wanted[g.Trainer]:
			failed = append(failed, fmt.Errorf("round %d: gradient of %s: %w", r.ID, g.Trainer, err))
			continue
		case err != nil:
			continue
		}
		if wanted[g.Trainer] {
			if err := w.scoreGradient(ctx, r, g, judge, head, broken, earlier); err != nil {
				failed = append(failed, fmt.Errorf("round %d: gradient of %s: %w", r.ID, g.Trainer, err))
			}
		}
		if broken == nil {
			earlier = append(earlier, Earlier{ID: g.CID, Norm: Norm(head), Open: func() (packagefmt.Network, error) { return head, nil }})
		}
	}
	return errors.Join(failed...)
}

// fetchHead fetches a submitted head. broken says what makes it invalid for
// everybody; err why it could not be had here and now.
func (w *Worker) fetchHead(ctx context.Context, g *round.Gradient, base *packagefmt.Package) (head packagefmt.Network, broken, err error) {
	root, err := storage.ParseCID(g.CID)
	if err != nil {
		return head, err, nil
	}
	files, err := w.cfg.Store.Fetch(ctx, root)
	if errors.Is(err, storage.ErrUnsafeName) || errors.Is(err, storage.ErrTooLarge) {
		return head, err, nil
	}
	if err != nil {
		return head, nil, err
	}
	head, broken = packagefmt.ReadGradient(files, base)
	return head, broken, nil
}

func (w *Worker) scoreGradient(ctx context.Context, r *round.Round, g *round.Gradient, judge *Judge,
	head packagefmt.Network, broken error, earlier []Earlier) (err error) {
	var score Score
	if broken != nil {
		score = Unreadable(broken)
	} else if score, err = judge.Score(ctx, head, earlier); err != nil {
		return err
	}
	receipt, err := w.cfg.Round.Postvalidate(ctx, r.ID, g.Trainer, score.Accuracy)
	if errors.Is(err, round.ErrValidatorSlotsFull) {
		return nil // others were faster
	}
	if err != nil {
		return err
	}
	w.cfg.Observer(Event{Kind: EventGradient, Round: r.ID, HasRound: true, Trainer: g.Trainer, Score: score, Signature: receipt.Signature.String()})
	return nil
}

// claim is paid for every score of a round.
func (w *Worker) claim(ctx context.Context, r *round.Round, todo work) error {
	var failed []error
	done := func(trainer solana.PublicKey, receipt round.Receipt, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("round %d: claiming: %w", r.ID, err))
			return
		}
		w.cfg.Observer(Event{Kind: EventClaimed, Round: r.ID, HasRound: true, Trainer: trainer,
			Lamports: paid(receipt), Signature: receipt.Signature.String()})
	}
	if todo.claimBase {
		receipt, err := w.cfg.Round.ClaimValidatorPre(ctx, r.ID)
		done(solana.PublicKey{}, receipt, err)
	}
	for _, p := range todo.claims {
		receipt, err := w.cfg.Round.ClaimValidatorPost(ctx, r.ID, p.Trainer)
		done(p.Trainer, receipt, err)
	}
	return errors.Join(failed...)
}

// paid is what a claim brought, as its logs tell.
func paid(r round.Receipt) uint64 {
	for _, e := range r.Events {
		if e, ok := e.(round.ValidatorRewardClaimed); ok {
			return e.Amount
		}
	}
	return 0
}

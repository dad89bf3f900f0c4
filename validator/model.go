package validator

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// model is a package that was fetched and checked, and the judge of its heads.
type model struct {
	pkg   *packagefmt.Package
	judge *Judge
}

// model returns the model of a round, from the cache or else from the store.
func (w *Worker) model(ctx context.Context, r *round.Round) (*model, error) {
	root, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return nil, worker.Permanent(fmt.Errorf("model: %w", err))
	}
	entry := w.models.entry(modelKey{root, dataset.ID(r.Dataset)})
	select {
	case <-entry.token:
		defer func() { entry.token <- struct{}{} }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if entry.model == nil {
		if entry.model, err = w.loadModel(ctx, r, root); err != nil {
			return nil, markPermanent(fmt.Errorf("model %s: %w", root, err))
		}
	}
	return entry.model, nil
}

// loadModel fetches a model, recomputes its embeddings with its encoder, so that
// heads are scored on nothing but the test split, and scores its base.
func (w *Worker) loadModel(ctx context.Context, r *round.Round, root cid.Cid) (*model, error) {
	data, err := w.dataOf(r)
	if err != nil {
		return nil, err
	}
	files, err := w.fetch(ctx, root)
	if err != nil {
		return nil, err
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, err
	}
	if id, ok := pkg.Dataset(); ok && id != dataset.ID(r.Dataset) {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("it is about %s, its package about %s", dataset.ID(r.Dataset), id)}
	}
	labels, err := pkg.Labels(data)
	if err != nil {
		return nil, err
	}
	if err := w.checkEmbeddings(ctx, r.ID, pkg, data); err != nil {
		return nil, err
	}
	judge, err := NewJudge(ctx, pkg.Head, Test{Embeddings: pkg.Embeddings, Labels: labels, Limit: w.cfg.MaxSamples})
	if err != nil {
		return nil, err
	}
	return &model{pkg, judge}, nil
}

// checkEmbeddings recomputes a package's embeddings if it holds its encoder.
func (w *Worker) checkEmbeddings(ctx context.Context, id uint64, pkg *packagefmt.Package, test dataset.Dataset) error {
	if pkg.Encoder == nil {
		return nil
	}
	late := &round.RefusedError{RoundID: id, Reason: fmt.Sprintf(
		"recomputing its embeddings takes more than %s (raise Config.CheckTimeout to wait for longer)", w.cfg.CheckTimeout)}
	ctx, cancel := context.WithTimeoutCause(ctx, w.cfg.CheckTimeout, late)
	defer cancel()
	return pkg.CheckEmbeddings(ctx, test)
}

func (w *Worker) fetch(ctx context.Context, root cid.Cid, options ...storage.FetchOption) (fs.FS, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.FetchTimeout)
	defer cancel()
	return w.cfg.Store.Fetch(ctx, root, options...)
}

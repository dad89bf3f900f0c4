package validator

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// model is a package that was fetched and checked, with the judge of its heads.
type model struct {
	pkg   *packagefmt.Package
	judge *Judge
}

// modelKey names a model: the same package may stand in rounds about different
// data sets, and is then checked against each.
type modelKey struct {
	root cid.Cid
	data dataset.ID
}

// models keeps the few models that were used last. Several jobs that need the
// same one wait for the first to make it.
type models struct {
	mu   sync.Mutex
	max  int
	kept map[modelKey]*keptModel
}

type keptModel struct {
	turn chan struct{} // holds one token: who has it may make the model
	*model
	used time.Time
}

func newModels(most int) models { return models{max: most, kept: map[modelKey]*keptModel{}} }

// place returns the place of a model, which is empty at first.
func (m *models) place(key modelKey) *keptModel {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[key]
	if !ok {
		m.makeRoom()
		k = &keptModel{turn: make(chan struct{}, 1)}
		k.turn <- struct{}{}
		m.kept[key] = k
	}
	k.used = time.Now()
	return k
}

// makeRoom forgets the model that was used the longest ago; m.mu is held.
func (m *models) makeRoom() {
	if len(m.kept) < m.max {
		return
	}
	var oldest modelKey
	first := true
	for key, k := range m.kept {
		if first || k.used.Before(m.kept[oldest].used) {
			oldest, first = key, false
		}
	}
	delete(m.kept, oldest)
}

// model returns the model of a round, which it fetches and checks where it is
// not kept.
func (w *Worker) model(ctx context.Context, r *round.Round) (*model, error) {
	root, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return nil, worker.Permanent(fmt.Errorf("model: %w", err))
	}
	k := w.models.place(modelKey{root, dataset.ID(r.Dataset)})
	select {
	case <-k.turn:
		defer func() { k.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if k.model == nil {
		if k.model, err = w.open(ctx, r, root); err != nil {
			return nil, final(fmt.Errorf("model %s: %w", root, err))
		}
	}
	return k.model, nil
}

// open fetches a model, recomputes its embeddings with its encoder, so that
// nothing is scored on something else than the test split, and scores its base.
func (w *Worker) open(ctx context.Context, r *round.Round, root cid.Cid) (*model, error) {
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
		return nil, &round.RefusedError{Round: r.ID, Reason: fmt.Sprintf("it is about %s, its package about %s", dataset.ID(r.Dataset), id)}
	}
	labels, err := pkg.Labels(data)
	if err != nil {
		return nil, err
	}
	if err := w.check(ctx, r.ID, pkg, data); err != nil {
		return nil, err
	}
	judge, err := NewJudge(ctx, pkg.Head, Test{Embeddings: pkg.Embeddings, Labels: labels, Limit: w.cfg.MaxSamples})
	if err != nil {
		return nil, err
	}
	return &model{pkg, judge}, nil
}

// check recomputes a package's embeddings, where it holds its encoder.
func (w *Worker) check(ctx context.Context, id uint64, pkg *packagefmt.Package, test dataset.Dataset) error {
	if pkg.Encoder == nil {
		return nil
	}
	late := &round.RefusedError{Round: id, Reason: fmt.Sprintf(
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

// norms remembers ‖head‖₂ of gradients by their CIDs, so that an earlier one is
// opened again only where it may be what a later one was copied from.
type norms struct {
	mu sync.Mutex
	of map[string]float64
}

// maxNorms bounds what is remembered.
const maxNorms = 1 << 14

func newNorms() norms { return norms{of: map[string]float64{}} }

func (n *norms) get(cid string) (float64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	v, ok := n.of[cid]
	return v, ok
}

func (n *norms) put(cid string, v float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.of) >= maxNorms {
		clear(n.of)
	}
	n.of[cid] = v
}

package validator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// model is a package that was fetched and checked, and the judge of its heads or of the data
// of one data round.
type model struct {
	pkg   *packagefmt.Package
	judge *Judge
	data  *dataState
}

// base is what the base model scores.
func (m *model) base() uint32 {
	if m.data != nil {
		return m.data.judge.Base()
	}
	return m.judge.Base()
}

// modelKey names a model: the same package may stand in rounds about different
// data sets, and is then checked against each, and be scored on its sealed test or not.
type modelKey struct {
	root    cid.Cid
	data    dataset.ID
	holdout packagefmt.HoldoutKey // once it is revealed
	round   uint64                // of a data round, from 1: its submissions are compared with one another
}

func keyOfModel(r *round.Round, root cid.Cid) modelKey {
	key := modelKey{root: root, data: dataset.ID(r.Dataset)}
	if holdout := keyOfHoldout(r); holdout != nil {
		key.holdout = *holdout
	}
	if isData(r) {
		key.round = r.ID + 1
	}
	return key
}

// size is what a package or a gradient takes in memory.
type size struct {
	decoded int64 // its tensors
	batch   int64 // of a batch on its way through it; of a gradient 0
}

// batchBytes is what a batch takes, unless a package's layers take more.
const batchBytes = 128 << 20

// noRoom says that a package takes more memory than was set apart for it.
type noRoom struct{ size }

func (noRoom) Error() string { return "it takes more memory than was set apart" }

// fetchModel fetches the package of a round, unless it was fetched before.
func (w *Worker) fetchModel(ctx context.Context, r *round.Round) (cid.Cid, error) {
	root, err := storage.ParseCID(r.ModelCID)
	if err != nil {
		return root, worker.Permanent(fmt.Errorf("model: %w", err))
	}
	if err := w.fetch(ctx, root); err != nil {
		return root, markPermanent(fmt.Errorf("model %s: %w", root, err))
	}
	return root, nil
}

// fetch fetches content into the store, in a place for that, unless it was fetched
// before.
func (w *Worker) fetch(ctx context.Context, root cid.Cid, options ...storage.FetchOption) error {
	return w.fetchIn(ctx, root, w.fetches.FirstDeadline(), options...)
}

// fetchIn is fetch with a first try that takes no longer than first.
func (w *Worker) fetchIn(ctx context.Context, root cid.Cid, first time.Duration, options ...storage.FetchOption) error {
	return w.fetchAs(ctx, root, first, packagefmt.DecodedBytes, options...)
}

// noBytes is what a submission of data takes in memory until it is read.
func noBytes(fs.FS) (int64, error) { return 0, nil }

// fetchAs is fetchIn of what takes as many bytes in memory as decoded says.
func (w *Worker) fetchAs(ctx context.Context, root cid.Cid, first time.Duration, decoded func(fs.FS) (int64, error), options ...storage.FetchOption) error {
	if _, known := w.sizes.Get(root); known {
		return nil
	}
	return w.fetches.DoIn(ctx, root.String(), first, func(ctx context.Context) error {
		got, err := w.cfg.Store.Fetch(ctx, root, options...)
		if err != nil {
			return markPermanent(err)
		}
		bytes, err := decoded(got)
		if err == nil {
			w.sizes.Put(root, size{bytes, batchBytes})
		}
		return err
	})
}

// localTimeout bounds reading what should be in the store.
const localTimeout = time.Minute

// local reads what was fetched before. If the store has dropped it since, it is
// fetched once more the next time.
func (w *Worker) local(ctx context.Context, root cid.Cid, options ...storage.FetchOption) (fs.FS, error) {
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	files, err := w.cfg.Store.Fetch(ctx, root, options...)
	if err != nil {
		w.sizes.Forget(root)
	}
	return files, err
}

// model returns the model of a round, which is loaded unless it is kept, with work
// bytes for the caller until release.
func (w *Worker) model(ctx context.Context, r *round.Round, root cid.Cid, work int64) (m *model, release func(), err error) {
	return w.modelWith(ctx, r, root, func(size) (int64, int64) { return 0, work })
}

// modelWith is model with room for what it holds besides the package, and for the caller's work.
func (w *Worker) modelWith(ctx context.Context, r *round.Round, root cid.Cid, more func(of size) (held, work int64)) (m *model, release func(), err error) {
	for {
		of, _ := w.sizes.Get(root)
		held, work := more(of)
		// Checking a package recomputes its embeddings: as much again as it holds.
		m, release, err = w.models.Use(ctx, keyOfModel(r, root), of.decoded+held, of.decoded+of.batch+work, func(ctx context.Context) (*model, error) {
			return w.loadModel(ctx, r, root, of)
		})
		var larger noRoom
		if !errors.As(err, &larger) {
			break
		}
		w.sizes.Put(root, larger.size)
	}
	if errors.Is(err, worker.ErrMemory) {
		err = &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("scoring its package takes %v (raise Config.Memory to score it)", err)}
	}
	if err != nil {
		return nil, nil, markPermanent(fmt.Errorf("model %s: %w", root, err))
	}
	return m, release, nil
}

// forgetOver drops the models of rounds that are over.
func (w *Worker) forgetOver(active []*round.Round) {
	needed := make(map[modelKey]bool, len(active))
	for _, r := range active {
		if root, err := storage.ParseCID(r.ModelCID); err == nil {
			needed[keyOfModel(r, root)] = true
		}
	}
	w.models.Trim(func(key modelKey) bool { return needed[key] })
}

// loadModel reads a model, recomputes its embeddings with its encoder, so that
// heads are scored on nothing but the test split, and scores its base.
func (w *Worker) loadModel(ctx context.Context, r *round.Round, root cid.Cid, of size) (*model, error) {
	data, err := w.dataOf(r)
	if err != nil {
		return nil, err
	}
	from, err := w.local(ctx, root)
	if err != nil {
		return nil, err
	}
	pkg, err := packagefmt.Read(from)
	if err != nil {
		return nil, err
	}
	if pkg.Config.Task != nil && !isData(r) {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: "its package is that of a data round, which takes data and not heads"}
	}
	if id, ok := pkg.Dataset(); ok && id != dataset.ID(r.Dataset) {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("it is about %s, its package about %s", dataset.ID(r.Dataset), id)}
	}
	if isData(r) {
		return w.loadData(ctx, r, pkg, data, root, of)
	}
	labels, err := pkg.Labels(data)
	if err != nil {
		return nil, err
	}
	if err := w.affords(r, pkg, of); err != nil {
		return nil, err
	}
	if err := w.checkEmbeddings(ctx, r.ID, pkg, data); err != nil {
		return nil, err
	}
	ctx, cancel := w.scoring(ctx, r.ID)
	defer cancel()
	public := Test{Embeddings: pkg.Embeddings, Labels: labels, Limit: w.most(r)}
	if !r.HasHoldout() {
		judge, err := NewJudge(ctx, pkg.Head, public)
		return &model{pkg: pkg, judge: judge}, err
	}
	judge, err := NewHoldoutJudge(ctx, pkg, public, keyOfHoldout(r))
	if err != nil {
		return nil, err
	}
	if why := judge.Unsealed(); why != nil {
		w.report(Event{Kind: EventUnsealed, RoundID: r.ID, Err: why})
	}
	return &model{pkg: pkg, judge: judge}, nil
}

// affords refuses, before anything is computed, a package whose layers take longer
// than they may, or more memory than was set apart.
func (w *Worker) affords(r *round.Round, pkg *packagefmt.Package, of size) error {
	cost, err := pkg.Cost()
	if err != nil {
		return err
	}
	if cost.Bytes > of.decoded || cost.WorkBytes > of.batch {
		return noRoom{size{max(cost.Bytes, of.decoded), max(cost.WorkBytes, of.batch)}}
	}
	// Trainers must not train for a base whose submissions cannot be scored here.
	if need := 2*of.decoded + of.batch + gradientCopies*cost.HeadBytes; need > w.cfg.Memory {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(
			"scoring its submissions takes %d MiB, of a budget of %d (raise Config.Memory to score it)", need>>20+1, w.cfg.Memory>>20)}
	}
	samples, encoder := pkg.Embeddings.Shape[0], cost.EncoderOps
	if w.cfg.Runner != nil {
		encoder /= max(1, w.cfg.Runner.Speedup())
	}
	if err := withinTime(r.ID, "recomputing its embeddings", "CheckTimeout", encoder, samples, w.cfg.CheckTimeout); err != nil {
		return err
	}
	if most := w.most(r); most > 0 {
		samples = min(samples, most)
	}
	if r.HasHoldout() { // how many samples are sealed is not known yet: as many as fit, of two bytes a value
		dim := max(1, pkg.Embeddings.Shape[1])
		samples = max(samples, min(packagefmt.MaxSamples, len(pkg.Holdout)/(2*dim)))
	}
	return withinTime(r.ID, "scoring one of its heads", "ScoreTimeout", cost.HeadOps, samples, w.cfg.ScoreTimeout)
}

// most is how many samples of a round's test are scored on; 0: all. In sealed rounds it is all: who
// scores otherwise than the rest is slashed there.
func (w *Worker) most(r *round.Round) int {
	if r.Sealed() {
		return 0
	}
	return w.cfg.MaxSamples
}

// withinTime refuses what cannot be done in time, even at this machine's best.
func withinTime(id uint64, what, setting string, ops float64, samples int, limit time.Duration) error {
	least := time.Duration(min(ops*float64(samples)/packagefmt.Speed(), 1e9) * float64(time.Second))
	if least <= limit {
		return nil
	}
	return &round.RefusedError{RoundID: id, Reason: fmt.Sprintf("%s takes at least %s here (%.3g multiply-adds for each of %d samples), more than %s (raise Config.%s to wait for longer)",
		what, least.Round(time.Second), ops, samples, limit, setting)}
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
	m := packagefmt.Embedder{Runner: w.cfg.Runner}
	if m.Runner != nil {
		m.OnRan = func(ran packagefmt.Ran) { w.report(Event{Kind: EventEmbedding, RoundID: id, Ran: &ran}) }
	}
	if w.cfg.OnEmbed != nil {
		m.OnProgress = func(done, total int) { w.cfg.OnEmbed(id, done, total) }
	}
	return m.CheckEmbeddings(ctx, pkg, test)
}

// scoring bounds the time for scoring one head.
func (w *Worker) scoring(ctx context.Context, id uint64) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, w.cfg.ScoreTimeout, &round.RefusedError{RoundID: id, Reason: fmt.Sprintf(
		"scoring one of its heads takes more than %s (raise Config.ScoreTimeout to wait for longer)", w.cfg.ScoreTimeout)})
}

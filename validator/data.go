package validator

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/copies"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// In a data round the submissions are data, and a score is what an adapter learns from it. One is scored at a time,
// in the order of submission, since each takes all processors; other rounds have the other places that compute.

// errTraining is the reason to wait for another submission that is being scored.
var errTraining = errors.New("another submission of data is being scored")

// trainingPause is how soon it is looked again whether the place for it is free, which costs nothing.
const trainingPause = 250 * time.Millisecond

// training takes the place for scoring data; the error is the reason to come back.
func (w *Worker) training() (done func(), err error) {
	select {
	case w.trains <- struct{}{}:
		return func() { <-w.trains }, nil
	default:
		return nil, worker.Turn(errTraining, trainingPause)
	}
}

// isData reports whether a round is one of data.
func isData(r *round.Round) bool { return r.Task() == round.TaskData }

// dataState is a data round's judge, and the rows that it has read.
type dataState struct {
	judge *DataJudge
	// rows are those of submissions of this round and of earlier ones; none of what is worth nothing.
	rows map[rowsKey][]copies.Print
	// origins are whose the rows of these submissions of earlier rounds are.
	origins *copies.Origins
	of      []past
}

// rowsKey names a submission.
type rowsKey struct{ trainer, cid string }

// taskOf is what the submissions to a data round take. It parses the package's config once.
func (w *Worker) taskOf(ctx context.Context, r *round.Round, root cid.Cid) (taskSize, error) {
	if t, known := w.tasks.Get(root); known {
		return t, nil
	}
	text, err := w.readConfig(ctx, root)
	if err != nil {
		return taskSize{}, err
	}
	w.parsing.Lock()
	defer w.parsing.Unlock()
	config, err := packagefmt.ParseConfig(text)
	if err != nil {
		return taskSize{}, markPermanent(err)
	}
	if config.Task == nil {
		return taskSize{}, worker.Permanent(noTask(r))
	}
	t := taskSizeOf(&config)
	w.tasks.Put(root, t)
	return t, nil
}

func noTask(r *round.Round) error {
	return &round.RefusedError{RoundID: r.ID, Reason: "it is a data round, and its package has no task"}
}

// dataModel is model for a data round: with room for the rows of all submissions that are compared.
func (w *Worker) dataModel(ctx context.Context, r *round.Round, root cid.Cid, compared int, scores bool) (m *model, release func(), err error) {
	return w.modelWith(ctx, r, root, func(of size) (held, work int64) {
		t, _ := w.tasks.Get(root)
		held = t.held(compared)
		if scores {
			work = t.work(of.decoded, of.batch)
		}
		return held, work
	})
}

// loadData reads the model of a data round, recomputes its embeddings as of other rounds, and scores its base.
func (w *Worker) loadData(ctx context.Context, r *round.Round, pkg *packagefmt.Package, data dataset.Dataset, root cid.Cid, of size) (*model, error) {
	if pkg.Config.Task == nil {
		return nil, noTask(r)
	}
	cost, err := pkg.Cost()
	if err != nil {
		return nil, err
	}
	if cost.Bytes > of.decoded || cost.WorkBytes > of.batch {
		return nil, noRoom{size{max(cost.Bytes, of.decoded), max(cost.WorkBytes, of.batch)}}
	}
	training, err := trainingCost(pkg)
	if err != nil {
		return nil, err
	}
	if err := w.roomForRows(root, pkg, of, training.Bytes); err != nil {
		return nil, err
	}
	if err := w.affordsData(r, pkg, cost, training); err != nil {
		return nil, err
	}
	if err := w.checkEmbeddings(ctx, r.ID, pkg, data); err != nil {
		return nil, err
	}
	ctx, cancel := w.scoring(ctx, r.ID)
	defer cancel()
	cfg := DataConfig{Package: pkg, Test: data, Limit: w.most(r), MaxBytes: math.MaxInt64, MaxMultiplyAdds: math.Inf(1),
		Holdout: keyOfHoldout(r), memory: &w.learned}
	if w.cfg.Dir != "" {
		cfg.Cache = filepath.Join(w.cfg.Dir, "scores")
	}
	judge, err := NewDataJudge(ctx, cfg)
	if err != nil {
		return nil, err
	}
	unsealed := judge.Unsealed()
	if r.HasHoldout() && !r.HoldoutRevealed {
		unsealed = errNotRevealed
	}
	if unsealed != nil {
		w.report(Event{Kind: EventUnsealed, RoundID: r.ID, Err: unsealed})
	}
	return &model{pkg: pkg, data: &dataState{judge: judge, rows: map[rowsKey][]copies.Print{}}}, nil
}

// roomForRows asks for more memory where the test, or the encoder's outputs, which rows are compared by, or a training, are
// larger than was expected.
func (w *Worker) roomForRows(root cid.Cid, pkg *packagefmt.Package, of size, training int64) error {
	t, _ := w.tasks.Get(root)
	bytes, err := rowBytes(pkg)
	test := int64(pkg.Embeddings.Shape[0])
	if err != nil || bytes <= t.rowBytes && test <= t.test && training <= t.training {
		return err
	}
	t.rowBytes, t.test, t.training = max(bytes, t.rowBytes), max(test, t.test), max(training, t.training)
	w.tasks.Put(root, t)
	return noRoom{of}
}

// affordsData refuses, before anything is computed, what takes longer than it may.
func (w *Worker) affordsData(r *round.Round, pkg *packagefmt.Package, cost packagefmt.Cost, training fit.AdapterCost) error {
	encoder := cost.EncoderOps
	if w.cfg.Runner != nil {
		encoder /= max(1, w.cfg.Runner.Speedup())
	}
	err := withinTime(r.ID, "recomputing its embeddings", "CheckTimeout", encoder, pkg.Embeddings.Shape[0], w.cfg.CheckTimeout)
	if err != nil {
		return err
	}
	return withinTime(r.ID, "training on one of its submissions", "ScoreTimeout", training.MultiplyAdds, pkg.Config.Task.Steps(), w.cfg.ScoreTimeout)
}

// ErrEarlier is wrapped by the event that says that a submission of data is not scored yet, since one of an earlier
// round, whose rows it may hold, could not be fetched, or is not known to the node any more.
var ErrEarlier = errors.New("validator: a submission of an earlier round is not here")

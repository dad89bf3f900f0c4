package validator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/copies"
	datasub "github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/lora"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// ErrBudget means that judging takes more memory or time than was allowed. It says nothing
// about a submission and is no score.
var ErrBudget = errors.New("validator: judging takes more than it may")

// leakShare is one in how many rows near the test make a submission worth nothing.
const leakShare = 10

// DataConfig is what a [DataJudge] needs.
type DataConfig struct {
	// Package is that of a data round.
	Package *packagefmt.Package
	// Test is the validator's own copy of the test split, in its order.
	Test dataset.Dataset
	// Holdout is the key of the package's sealed test, once it is revealed. If it opens a test of the
	// same kind, by the rule of [NewHoldoutJudge], that is scored on in place of Test, and rows of Test may be
	// trained on. [DataJudge.Unsealed] says why it is not. Default: nil, scored on Test.
	Holdout *packagefmt.HoldoutKey
	// Limit is how many test samples are scored on. Default 0: as many as the package has
	// embeddings.
	Limit int
	// Cache is a directory in which scores are kept, by CID; empty for none. It is made if
	// it is missing.
	Cache string
	// MaxBytes bounds the memory of samples and model. Default: 1 GiB.
	MaxBytes int64
	// Threads is the largest number of threads of a training; no score depends on it.
	// Default 0: as many as Go uses.
	Threads int
	// MaxMultiplyAdds bounds the work of one training. Default: 10¹³, some minutes.
	MaxMultiplyAdds float64

	memory *worker.Memo[string, Score] // in place of Cache
}

// DataSubmission is data that somebody submitted, verified against its CID.
type DataSubmission struct {
	CID     string // names it, also in the cache
	Trainer string // the wallet that submitted it
	Files   fs.FS
}

// DataJudge scores the submissions of one data round, in their order. It is not for several
// goroutines at once.
type DataJudge struct {
	cfg     DataConfig
	task    packagefmt.Task
	schema  datasub.Schema
	model   packagefmt.Model
	adapter lora.Config
	encoder *encoderRun
	near    float64

	x          safetensors.Tensor // test samples
	y          []int
	testPrints []copies.Print // of the test samples
	leaks      *copies.Index
	origins    *copies.Origins
	base       uint32
	cache      *scoreCache

	unsealed error // why the public test counts
}

// NewDataJudge reads the test and scores the base model on it. An error is about the package
// or the test, or ctx's cause.
func NewDataJudge(ctx context.Context, cfg DataConfig) (*DataJudge, error) {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 30
	}
	if cfg.MaxMultiplyAdds == 0 {
		cfg.MaxMultiplyAdds = 1e13
	}
	j := &DataJudge{cfg: cfg}
	if err := j.prepare(); err != nil {
		return nil, err
	}
	limit := cfg.Package.Embeddings.Shape[0]
	if cfg.Limit > 0 {
		limit = min(limit, cfg.Limit)
	}
	if err := j.affords(limit); err != nil {
		return nil, err
	}
	if err := j.publicTest(ctx, limit); err != nil {
		return nil, err
	}
	public := cfg.Test
	e, err := fit.Evaluate(ctx, j.model, nil, j.x, j.y)
	if err != nil {
		return nil, err
	}
	if cfg.Holdout != nil {
		sealed, err := j.sealedTest(ctx, e)
		if err != nil {
			return nil, err
		}
		if j.unsealed == nil {
			e, public = sealed, nil
		}
	}
	j.base = j.scoreOf(e)
	if err := j.compareWith(ctx, public); err != nil {
		return nil, fmt.Errorf("test split: %w", err)
	}
	j.cache, err = newScoreCache(cfg, j.y, cfg.Holdout != nil && j.unsealed == nil)
	return j, err
}

// words reports whether rows are compared by what they say.
func (j *DataJudge) words() bool {
	return j.schema.Kind == datasub.Texts || j.schema.Kind == datasub.Conversations
}

// publicTest reads the test split.
func (j *DataJudge) publicTest(ctx context.Context, limit int) (err error) {
	if j.x, j.y, err = j.cfg.Package.Samples(ctx, j.cfg.Test, limit); err != nil {
		return fmt.Errorf("test split: %w", err)
	}
	if n := j.x.Shape[0]; n < limit {
		return fmt.Errorf("%w: %d samples, the package has embeddings of %d", ErrTest, n, limit)
	}
	if _, err := dataset.Seen(j.cfg.Test, 0); j.words() && errors.Is(err, dataset.ErrShape) {
		return fmt.Errorf("%w: it holds no texts, which rows are compared with: open it as a dataset.TextSet or a dataset.ConversationSet", ErrTest)
	}
	return nil
}

// sealedTest puts the sealed test in the place of the public one, on which the base did as public says. If it
// cannot, unsealed says why.
func (j *DataJudge) sealedTest(ctx context.Context, public fit.Evaluation) (fit.Evaluation, error) {
	hidden, err := j.cfg.Package.OpenHoldout(*j.cfg.Holdout)
	if err != nil {
		j.unsealed = err
		return public, nil //nolint:nilerr // it is no fault of the round's: the public split counts
	}
	x, y := hidden.Samples, hidden.Labels
	if n, most := x.Shape[0], j.cfg.Limit; most > 0 && most < n {
		x.Data, y = x.Data[:len(x.Data)/n*most], y[:len(y)/n*most]
		x.Shape = append([]int{most}, x.Shape[1:]...)
	}
	e, err := fit.Evaluate(ctx, j.model, nil, x, y)
	switch {
	case errors.Is(err, fit.ErrDiverged) || errors.Is(err, fit.ErrSamples):
		j.unsealed = err
		return public, nil
	case err != nil:
		return public, err
	case j.schema.Kind == datasub.Conversations && !sameLoss(public.Losses, e.Losses):
		j.unsealed = fmt.Errorf("the base's loss on it is %.3f and on the public split %.3f: that is no test of the same kind", e.Loss, public.Loss)
		return public, nil
	case j.schema.Kind == datasub.Conversations:
	case !sameKind(public.Correct, public.Counted, e.Correct, e.Counted):
		j.unsealed = fmt.Errorf("the base is right on %d of its %d samples and on %d of %d of the public split: that is no test of the same kind", e.Correct, e.Counted, public.Correct, public.Counted)
		return public, nil
	}
	j.x, j.y = x, y
	return e, nil
}

// Unsealed is why a judge with a key scores on the public split; nil if it scores on the sealed test, and without
// a key.
func (j *DataJudge) Unsealed() error { return j.unsealed }

// compareWith has rows compared with the test, which is public, or nil if it is a sealed one: of texts that holds token ids
// alone, and nobody knows it.
func (j *DataJudge) compareWith(ctx context.Context, public dataset.Dataset) (err error) {
	if !j.words() || public != nil {
		if j.testPrints, err = j.prints(ctx, j.x, public); err != nil {
			return err
		}
	}
	j.leaks, j.origins = copies.NewIndex(j.near, j.testPrints), copies.NewOrigins(j.near, j.testPrints)
	return nil
}

// prepare takes the package apart.
func (j *DataJudge) prepare() (err error) {
	p := j.cfg.Package
	if j.schema, err = p.Submission(); err != nil {
		return err
	}
	j.task = *p.Config.Task
	if j.model, err = p.Whole(); err != nil {
		return err
	}
	if j.adapter, err = adapterOf(p); err != nil {
		return err
	}
	if j.near = j.task.Schema.Near; j.near == 0 {
		j.near = packagefmt.DefaultNear
	}
	if !j.words() {
		j.encoder, err = newEncoderRun(*p.Encoder)
	}
	return err
}

// affords fails with ErrBudget if so many test samples and the largest submission do not fit
// into memory, or a training takes too long.
func (j *DataJudge) affords(test int) error {
	p := j.cfg.Package
	cost, err := p.Cost()
	if err != nil {
		return err
	}
	training, err := trainingCost(p)
	if err != nil {
		return err
	}
	t := taskSizeOf(&p.Config)
	if t.rowBytes, err = rowBytes(p); err != nil {
		return err
	}
	t.test, t.training = int64(test), training.Bytes
	if need := t.held(0) + t.work(cost.Bytes, cost.WorkBytes); need > j.cfg.MaxBytes {
		return fmt.Errorf("%w: some %d MiB of memory, and it may take %d", ErrBudget, need>>20, j.cfg.MaxBytes>>20)
	}
	if work := training.MultiplyAdds * float64(j.task.Steps()); work > j.cfg.MaxMultiplyAdds {
		return fmt.Errorf("%w: a training takes %.2g multiply-adds, and it may take %.2g", ErrBudget, work, j.cfg.MaxMultiplyAdds)
	}
	return nil
}

// Base is the score of the model without an adapter: what a copy gets.
func (j *DataJudge) Base() uint32 { return j.base }

// Earlier takes note of a submission of an earlier round, so that its rows are its trainer's.
// Earlier ones come first, in their order, and only those that scored more than 0. Content that
// breaks the rules is passed over; an error says nothing about it.
func (j *DataJudge) Earlier(ctx context.Context, s DataSubmission) error {
	rows, score, err := j.read(ctx, s)
	if err == nil && score == nil {
		j.origins.Add(j.origins.Look(s.Trainer, rows.prints))
	}
	return err
}

// Score scores the next submission of the round:
//
//   - one that breaks the rules, or of which over a tenth is near the test, scores 0;
//   - other rows near the test are left out;
//   - if over half of the rest are rows that others had first, it scores what the base does;
//   - else an adapter is trained on the rest, and the model with it is scored on the test; 0 if
//     its weights do not stay finite.
//
// An error is one of reading, of ctx or of the budget, says nothing about the submission, and
// is no score.
func (j *DataJudge) Score(ctx context.Context, s DataSubmission) (Score, error) {
	rows, score, err := j.read(ctx, s)
	if err != nil {
		return Score{}, err
	}
	if score != nil {
		return *score, nil
	}
	look := j.origins.Look(s.Trainer, rows.prints)
	if look.Copy() {
		j.origins.Add(look)
		return j.copied(look), nil
	}
	got, err := j.learn(ctx, s.CID, rows)
	if err != nil {
		return Score{}, err
	}
	if got.Accuracy > 0 {
		j.origins.Add(look)
	}
	return got, nil
}

// copied is the score of a copy.
func (j *DataJudge) copied(look copies.Look) Score {
	return Score{Accuracy: j.base, Verdict: Copy, Reason: fmt.Sprintf("%d of %d rows are those of others, %d of %s", look.Foreign, look.Rows, look.MostRows, look.Most)}
}

// dataRows are the rows of a submission that are not near the test.
type dataRows struct {
	x      safetensors.Tensor
	y      []int // a label each, or of conversations one for every token
	prints []copies.Print
}

// read reads a submission; the score says why it is worth nothing, if it is.
func (j *DataJudge) read(ctx context.Context, s DataSubmission) (rows dataRows, score *Score, err error) {
	set, err := datasub.Read(s.Files, j.schema)
	var wrong *datasub.Invalid
	if errors.As(err, &wrong) {
		return rows, &Score{Verdict: Invalid, Reason: wrong.Error()}, nil
	}
	if err != nil {
		return rows, nil, err
	}
	if named := set.Manifest.Trainer; named != "" && named != s.Trainer {
		return rows, &Score{Verdict: Invalid, Reason: fmt.Sprintf("%s names the trainer %.60q, and another has submitted it", datasub.ManifestFile, named)}, nil
	}
	rows.x, rows.y, err = j.cfg.Package.Samples(ctx, set.Dataset(), 0)
	if ctx.Err() != nil {
		return rows, nil, context.Cause(ctx)
	}
	if err != nil { // they are in memory: it is what they hold
		return rows, &Score{Verdict: Invalid, Reason: err.Error()}, nil //nolint:nilerr // it is the submission's
	}
	if rows.prints, err = j.prints(ctx, rows.x, set.Dataset()); err != nil {
		return rows, nil, err
	}
	near := j.leaks.Near(rows.prints)
	leaked := 0
	for _, is := range near {
		if is {
			leaked++
		}
	}
	if leakShare*leaked > len(near) {
		return rows, &Score{Verdict: Invalid, Reason: fmt.Sprintf("%d of %d rows are near the test's", leaked, len(near))}, nil
	}
	rows.drop(near)
	return rows, nil, nil
}

// drop leaves rows out.
func (r *dataRows) drop(out []bool) {
	size, labels, kept := len(r.x.Data)/len(out), len(r.y)/len(out), 0
	for i, is := range out {
		if is {
			continue
		}
		copy(r.x.Data[kept*size:(kept+1)*size], r.x.Data[i*size:])
		copy(r.y[kept*labels:(kept+1)*labels], r.y[i*labels:])
		r.prints[kept] = r.prints[i]
		kept++
	}
	r.x.Shape = slices.Clone(r.x.Shape)
	r.x.Shape[0], r.x.Data = kept, r.x.Data[:kept*size]
	r.y, r.prints = r.y[:kept*labels], r.prints[:kept]
}

// Adapter trains the adapter that Score scores the submission by, bit for bit, and returns it with that score. Whose the rows
// are it does not look at: where a round has another score of the submission, it may have been found to be a copy, on which
// nobody has trained. A submission that is worth nothing has no adapter: the score's Verdict is [Invalid], and says why. onStep,
// unless it is nil, is called after each step of the training.
//
// An error is one of Score's.
func (j *DataJudge) Adapter(ctx context.Context, s DataSubmission, onStep func(done, steps int)) (lora.Adapter, Score, error) {
	rows, worthless, err := j.read(ctx, s)
	if err != nil {
		return lora.Adapter{}, Score{}, err
	}
	if worthless != nil {
		return lora.Adapter{}, *worthless, nil
	}
	return j.train(ctx, rows, onStep)
}

// learn trains an adapter and scores the model with it, unless the score of these rows is known.
func (j *DataJudge) learn(ctx context.Context, cid string, rows dataRows) (Score, error) {
	if known, ok := j.cache.get(cid); ok {
		return known, nil
	}
	_, score, err := j.train(ctx, rows, nil)
	if err != nil {
		return Score{}, err
	}
	_ = j.cache.put(cid, score) // a full disk is no reason not to score
	return score, nil
}

// train trains an adapter and scores the model with it. If its weights do not stay finite there is none.
func (j *DataJudge) train(ctx context.Context, rows dataRows, onStep func(done, steps int)) (adapter lora.Adapter, score Score, err error) {
	t := j.task.Training
	opts := fit.AdapterOptions{Steps: j.task.Steps(), BatchSize: t.BatchSize, LearningRate: t.LearningRate, Seed: t.Seed, Threads: j.cfg.Threads,
		Optimizer: map[string]fit.Optimizer{"adam": fit.Adam, "adamw": fit.AdamW, "sgd": fit.SGD}[t.Optimizer], Schedule: fit.Constant}
	if t.Schedule == "linear" {
		opts.Schedule = fit.Linear
	}
	if onStep != nil {
		opts.OnStep = func(step int, _ float64) { onStep(step, opts.Steps) }
	}
	adapter, _, err = fit.TrainAdapter(ctx, j.model, j.adapter, rows.x, rows.y, opts)
	if err == nil {
		score.Accuracy, err = j.measure(ctx, &adapter)
	}
	if errors.Is(err, fit.ErrDiverged) || errors.Is(err, fit.ErrSamples) {
		return lora.Adapter{}, Score{Verdict: Invalid, Reason: err.Error()}, nil
	}
	return adapter, score, err
}

// measure scores the model with an adapter on the test.
func (j *DataJudge) measure(ctx context.Context, adapter *lora.Adapter) (uint32, error) {
	e, err := fit.Evaluate(ctx, j.model, adapter, j.x, j.y)
	if err != nil {
		return 0, err
	}
	return j.scoreOf(e), nil
}

// scoreOf is what the task's metric makes of the model's answers.
func (j *DataJudge) scoreOf(e fit.Evaluation) uint32 {
	if j.task.Metric == packagefmt.MetricLoss {
		return packagefmt.LossScore(e.Loss)
	}
	return uint32(10_000 * e.Correct / e.Counted)
}

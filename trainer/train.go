package trainer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// Task is one head to train, as [Config.Fit] gets it.
type Task struct {
	Round    *round.Round        // whose head it is; not to be changed
	Package  *packagefmt.Package // the model; its Head is where training starts
	Data     dataset.Dataset     // the private data
	Features safetensors.Tensor  // [n, dim]: the head's inputs, Data through the package's encoder
	Labels   []int               // [n]: their classes
	// Options are [Config.Training], with OnProgress, OnCheckpoint and Resume set
	// so that the worker tells of progress and survives kills.
	Options fit.Options
}

// Fit trains the head with package fit: what a worker does without [Config.Fit].
func (t Task) Fit(ctx context.Context) (packagefmt.Network, fit.Result, error) {
	return fit.Train(ctx, t.Package.Head, t.Features, t.Labels, t.Options)
}

// batchBytes is what a batch takes, unless the package's layers take more.
const batchBytes = 128 << 20

// headCopies is how many times the weights of the head are held while it trains,
// beside the package's: themselves, gradients, the optimizer's two, the best epoch's,
// and a checkpoint's three. What is written later takes fewer.
const headCopies = 8

// noRoom says how many bytes a run takes, where that is more than was set apart.
type noRoom int64

func (n noRoom) Error() string { return fmt.Sprintf("it takes %d bytes of memory", int64(n)) }

// trainRun trains within the time until submissions close, and within the memory
// that there is.
func (w *Worker) trainRun(ctx context.Context, run *run, bytes int64) (result *fit.Result, err error) {
	ctx, cancel, err := w.window(ctx, run.round)
	if err != nil {
		return nil, err
	}
	defer cancel()
	for need := bytes + batchBytes; ; {
		release, err := w.room(ctx, run.round, "training on its package", need)
		if err != nil {
			return nil, err
		}
		result, err = w.trainHead(ctx, run, need)
		release()
		var more noRoom
		if !errors.As(err, &more) {
			return result, err
		}
		need = int64(more)
	}
}

// window ends a context when submissions close, by the chain's clock, or after
// TrainTimeout.
func (w *Worker) window(ctx context.Context, r *round.Round) (context.Context, context.CancelFunc, error) {
	left, err := w.timeLeft(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, left, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(
		"training was not done after %s (submissions close at %s)", left, r.SubmissionsClose().UTC())})
	return ctx, cancel, nil
}

// timeLeft is how long training may take from now on.
func (w *Worker) timeLeft(ctx context.Context, r *round.Round) (time.Duration, error) {
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	left := r.SubmissionsClose().Sub(now)
	if w.cfg.TrainTimeout > 0 {
		left = min(left, w.cfg.TrainTimeout)
	}
	return left, err
}

// trainHead reads the package, trains its head and writes it to the run's files.
// It fails with noRoom, before anything is computed, if that takes more than room
// bytes.
func (w *Worker) trainHead(ctx context.Context, run *run, room int64) (*fit.Result, error) {
	files, err := w.local(ctx, run.model)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", run.model, err)
	}
	if pkg.Config.Task != nil {
		return nil, fmt.Errorf("model %s: %w: its package is that of a data round, which takes data and not heads", run.model, packagefmt.ErrUnsupported)
	}
	data := w.cfg.Data[run.data]
	if err := w.plan(ctx, run.round, pkg, data, room); err != nil {
		return nil, err
	}
	x, y, err := w.samples(ctx, run.round, pkg, data)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", run.model, err)
	}
	head, result, err := w.fit(ctx, run, Task{Round: run.round, Package: pkg, Data: data, Features: x, Labels: y, Options: w.options(run)})
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	return &result, run.write(head, pkg)
}

// fit trains, from a checkpoint if there is one. A checkpoint that does not fit
// (other data, other options) is dropped.
func (w *Worker) fit(ctx context.Context, run *run, t Task) (packagefmt.Network, fit.Result, error) {
	train := w.cfg.Fit
	if train == nil {
		train = func(ctx context.Context, t Task) (packagefmt.Network, fit.Result, error) { return t.Fit(ctx) }
	}
	t.Options.Resume = run.loadCheckpoint()
	head, result, err := train(ctx, t)
	if t.Options.Resume != nil && (errors.Is(err, fit.ErrOptions) || errors.Is(err, fit.ErrSamples) || errors.Is(err, packagefmt.ErrInvalid)) {
		t.Options.Resume = nil
		head, result, err = train(ctx, t)
	}
	return head, result, err
}

// options are the configured ones, with progress and checkpoints.
func (w *Worker) options(run *run) fit.Options {
	opts := w.cfg.Training
	opts.OnProgress = func(p fit.Progress) {
		if w.cfg.Training.OnProgress != nil {
			w.cfg.Training.OnProgress(p)
		}
		w.report(Event{Kind: EventTraining, RoundID: run.round.ID, Progress: p})
	}
	opts.CheckpointEvery = w.cfg.Checkpoint
	opts.OnCheckpoint = func(c fit.Checkpoint) error {
		if w.cfg.Training.OnCheckpoint != nil {
			if err := w.cfg.Training.OnCheckpoint(c); err != nil {
				return err
			}
		}
		return run.saveCheckpoint(c)
	}
	return opts
}

// plan tells what training will take, and refuses what cannot be done in time, even
// at this machine's best, or in the room that there is.
func (w *Worker) plan(ctx context.Context, r *round.Round, pkg *packagefmt.Package, data dataset.Dataset, room int64) error {
	cost, err := pkg.Cost()
	if err != nil {
		return err
	}
	n := data.Len()
	if w.takesPublic(r, pkg) {
		n += pkg.Embeddings.Shape[0]
	}
	need := cost.Bytes + 4*int64(n)*int64(pkg.Embeddings.Shape[1]) + headCopies*cost.HeadBytes + max(batchBytes, cost.WorkBytes)
	if need > room {
		return noRoom(need)
	}
	encoder, head := float64(n)*cost.EncoderOps, 3*float64(n)*cost.HeadOps*float64(max(1, w.cfg.Training.Epochs))
	ops := encoder + head
	if w.cfg.Runner != nil {
		encoder /= max(1, w.cfg.Runner.Speedup())
	}
	least := time.Duration(min((encoder+head)/packagefmt.Speed(), 1e9) * float64(time.Second))
	w.report(Event{Kind: EventPlanned, RoundID: r.ID, Operations: ops, Estimate: least})
	left, err := w.timeLeft(ctx, r)
	if err != nil {
		return err
	}
	if least > left {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(
			"its encoder on %d samples and %d epochs take at least %s here (%.3g multiply-adds), and there are %s", n, max(1, w.cfg.Training.Epochs), least.Round(time.Second), ops, left)}
	}
	return nil
}

// takesPublic reports whether the public test split is trained on.
func (w *Worker) takesPublic(r *round.Round, pkg *packagefmt.Package) bool {
	return r.HasHoldout() && w.cfg.Public[dataset.ID(r.Dataset)] != nil && pkg.Encoder != nil
}

// embedder runs encoders on what Config.Runner is.
func (w *Worker) embedder(r *round.Round) packagefmt.Embedder {
	m := packagefmt.Embedder{Runner: w.cfg.Runner}
	if w.cfg.Runner != nil {
		m.OnRan = func(ran packagefmt.Ran) { w.report(Event{Kind: EventEmbedding, RoundID: r.ID, Ran: &ran}) }
	}
	if w.cfg.OnEmbed != nil {
		m.OnProgress = func(done, total int) { w.cfg.OnEmbed(r.ID, done, total) }
	}
	return m
}

// samples are what the head trains on: the private data through the encoder, and, where a sealed test
// is scored on, the embeddings of the public one.
func (w *Worker) samples(ctx context.Context, r *round.Round, pkg *packagefmt.Package, data dataset.Dataset) (safetensors.Tensor, []int, error) {
	if pkg.Encoder != nil {
		x, y, err := w.embedder(r).Embed(ctx, pkg, data)
		if err != nil || !w.takesPublic(r, pkg) {
			return x, y, err
		}
		more, err := pkg.Labels(w.cfg.Public[dataset.ID(r.Dataset)])
		if err != nil {
			return x, nil, fmt.Errorf("the public test split: %w", err)
		}
		y = append(y, more...)
		return safetensors.Tensor{Shape: []int{len(y), x.Shape[1]}, Data: append(x.Data, pkg.Embeddings.Data...)}, y, nil
	}
	if !w.cfg.TestEmbeddings {
		return safetensors.Tensor{}, nil, fmt.Errorf(
			"%w: set Config.TestEmbeddings to train on the package's own test embeddings anyway", packagefmt.ErrNoEncoder)
	}
	labels, err := pkg.Labels(data)
	return pkg.Embeddings, labels, err
}

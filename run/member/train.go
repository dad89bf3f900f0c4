package member

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"

	"github.com/decloud-sdk/decloud-go/internal/memfs"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/config"
	"github.com/decloud-sdk/decloud-go/run/update"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// train trains, unless Dir holds this round's update, and submits its digest. The
// contents are published when the round's training is over: there is nothing to
// copy before.
func (w *Worker) train(ctx context.Context, s *state, step run.Step) error {
	var result *fit.Result
	files, err := readFiles(s.updateFile(s.Run.Round))
	if errors.Is(err, fs.ErrNotExist) {
		phase, end := w.during(ctx, s)
		files, result, err = w.makeUpdate(phase, s, step)
		err = phaseOver(phase, err)
		end()
	}
	if err != nil {
		return err
	}
	root, err := storage.CID(ctx, files, storage.Default)
	if err != nil {
		return err
	}
	digest, err := Digest(root)
	if err != nil {
		return err
	}
	receipt, err := w.act(ctx, s, step, run.SubmitUpdate{
		Run: s.Run, Epoch: s.Run.Epoch, Round: s.Run.Round, Digest: digest, Wallet: w.cfg.Runs.Wallet(),
	})
	if err != nil {
		return err
	}
	w.report(Event{Kind: EventSubmitted, Step: step, CID: root, Result: result, Signature: receipt.Signature.String()})
	return nil
}

// makeUpdate trains and writes the update to Dir, all of it or nothing.
func (w *Worker) makeUpdate(ctx context.Context, s *state, step run.Step) (memfs.FS, *fit.Result, error) {
	sc, err := w.scene(ctx, s.Run)
	if err != nil {
		return nil, nil, err
	}
	opts := w.options(s, sc, step)
	head, result, err := w.trained(ctx, s, sc, opts)
	if err != nil {
		return nil, nil, fmt.Errorf("training: %w", err)
	}
	encode := w.encoded
	if s.Run.Model.IsZero() { // the first model is a head, not a change of one
		encode = func(_ *state, sc *scene, head packagefmt.Network) (fs.FS, update.Change, error) {
			files, err := packagefmt.GradientFS(head, sc.pkg)
			return files, nil, err
		}
	}
	files, left, err := encode(s, sc, head)
	if err != nil {
		return nil, nil, err
	}
	all, err := memfs.Read(files, maxLocal)
	if err != nil {
		return nil, nil, err
	}
	return all, result, writeFiles(s.updateFile(s.Run.Round), all, func() error { return writeResidual(s.residualFile(), left) })
}

// encoded is the update, and what its encoding has left out.
func (w *Worker) encoded(s *state, sc *scene, head packagefmt.Network) (fs.FS, update.Change, error) {
	change, err := update.Diff(head, sc.model.Head)
	if err != nil {
		return nil, nil, err
	}
	encoding := sc.file.Encoding()
	encoded, left, err := update.Compress(change, readResidual(s.residualFile(), sc.model.Head), encoding)
	if err != nil {
		return nil, nil, err
	}
	if encoding.Kind == "" {
		encoding.Kind = update.Float32
	}
	files, err := update.New(w.names(s, w.cfg.Runs.Wallet()), encoding.Kind, encoded)
	return files, left, err
}

// names say what an update of a member must be for.
func (w *Worker) names(s *state, member [32]byte) update.Names {
	return update.Names{Program: w.cfg.Runs.Addresses().Program, Run: s.Run.Address, Epoch: uint64(s.Run.Epoch), Round: uint64(s.Run.Round), Member: member}
}

func (w *Worker) trained(ctx context.Context, s *state, sc *scene, opts fit.Options) (packagefmt.Network, *fit.Result, error) {
	if w.cfg.Train != nil {
		head, err := w.cfg.Train(ctx, Input{Package: sc.pkg, Head: sc.model.Head, File: sc.file, Run: s.Run, Options: opts})
		return head, nil, err
	}
	x, y, err := w.trainPart(s, sc)
	if err != nil {
		return packagefmt.Network{}, nil, err
	}
	n := max(1, len(y))
	steps := w.steps(s, sc.file)
	opts.BatchSize = min(sc.file.Model.Head.BatchSize, n)
	perEpoch := max(1, n/opts.BatchSize)
	opts.Epochs, opts.MaxBatches = 1, steps
	if steps > perEpoch {
		opts.Epochs, opts.MaxBatches = (steps+perEpoch-1)/perEpoch, 0
	}
	head, result, err := fit.Train(ctx, sc.model.Head, x, y, opts)
	return head, &result, err
}

// steps is how many steps a member takes in a round: its share of the global batch.
func (w *Worker) steps(s *state, f config.File) int {
	done := uint64(s.Run.Step) * uint64(s.Run.Settings.GlobalBatchSizeEnd)
	share := int(s.Run.Settings.BatchSize(done)) / max(1, s.Proposers())
	return max(1, share/f.Model.Head.BatchSize)
}

// options are what the configuration says, and Config.Training's own part.
func (w *Worker) options(s *state, sc *scene, step run.Step) fit.Options {
	h, mine := sc.file.Model.Head, w.cfg.Training
	opts := fit.Options{LearningRate: sc.file.LearningRate(s.Run.Step), Threads: mine.Threads, Privacy: mine.Privacy}
	if a := h.Optimizer.AdamW; a != nil {
		opts.Optimizer, opts.WeightDecay, opts.ClipNorm, opts.Prox = fit.AdamW, a.WeightDecay, a.ClipGradNorm, a.Prox
	} else if sgd := h.Optimizer.Sgd; sgd != nil {
		opts.Optimizer, opts.Momentum, opts.WeightDecay, opts.ClipNorm, opts.Prox = fit.SGD, sgd.Momentum, sgd.WeightDecay, sgd.ClipGradNorm, sgd.Prox
	}
	wallet := w.cfg.Runs.Wallet() // or all members would shuffle, and drop out, alike
	opts.Seed = h.Seed ^ binary.LittleEndian.Uint64(s.Run.Seed[:]) ^ binary.LittleEndian.Uint64(wallet[:])
	opts.OnProgress = func(p fit.Progress) {
		if mine.OnProgress != nil {
			mine.OnProgress(p)
		}
		w.report(Event{Kind: EventTraining, Step: step, Progress: p})
	}
	return opts
}

// trainPart are the samples to train on in this round.
func (w *Worker) trainPart(s *state, sc *scene) (safetensors.Tensor, []int, error) {
	if sc.file.Data.Location == "shared" {
		return pick(sc.x, sc.y, sharedPart(s, len(sc.y)))
	}
	if s.Run.Verification != run.Vote {
		return sc.x, sc.y, nil
	}
	secret, err := readSecret(s.dir)
	if err != nil {
		return sc.x, nil, err
	}
	train, _ := privateParts(secret, len(sc.y))
	return pick(sc.x, sc.y, train)
}

// sharedPart are this member's samples of a shared data set: the members' parts of
// a round are disjoint, and drawn from its seed.
func sharedPart(s *state, n int) []int {
	order := rand.New(rand.NewChaCha8(s.Run.Seed)).Perm(n)
	rank, members := 0, 0
	for slot := range s.Run.DrawnFrom.All() {
		if role := s.Role(slot); role == run.Verifies {
			continue
		}
		if slot < s.slot {
			rank++
		}
		members++
	}
	members = max(1, members)
	return order[rank*n/members : (rank+1)*n/members]
}

// privateParts are the samples to train on, and the fifth to test on.
func privateParts(secret [32]byte, n int) (train, test []int) {
	order := rand.New(rand.NewChaCha8(secret)).Perm(n)
	return order[n/5:], order[:n/5]
}

// pick are some of the samples.
func pick(x safetensors.Tensor, y []int, index []int) (safetensors.Tensor, []int, error) {
	if len(y) == 0 || len(index) == 0 {
		return x, nil, fmt.Errorf("%w: no sample is left for this member", fit.ErrSamples)
	}
	width := len(x.Data) / len(y)
	out := safetensors.Tensor{Shape: append([]int{len(index)}, x.Shape[1:]...), Data: make([]float32, 0, width*len(index))}
	labels := make([]int, len(index))
	for i, at := range index {
		out.Data = append(out.Data, x.Data[at*width:(at+1)*width]...)
		labels[i] = y[at]
	}
	return out, labels, nil
}

// mustPublish reports whether this round's update was submitted by this member, the
// round's training is over, and this process has not published it yet.
func (w *Worker) mustPublish(s *state) bool {
	if s.member == nil || s.Run.State != run.RoundWitness || s.member.Update.Round != s.Run.Round {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.pushed[s.member.Update.Digest]
}

// publish publishes the update that was submitted.
func (w *Worker) publish(ctx context.Context, s *state, step run.Step) error {
	e := Event{Kind: EventPublished, Step: step, CID: CID(s.member.Update.Digest)}
	files, err := readFiles(s.updateFile(s.Run.Round))
	if err != nil {
		return err
	}
	root, err := w.cfg.Store.Add(ctx, files, storage.AddInMemory()) // what is on disk is in Dir
	if err != nil {
		return err
	}
	if root != e.CID {
		return fmt.Errorf("the files in %s are %s, not %s as on chain: somebody changed them", w.cfg.Dir, root, e.CID)
	}
	if _, err := w.update(ctx, s.member.Update.Digest, maxLocal); err != nil { // so that it stays for this round
		return err
	}
	if e.Published, err = w.cfg.Store.Push(ctx, root); err != nil {
		return err
	}
	w.mu.Lock()
	w.pushed[s.member.Update.Digest] = true
	w.mu.Unlock()
	w.report(e)
	return nil
}

package trainer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/internal/atomicfile"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
)

// In a data round a copy of the trainer's data is in the place of a trained head. It is made once:
// what was submitted is what is published later, whatever becomes of the revision it was
// copied from.

// dataSets are those that the worker has anything for.
func (c Config) dataSets() map[dataset.ID]dataset.Dataset {
	all := make(map[dataset.ID]dataset.Dataset, len(c.Data)+len(c.Submit))
	for id, data := range c.Data {
		all[id] = data
	}
	for id := range c.Submit {
		all[id] = c.Data[id]
	}
	return all
}

// refuse is the policy's, of a worker that takes data rounds where it has something to submit.
func (w *Worker) refuse(p Policy, r *round.Round, stars rating.Stars, now time.Time) error {
	if r.Task() == round.TaskData && w.cfg.Submit[dataset.ID(r.Dataset)] != nil {
		p.Task = round.TaskData
	}
	return p.Refuse(r, stars, now)
}

// hasData fails where the worker has nothing to make a submission of.
func (w *Worker) hasData(r *round.Round) error {
	id := dataset.ID(r.Dataset)
	switch {
	case r.Task() == round.TaskData && w.cfg.Submit[id] == nil:
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("no data to submit for %s: add it to Config.Submit", id)}
	case r.Task() != round.TaskData && w.cfg.Data[id] == nil:
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("no private data for %s: add it to Config.Data", id)}
	}
	return nil
}

// revisionError is an error about a revision. It is tried again, whatever it is, since there may be a newer one.
type revisionError struct{ error }

func (e revisionError) Unwrap() error { return e.error }

// copyData checks the newest revision of the data as validators will, and copies it into the run's files.
func (w *Worker) copyData(ctx context.Context, run *run, bytes int64) (Event, error) {
	ctx, cancel, err := w.window(ctx, run.round)
	if err != nil {
		return Event{}, err
	}
	defer cancel()
	schema, err := w.schema(ctx, run, bytes)
	if err != nil {
		return Event{}, err
	}
	release, err := w.room(ctx, run.round, "checking data for it", copyBytes*max(schema.MaxBytes, minCopy))
	if err != nil {
		return Event{}, err
	}
	defer release()
	revision, err := w.cfg.Submit[run.data].Newest(ctx, run.round)
	if err != nil {
		return Event{}, revisionError{fmt.Errorf("the newest revision of the data: %w", err)}
	}
	if err := run.keepSource(revision.Source); err != nil {
		return Event{}, err
	}
	m, err := submission.Copy(run.dir, revision.Files, schema)
	if err != nil {
		return Event{}, revisionError{fmt.Errorf("the data to submit: %w", err)}
	}
	if wallet := w.cfg.Rounds.Wallet().String(); m.Trainer != "" && m.Trainer != wallet {
		return Event{}, revisionError{errors.Join(fmt.Errorf("the data to submit: %s names the trainer %.60q, and this wallet is %s: it would score 0", submission.ManifestFile, m.Trainer, wallet), os.RemoveAll(run.dir))}
	}
	made := run.made(nil)
	made.Rows = m.Rows
	return made, nil
}

// copyBytes is how many times the bytes of a submission are held while it is checked, about.
const copyBytes = 4

// minCopy is what is set apart where a round takes less.
const minCopy = 1 << 20

// schema is what the round takes. It comes from a stranger's package, which is read whole: validators refuse to
// score what others submit for a package that is wrong anywhere.
func (w *Worker) schema(ctx context.Context, run *run, bytes int64) (s submission.Schema, err error) {
	release, err := w.room(ctx, run.round, "reading its package", bytes+batchBytes)
	if err != nil {
		return s, err
	}
	defer release()
	files, err := w.local(ctx, run.model)
	if err != nil {
		return s, fmt.Errorf("model: %w", err)
	}
	pkg, err := packagefmt.Read(files)
	if err != nil {
		return s, fmt.Errorf("model %s: %w", run.model, err)
	}
	if s, err = pkg.Submission(); err != nil {
		return s, fmt.Errorf("model %s: %w", run.model, err)
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = submission.DefaultBytes
	}
	return s, nil
}

// room waits until there is memory for something, and takes it until release is called.
func (w *Worker) room(ctx context.Context, r *round.Round, what string, bytes int64) (release func(), err error) {
	_, release, err = w.memory.Use(ctx, 0, 0, bytes, func(context.Context) (struct{}, error) { return struct{}{}, nil })
	if errors.Is(err, worker.ErrMemory) {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("%s takes %v (raise Config.Memory to take part)", what, err)}
	}
	return release, err
}

// source is the mark beside a copy of data: it says where the trainer keeps that.
const source mark = ".source"

// keepSource notes, before the data is copied, which round and which source it is for.
func (r *run) keepSource(text string) error {
	return atomicfile.Write(r.dir+string(source), func(w io.Writer) error {
		_, err := io.WriteString(w, r.created()+text)
		return err
	})
}

// source is where the trainer keeps the data of the run. It reports false if none was copied for this round.
func (r *run) source() (text string, ok bool) {
	b, err := os.ReadFile(r.dir + string(source))
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(b), r.created())
}

// copied reports whether the data is on disk. A copy of which nothing says that it was made for this round is removed:
// the trainer may have newer data by now.
func (r *run) copied() (bool, error) {
	if _, ok := r.source(); !ok {
		return false, os.RemoveAll(r.dir)
	}
	_, err := os.Stat(r.dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// made is what is told of the run when it is on disk.
func (r *run) made(result *fit.Result) Event {
	if !r.isData() {
		return Event{Kind: EventTrained, Result: result}
	}
	text, _ := r.source()
	return Event{Kind: EventCopied, Source: text}
}

// what is submitted, in words.
func (r *run) what() string {
	if r.isData() {
		return "data"
	}
	return "trained head"
}

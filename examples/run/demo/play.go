package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gagliardetto/solana-go"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/aggregate"
	"github.com/decloud-sdk/decloud-go/run/member"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

const runID = "digits"

// play is the authority's part: it creates the run, lets members join, pauses,
// resumes, and looks at every model.
func (s *stage) play(ctx context.Context) (r report, err error) {
	authority, err := s.client("authority")
	if err != nil {
		return r, err
	}
	defer authority.Close()
	parts, err := dataset.Shares(s.digits.Train, len(names), s.Seed)
	if err != nil {
		return r, err
	}
	for i, name := range names {
		s.shares[name] = parts[i]
	}
	if s.pkg, err = NewPackage(ctx, s.digits, s.Seed); err != nil {
		return r, err
	}
	if err := s.open(ctx, authority); err != nil {
		return r, err
	}
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	danCtx, danStops := context.WithCancel(ctx)
	defer danStops()
	for _, name := range names {
		life := ctx
		if name == "dan" {
			life = danCtx
		}
		if name == "cleo" {
			continue // later
		}
		if err := s.start(life, &wg, name); err != nil {
			return r, err
		}
	}
	w := &watch{s: s, authority: authority, danStops: danStops, join: func() error { return s.start(ctx, &wg, "cleo") }}
	last, err := w.untilPaid(ctx)
	if err != nil {
		return r, err
	}
	stop()
	wg.Wait()
	return s.account(context.WithoutCancel(ctx), authority, last, w.models)
}

// open creates the run, as the seed of every Psyche run is: create, rates, money,
// resume.
func (s *stage) open(ctx context.Context, authority *decloud.Client) error {
	created, err := authority.CreateRun(ctx, decloud.RunOptions{
		Spec: run.Spec{ID: runID, Name: "digits", Treasury: run.SOL}, Package: s.pkg, File: configuration(s.Verification), NoModel: s.Verification == run.Vote,
	})
	if err != nil {
		return err
	}
	s.story.Tell("authority", "creates run %s, verified by %s, about %s", runID, s.Verification, short(created.Package.String()))
	if _, err := authority.Runs.AllowJoin(ctx, run.Anybody); err != nil {
		return err
	}
	rate := uint64(earning)
	if _, err := authority.Runs.SetFutureEpochRates(ctx, created.Run, run.SetFutureEpochRates{Earning: &rate}); err != nil {
		return err
	}
	if _, err := authority.Runs.TopUp(ctx, created.Run, funding, solana.PublicKey{}); err != nil {
		return err
	}
	if _, err := authority.Runs.SetPaused(ctx, created.Run, false); err != nil {
		return err
	}
	s.story.Tell("authority", "puts %s SOL into the treasury and resumes the run", chain.FormatSOL(funding))
	return nil
}

// watch follows the run and does what the story asks for.
type watch struct {
	s         *stage
	authority *decloud.Client
	danStops  func()
	join      func() error
	models    []Point

	seen           run.Digest
	joined, paused bool // Cleo has joined; the run was paused
	state          run.State
	left           bool
}

// untilPaid returns the run once it is finished and everybody has claimed.
func (w *watch) untilPaid(ctx context.Context) (*run.View, error) {
	for {
		v, err := w.authority.Runs.View(ctx, runID)
		if err != nil {
			return nil, err
		}
		if err := w.look(ctx, v); err != nil {
			return nil, err
		}
		if v.Run.State == run.Finished && v.Run.Owed == 0 && !slashable(v) {
			return v, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func slashable(v *run.View) bool {
	for _, s := range v.Roster.Slots {
		if s.SlashDue > 0 {
			return true
		}
	}
	return false
}

func (w *watch) look(ctx context.Context, v *run.View) error {
	if v.Run.State != w.state {
		w.state = v.Run.State
		if v.Run.State == run.Warmup {
			w.s.story.Tell("run", "epoch %d begins with %d members", v.Run.Epoch, v.Roster.Count(run.Active))
		}
	}
	if v.Run.Model != w.seen && !v.Run.Model.IsZero() {
		w.seen = v.Run.Model
		accuracy, err := w.s.accuracyOf(ctx, w.authority, v.Run.Model)
		if err != nil {
			return err
		}
		w.models = append(w.models, Point{Step: v.Run.Step, Round: v.Run.Round, Accuracy: accuracy})
		w.s.story.Tell("run", "step %d: the model is right on %.1f %% of the test digits", v.Run.Step, 100*accuracy)
	}
	switch {
	case !w.left && v.Run.Epoch == 1 && v.Run.State == run.RoundTrain:
		w.left = true
		w.s.story.Tell("dan", "drops out without a word")
		w.danStops()
	case !w.joined && v.Run.Round >= 2:
		w.joined = true
		return w.join()
	case !w.paused && v.Run.Epoch == 2 && v.Run.State == run.RoundTrain:
		w.paused = true
		w.s.story.Tell("authority", "pauses the run, which takes effect when the epoch is over")
		_, err := w.authority.Runs.SetPaused(ctx, v.Run, true)
		return err
	case v.Run.State == run.Paused:
		w.s.story.Tell("authority", "resumes the run: who goes on joins again")
		_, err := w.authority.Runs.SetPaused(ctx, v.Run, false)
		return err
	}
	return nil
}

// accuracyOf fetches a model and measures it on the test set.
func (s *stage) accuracyOf(ctx context.Context, c *decloud.Client, d run.Digest) (float64, error) {
	files, err := c.Store.Fetch(ctx, member.CID(d), storage.AtMost(aggregate.ModelLimit(s.pkg)))
	if err != nil {
		return 0, err
	}
	m, err := aggregate.ReadModel(files, s.pkg, configuration(s.Verification).Server())
	if err != nil {
		return 0, err
	}
	return s.measure(ctx, m.Head)
}

func (s *stage) measure(ctx context.Context, head packagefmt.Network) (float64, error) {
	labels, err := s.pkg.Labels(s.digits.Test)
	if err != nil {
		return 0, err
	}
	hundredths, err := validator.Accuracy(ctx, head, s.pkg.Embeddings, labels, 0)
	return float64(hundredths) / 10_000, err
}

// alone is what a member reaches without the others, on its own share, with at least
// as many steps.
func (s *stage) alone(ctx context.Context, name string, rounds int) (float64, error) {
	x, y, err := s.pkg.Embed(ctx, s.shares[name])
	if err != nil {
		return 0, err
	}
	head, _, err := fit.Train(ctx, s.pkg.Head, x, y, fit.Options{
		Optimizer: fit.SGD, LearningRate: 0.2, BatchSize: 32, Epochs: 3 * max(1, rounds), Threads: 1, Seed: s.Seed,
	})
	if err != nil {
		return 0, fmt.Errorf("%s alone: %w", name, err)
	}
	return s.measure(ctx, head)
}

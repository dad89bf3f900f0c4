package validator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Worker scores rounds: the base head of each, then every gradient. It claims
// its part of the reward and takes back the rent. In commit-reveal rounds it
// seals its scores first and opens them when the time has come. It keeps nothing
// on disk but what the store caches: a score and a claim can exist once, on
// chain, so a worker that was killed reads there what is left to do.
type Worker struct {
	cfg      Config
	models   models
	norms    norms
	refused  worker.Seen     // rounds that the observer was told about
	cleanups worker.Throttle // between looks for accounts that can be closed
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Worker{cfg: cfg, models: newModels(cfg.Parallel + 1), norms: newNorms()}, nil
}

// Run works until ctx is done, and then returns nil. Errors of single models go
// to the observer; what failed is tried again after a growing pause, and holds
// up nothing else.
func (w *Worker) Run(ctx context.Context) error {
	return worker.Run(ctx, worker.Config[round.Step]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, List: w.list, Heavy: isLong, Handle: w.handle, Failed: w.failed,
		Hints: func(ctx context.Context, hint func()) { w.cfg.Round.Hints(ctx, worker.ActiveRounds(w.cfg.Data), hint) },
	})
}

// isLong reports whether a step takes the processor for long.
func isLong(s round.Step) bool { return s.Kind == round.StepScore || s.Kind == round.StepCommit }

// list names what is to be done now: by a handful of queries, and one more for
// each round with gradients that this validator has not scored. What is short,
// such as claims and reveals, comes first, then the best paid rounds.
func (w *Worker) list(ctx context.Context) ([]round.Step, error) {
	rounds, err := w.cfg.Round.Rounds(ctx, worker.ActiveRounds(w.cfg.Data))
	if err != nil {
		return nil, err
	}
	mine, err := w.work(ctx, round.Unclaimed())
	if err != nil {
		return nil, err
	}
	now, err := w.cfg.Round.Chain().Now(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rounds, func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
	var short, long []round.Step
	for _, r := range rounds {
		for _, s := range w.stepsIn(ctx, r, mine[r.ID], now) {
			if isLong(s) {
				long = append(long, s)
			} else {
				short = append(short, s)
			}
		}
		delete(mine, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) { // the round is over
		short = append(short, payments(mine[id], round.StepClaim, false)...)
		short = append(short, round.ValidatorNext(nil, nil, round.ValidatorWork{Commitments: mine[id].Commitments}, w.cfg.Round.Wallet(), now)...)
	}
	short = append(short, w.closes(ctx)...)
	if w.cfg.NoClaim {
		short = slices.DeleteFunc(short, func(s round.Step) bool { return s.Kind != round.StepReveal })
	}
	if w.cfg.NoScore {
		long = nil
	}
	return append(short, long...), nil
}

// payments are steps of a kind about all scores that were claimed, or were not.
// They are taken if the round, which was not read, turns out to allow it.
func payments(mine round.ValidatorWork, kind round.StepKind, claimed bool) (steps []round.Step) {
	if p := mine.Base; p != nil && p.RewardClaimed == claimed {
		steps = append(steps, round.Step{Kind: kind, RoundID: p.RoundID, Subject: round.BaseModel})
	}
	for _, p := range mine.Gradients {
		if p.RewardClaimed == claimed {
			steps = append(steps, round.Step{Kind: kind, RoundID: p.RoundID, Subject: p.Trainer})
		}
	}
	return steps
}

// stepsIn is what is to be done in an active round. A round that cannot be read
// is reported, and holds up no other.
func (w *Worker) stepsIn(ctx context.Context, r *round.Round, mine round.ValidatorWork, now time.Time) []round.Step {
	var gradients []*round.Gradient
	if int(r.Gradients) > len(mine.Gradients) {
		var err error
		if gradients, err = w.cfg.Round.Gradients(ctx, r.ID); err != nil {
			w.tell(Event{Kind: EventFailed, Round: r.ID, Err: err, Retry: w.cfg.Poll})
			return nil
		}
	}
	steps := round.ValidatorNext(r, gradients, mine, w.cfg.Round.Wallet(), now)
	if len(steps) == 0 {
		return nil
	}
	reason, err := w.refuse(ctx, r)
	if err != nil {
		w.tell(Event{Kind: EventFailed, Round: r.ID, Err: err, Retry: w.cfg.Poll})
		return nil
	}
	if reason != nil {
		w.tellRefused(r.ID, reason)
		return slices.DeleteFunc(steps, isLong)
	}
	return steps
}

// work reads what this validator has on chain, by round.
func (w *Worker) work(ctx context.Context, options ...round.QueryOption) (map[uint64]round.ValidatorWork, error) {
	me := w.cfg.Round.Wallet()
	pre, err := w.cfg.Round.PreValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	post, err := w.cfg.Round.PostValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	commitments, err := w.cfg.Round.CommitmentsOf(ctx, me)
	if err != nil {
		return nil, err
	}
	mine := map[uint64]round.ValidatorWork{}
	for _, p := range pre {
		mine[p.RoundID] = round.ValidatorWork{Base: p}
	}
	for _, p := range post {
		in := mine[p.RoundID]
		in.Gradients = append(in.Gradients, p)
		mine[p.RoundID] = in
	}
	for _, c := range commitments {
		in := mine[c.RoundID]
		in.Commitments = append(in.Commitments, c)
		mine[c.RoundID] = in
	}
	return mine, nil
}

// cleanupEvery is how often accounts are looked for whose rent can be had back.
const cleanupEvery = time.Hour

// closes are for accounts of rounds that have been over for a while.
func (w *Worker) closes(ctx context.Context) (steps []round.Step) {
	if !w.cleanups.Allow(cleanupEvery) {
		return nil
	}
	mine, err := w.work(ctx)
	if err != nil {
		return nil // in an hour again
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		steps = append(steps, payments(mine[id], round.StepClose, true)...)
	}
	return steps
}

// refuse returns the reason why the round is not scored, nil if it is.
func (w *Worker) refuse(ctx context.Context, r *round.Round) (reason, err error) {
	var amount uint64
	if r.Options.MinValidatorStake > 0 {
		stake, err := w.cfg.Round.Stake(ctx, w.cfg.Round.Wallet())
		if err != nil && !errors.Is(err, chain.ErrNotFound) {
			return nil, err
		}
		if stake != nil {
			amount = stake.Amount
		}
	}
	return w.cfg.Policy.Refuse(r, amount), nil
}

// tellRefused tells the observer, once a round.
func (w *Worker) tellRefused(id uint64, reason error) {
	if w.refused.First(id) {
		w.tell(Event{Kind: EventRefused, Round: id, Err: reason})
	}
}

// tell reports what happened in a round.
func (w *Worker) tell(e Event) {
	e.HasRound = true
	w.cfg.Observer(e)
}

func (w *Worker) failed(s *round.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.Round, e.HasRound, e.Trainer, e.Err = s.RoundID, true, s.Subject, about(*s, err)
	}
	w.cfg.Observer(e)
}

// about says which model of which round an error is about.
func about(s round.Step, err error) error {
	model := "base head"
	if s.Subject != round.BaseModel {
		model = "gradient of " + s.Subject.String()
	}
	return fmt.Errorf("round %d: %s: %w", s.RoundID, model, err)
}

// dataOf is the test split of a round's data set.
func (w *Worker) dataOf(r *round.Round) (dataset.Dataset, error) {
	id := dataset.ID(r.Dataset)
	data, ok := w.cfg.Data[id]
	if !ok {
		return nil, &round.RefusedError{Round: r.ID, Reason: fmt.Sprintf("no test split of %s: add it to Config.Data", id)}
	}
	return data, nil
}

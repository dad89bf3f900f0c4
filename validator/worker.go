package validator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

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
	return worker.Run(ctx, worker.Config[job]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, List: w.list, Heavy: job.heavy, Handle: w.handle, Failed: w.failed,
		Hints: func(ctx context.Context, hint func()) { w.cfg.Round.Hints(ctx, worker.ActiveRounds(w.cfg.Data), hint) },
	})
}

// list names what is to be done now: by a handful of queries, and one more for
// each round with gradients that this validator has not scored. Payments and
// seals come first, then the best paid rounds.
func (w *Worker) list(ctx context.Context) ([]job, error) {
	rounds, err := w.cfg.Round.Rounds(ctx, worker.ActiveRounds(w.cfg.Data))
	if err != nil {
		return nil, err
	}
	mine, err := w.own(ctx, round.Unclaimed())
	if err != nil {
		return nil, err
	}
	now, err := w.cfg.Round.Now(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rounds, func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
	var jobs []job
	for _, r := range rounds {
		jobs = append(jobs, w.jobsIn(ctx, r, mine[r.ID], now)...)
		delete(mine, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) { // the round is over
		jobs = append(jobs, next(&round.Round{ID: id, Status: round.Finalized, FinalizedAt: now}, nil, mine[id], w.cfg.Round.Wallet(), now)...)
	}
	jobs = append(jobs, w.closes(ctx)...)
	jobs = slices.DeleteFunc(jobs, func(j job) bool { return j.heavy() && w.cfg.NoScore || !j.heavy() && w.cfg.NoClaim })
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(rank(a), rank(b)) })
	return jobs, nil
}

// rank puts what is short and pays before what is long.
func rank(j job) int {
	if j.heavy() {
		return 1
	}
	return 0
}

// jobsIn is what is to be done in an active round. A round that cannot be read
// is reported, and holds up no other.
func (w *Worker) jobsIn(ctx context.Context, r *round.Round, mine own, now time.Time) []job {
	var gradients []*round.Gradient
	if int(r.Gradients) > len(mine.post) {
		var err error
		if gradients, err = w.cfg.Round.Gradients(ctx, r.ID); err != nil {
			w.tell(Event{Kind: EventFailed, Round: r.ID, Err: err, Retry: w.cfg.Poll})
			return nil
		}
	}
	jobs := next(r, gradients, mine, w.cfg.Round.Wallet(), now)
	if len(jobs) == 0 {
		return nil
	}
	reason, err := w.refuse(ctx, r)
	if err != nil {
		w.tell(Event{Kind: EventFailed, Round: r.ID, Err: err, Retry: w.cfg.Poll})
		return nil
	}
	if reason != nil {
		w.tellRefused(r.ID, reason)
		return slices.DeleteFunc(jobs, job.heavy)
	}
	return jobs
}

// own reads what this validator has on chain, by round.
func (w *Worker) own(ctx context.Context, options ...round.QueryOption) (map[uint64]own, error) {
	me := w.cfg.Round.Wallet()
	pre, err := w.cfg.Round.PreValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	post, err := w.cfg.Round.PostValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	seals, err := w.cfg.Round.CommitmentsOf(ctx, me)
	if err != nil {
		return nil, err
	}
	mine := map[uint64]own{}
	for _, p := range pre {
		mine[p.RoundID] = own{pre: p}
	}
	for _, p := range post {
		o := mine[p.RoundID]
		o.post = append(o.post, p)
		mine[p.RoundID] = o
	}
	for _, c := range seals {
		o := mine[c.RoundID]
		o.seals = append(o.seals, c)
		mine[c.RoundID] = o
	}
	return mine, nil
}

// cleanupEvery is how often accounts are looked for whose rent can be had back.
const cleanupEvery = time.Hour

// closes are for accounts of rounds that have been over for a while.
func (w *Worker) closes(ctx context.Context) (jobs []job) {
	if !w.cleanups.Allow(cleanupEvery) {
		return nil
	}
	mine, err := w.own(ctx)
	if err != nil {
		return nil // in an hour again
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		for _, j := range next(&round.Round{ID: id, Status: round.Finalized}, nil, mine[id], w.cfg.Round.Wallet(), time.Now()) {
			if j.step == stepClose {
				jobs = append(jobs, j) // handle looks whether the time has come
			}
		}
	}
	return jobs
}

// refuse returns the reason why the round is not scored, nil if it is.
func (w *Worker) refuse(ctx context.Context, r *round.Round) (reason, err error) {
	var amount uint64
	if r.Options.MinValidatorStake > 0 {
		stake, err := w.cfg.Round.Stake(ctx, w.cfg.Round.Wallet())
		if err != nil && !errors.Is(err, round.ErrNotFound) {
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

func (w *Worker) failed(j *job, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if j != nil {
		e.Round, e.HasRound, e.Trainer = j.round, true, j.subject
		e.Err = fmt.Errorf("round %d: %s: %w", j.round, name(*j), err)
	}
	w.cfg.Observer(e)
}

func name(j job) string {
	if j.subject == round.BaseModel {
		return "base head"
	}
	return "gradient of " + j.subject.String()
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

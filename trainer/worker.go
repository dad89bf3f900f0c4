package trainer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Worker takes part in rounds: it finds those that its policy takes, trains the
// head on the private data, or copies the data that is to be submitted, submits
// it, claims the reward, and takes back the rent.
//
// It keeps no log. What has happened is on the chain, where a gradient and a
// claim can exist once, or in Dir, where a finished training run appears
// complete or not at all. Each pass reads both and does the next missing step,
// so a worker that was killed goes on from there.
type Worker struct {
	cfg      Config
	view     *roundwork.View
	fetches  *worker.Fetches
	memory   *worker.Cache[int, struct{}]
	pay      *roundwork.Payments
	busy     atomic.Int64 // jobs that compute
	after    roundwork.Aftermath
	refused  worker.Seen     // rounds whose refusal was reported
	cleanups worker.Throttle // between looks for gradients that can be closed

	mu      sync.Mutex
	lock    *dirlock.Lock // of Dir
	holders int           // of lock
	terms   *Terms        // that are demanded by default; nil: not known yet

	profile sync.Mutex // held by who makes the profile
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	w := &Worker{cfg: cfg, view: roundwork.NewView(cfg.Rounds, cfg.dataSets(), cfg.Poll), memory: worker.NewCache[int, struct{}](cfg.Memory),
		fetches: worker.NewFetches(cfg.Fetches, cfg.FetchTimeout, cfg.Poll)}
	var err error
	if w.pay, err = roundwork.NewPayments(cfg.Rounds, cfg.Poll, roundwork.Bounds{Floor: cfg.MinBalance, PerDay: cfg.MaxSpending, Dir: cfg.Dir}); err != nil {
		return nil, fmt.Errorf("trainer: %w", err)
	}
	return w, nil
}

// Run works until ctx is done, and then returns nil. It fails at once where
// another process works in Dir ([ErrDirInUse]). Errors of single rounds go to
// the observer; what failed is tried again after a growing pause.
func (w *Worker) Run(ctx context.Context) error {
	release, err := w.lockDir()
	if err != nil {
		return err
	}
	defer release()
	unlock, err := roundwork.LockWallet(w.cfg.Locks, "trainer", w.cfg.Rounds)
	if err != nil {
		return fmt.Errorf("trainer: %w", err)
	}
	defer unlock()
	w.tell(Event{Kind: EventStarted})
	return worker.Run(ctx, worker.Config[round.Step]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, Computing: &w.busy, Fetch: w.cfg.Fetches, List: w.list, Heavy: isHeavy, Owner: w.view.Owner, Group: roundwork.Group,
		Handle: w.handle, Over: w.view.Over, Failed: w.failed, Hints: w.view.Hints,
	})
}

// handle takes one step if it is still to be taken. Of a submission it does what
// waits, and returns what computes.
func (w *Worker) handle(ctx context.Context, s round.Step) (compute worker.Compute, err error) {
	if s.Kind == round.StepPublish { // which sends nothing to the chain, and may take long
		return nil, w.publishSealed(ctx, s)
	}
	if !isHeavy(s) {
		return nil, w.pay.InTurn(ctx, roundwork.Group(s), func() error { return w.settle(ctx, s) })
	}
	if err := w.pay.Rivals.StandBy(s); err != nil {
		return nil, err
	}
	r, _, todo, err := w.todo(ctx, s)
	if err != nil || !todo {
		return nil, err
	}
	return w.prepare(ctx, r)
}

// settle takes one light step if it is still to be taken.
func (w *Worker) settle(ctx context.Context, s round.Step) error {
	if roundwork.IsDuty(s.Kind) {
		return roundwork.Duties{Rounds: w.cfg.Rounds, Pay: w.pay}.Do(ctx, &w.after, s, w.tellDone)
	}
	switch s.Kind {
	case round.StepSetSource:
		return w.saySource(ctx, s)
	case round.StepCloseSource:
		return w.closeSource(ctx, s)
	}
	r, mine, todo, err := w.todo(ctx, s)
	if s.Kind == round.StepClaim && errors.Is(err, chain.ErrNotFound) && mine != nil {
		return w.giveUp(ctx, nil, mine) // the round is closed
	}
	if err != nil || !todo {
		return err
	}
	if s.Kind == round.StepClaim {
		return w.claim(ctx, r, mine)
	}
	_, err = w.pay.Send(ctx, s, roundwork.Outlay{Owed: true}, func() (round.Receipt, error) {
		return w.cfg.Rounds.CloseGradient(ctx, s.RoundID, s.Subject)
	})
	return err
}

// todo reads the round of a step, and reports whether the step is still to be
// taken.
func (w *Worker) todo(ctx context.Context, s round.Step) (r *round.Round, mine *round.Gradient, todo bool, err error) {
	r, mine, now, err := w.state(ctx, s.RoundID)
	if s.Kind == round.StepClose && errors.Is(err, chain.ErrNotFound) {
		r, err = nil, nil // the round is closed, so the gradient can be closed too
	}
	return r, mine, err == nil && slices.Contains(round.TrainerNext(r, mine, w.cfg.Rounds.Wallet(), now), s), err
}

// tellDone tells the observer of a duty that was done.
func (w *Worker) tellDone(d roundwork.Done) {
	kind := map[round.StepKind]EventKind{round.StepFinalize: EventFinalized, round.StepSlash: EventSlashed, round.StepSettle: EventSettled, round.StepDraw: EventDrawn}[d.Kind]
	w.report(Event{Kind: kind, RoundID: d.RoundID, Validator: d.Validator, Settled: d.Settled, Signature: d.Signature})
}

// state reads one round, this trainer's gradient in it and the chain's time. If
// only the round is missing, it returns the others with the error.
func (w *Worker) state(ctx context.Context, id uint64) (r *round.Round, mine *round.Gradient, now time.Time, err error) {
	mine, err = w.cfg.Rounds.Gradient(ctx, id, w.cfg.Rounds.Wallet())
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return nil, nil, now, err
	}
	if now, err = w.cfg.Rounds.Chain().Now(ctx); err != nil {
		return nil, nil, now, err
	}
	r, err = w.cfg.Rounds.Round(ctx, id)
	return r, mine, now, err
}

// report tells the observer what happened in a round.
func (w *Worker) report(e Event) {
	e.HasRound = true
	w.tell(e)
}

func (w *Worker) failed(s *round.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.RoundID, e.HasRound = s.RoundID, true
	}
	w.tell(e)
}

// tell logs an event and passes it to the observer.
func (w *Worker) tell(e Event) {
	worker.Log(w.cfg.Logger, e.level(), string(e.Kind), e)
	w.cfg.Observer(e)
}

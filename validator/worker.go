package validator

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Worker scores rounds: the base head of each, then every gradient. It claims
// its share of the reward and takes back the rent. In commit-reveal rounds it
// commits to its scores and reveals them in the next window. It keeps nothing on
// disk but what was spent, what data has been scored at, and what the store caches: a score and a
// claim can exist once, on chain, so a worker that was killed reads there what is left to do.
type Worker struct {
	cfg      Config
	fetches  *worker.Fetches
	models   *worker.Cache[modelKey, *model]
	sizes    worker.Memo[cid.Cid, size]
	norms    worker.Memo[normKey, norm]
	limits   worker.Memo[cid.Cid, int64] // of the bytes of a package's gradients
	parsing  sync.Mutex                  // a config outside of the memory budget
	pay      *roundwork.Payments
	busy     atomic.Int64 // jobs that compute
	risks    risks
	after    roundwork.Aftermath
	view     *roundwork.View
	shared   worker.Memo[cid.Cid, bool] // gradients that were pushed, or tried to be
	refused  worker.Seen                // rounds that the observer was told about
	cleanups worker.Throttle            // between looks for accounts that can be closed

	trains  chan struct{}                  // the place for scoring data
	turned  worker.Memo[round.Step, bool]  // steps that have waited for it, with all else prepared
	tasks   worker.Memo[cid.Cid, taskSize] // of the packages of data rounds
	past    worker.Memo[uint64, []past]    // by data round
	ahead   worker.Memo[uint64, bool]      // data rounds of which all that came before is here
	learned worker.Memo[string, Score]     // what data taught, where Config.Dir keeps nothing
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	w := &Worker{cfg: cfg, models: worker.NewCache[modelKey, *model](cfg.Memory),
		trains: make(chan struct{}, 1), view: roundwork.NewView(cfg.Rounds, cfg.Data, cfg.Poll), fetches: worker.NewFetches(cfg.Fetches, cfg.FetchTimeout, cfg.Poll)}
	w.risks.rounds = map[uint64]uint64{}
	var err error
	if w.pay, err = roundwork.NewPayments(cfg.Rounds, cfg.Poll, roundwork.Bounds{Floor: cfg.MinBalance, PerDay: cfg.MaxSpending, Dir: cfg.Dir}); err != nil {
		return nil, fmt.Errorf("validator: %w", err)
	}
	return w, nil
}

// ErrWalletInUse is returned by [Worker.Run] if another worker on this machine
// validates with the same wallet.
var ErrWalletInUse = roundwork.ErrWalletInUse

// ErrSpending and ErrFloor are wrapped by the event that says that a step waits,
// since it would exceed Config.MaxSpending, or leave less in the wallet than
// Config.MinBalance.
var (
	ErrSpending = roundwork.ErrSpending
	ErrFloor    = roundwork.ErrFloor
)

// ErrRival is wrapped by the event that says that another worker with the same
// wallet, on another machine, was faster in a round: this one stands by there.
var ErrRival = roundwork.ErrRival

// Run works until ctx is done, and then returns nil. Errors of single models go
// to the observer; what failed is tried again after a growing pause, and nothing
// else waits for it. It fails at once where another worker on this machine has the
// same wallet ([ErrWalletInUse]).
func (w *Worker) Run(ctx context.Context) error {
	unlock, err := roundwork.LockWallet(w.cfg.Locks, "validator", w.cfg.Rounds)
	if err != nil {
		return fmt.Errorf("validator: %w", err)
	}
	defer unlock()
	w.tell(Event{Kind: EventStarted})
	return worker.Run(ctx, worker.Config[round.Step]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, Computing: &w.busy, Fetch: w.cfg.Fetches, List: w.list, Heavy: isHeavy, Owner: w.view.Owner, Group: roundwork.Group,
		Handle: w.handle, Over: w.view.Over, Failed: w.failed, Hints: w.view.Hints,
	})
}

// report tells the observer what happened in a round.
func (w *Worker) report(e Event) {
	e.HasRound = true
	w.tell(e)
}

func (w *Worker) failed(s *round.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.RoundID, e.HasRound, e.Trainer, e.Err = s.RoundID, true, s.Subject, about(*s, err)
	}
	w.tell(e)
}

// tell logs an event and passes it to the observer.
func (w *Worker) tell(e Event) {
	level := slog.LevelInfo
	if e.Kind == EventFailed {
		level = slog.LevelWarn
	}
	worker.Log(w.cfg.Logger, level, string(e.Kind), e)
	w.cfg.Observer(e)
}

// about says which model of which round an error is about.
func about(s round.Step, err error) error {
	model := "base head"
	switch {
	case s.Kind == stepAhead:
		model = "what its data is compared with"
	case s.Subject != round.BaseModel:
		model = "gradient of " + s.Subject.String()
	}
	return fmt.Errorf("round %d: %s: %w", s.RoundID, model, err)
}

// dataOf is the test split of a round's data set.
func (w *Worker) dataOf(r *round.Round) (dataset.Dataset, error) {
	id := dataset.ID(r.Dataset)
	data, ok := w.cfg.Data[id]
	if !ok {
		return nil, &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf("no test split of %s: add it to Config.Data", id)}
	}
	return data, nil
}

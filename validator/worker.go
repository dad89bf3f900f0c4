package validator

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Config configures a [Worker]. Round, Store and Data are needed; the zero value
// of every other field is useful.
type Config struct {
	// Round reaches the chain and signs as the validator.
	Round *round.Client
	// Store fetches model packages and gradients.
	Store *storage.Store
	// Data are the validator's own copies of test splits, each in the order
	// that the data set fixes. Packages carry no labels: they come from here.
	// Rounds about any other data set are left alone.
	Data map[dataset.ID]dataset.Dataset
	// MaxSamples caps the samples scored: the first so many. Validators of a
	// round should agree on it. Default 0: all that the package holds.
	MaxSamples int
	// Parallel is the number of rounds scored at a time. Default 3.
	Parallel int
	// Poll is the pause between two looks at the chain. Default 30 s; changes
	// that a websocket announces are seen at once.
	Poll time.Duration
	// NoScore leaves scoring to calls of [Worker.Validate], NoClaim leaves
	// claiming to calls of [Worker.Claim].
	NoScore, NoClaim bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
}

func (c Config) withDefaults() Config {
	if c.Parallel == 0 {
		c.Parallel = 3
	}
	if c.Poll == 0 {
		c.Poll = 30 * time.Second
	}
	if c.Observer == nil {
		c.Observer = func(Event) {}
	}
	return c
}

func (c Config) check() error {
	var errs []error
	need := func(ok bool, text string) {
		if !ok {
			errs = append(errs, errors.New(text))
		}
	}
	need(c.Round != nil, "Round is nil: pass a round.Client with the validator's signer")
	need(c.Store != nil, "Store is nil: open one with storage.Open")
	need(len(c.Data) > 0, "Data is empty: pass the test splits by data set")
	need(c.MaxSamples >= 0 && c.Parallel >= 0 && c.Poll >= 0, "MaxSamples, Parallel and Poll must not be negative")
	if len(errs) > 0 {
		return fmt.Errorf("validator: config: %w", errors.Join(errs...))
	}
	return nil
}

// Worker scores rounds: the base head of each, then every gradient, and claims
// its part of the reward. It keeps nothing on disk but what the store caches: a
// score and a claim can exist once, on chain, so a worker that was killed reads
// there what is left to do.
type Worker struct {
	cfg   Config
	slots chan struct{} // held while scoring

	mu      sync.Mutex
	refused map[uint64]bool  // rounds that the observer was told about
	checked map[cid.Cid]bool // packages whose embeddings are the encoder's
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Worker{cfg: cfg, slots: make(chan struct{}, cfg.Parallel), refused: map[uint64]bool{}, checked: map[cid.Cid]bool{}}, nil
}

// Run works until ctx is done, and then returns nil. Errors of single rounds go
// to the observer; such a round is tried again after a growing pause.
func (w *Worker) Run(ctx context.Context) error {
	return worker.Run(ctx, worker.Config{
		Poll: w.cfg.Poll, Hints: func(ctx context.Context, hint func()) { w.cfg.Round.Hints(ctx, round.Filter{}, hint) }, List: w.list, Handle: w.handle, Failed: w.failed,
	})
}

// list names the rounds in which something is to be done now: by three queries,
// and one more for each round that has gradients which this validator has not
// scored.
func (w *Worker) list(ctx context.Context) ([]uint64, error) {
	mine, err := w.own(ctx)
	if err != nil {
		return nil, err
	}
	rounds, err := w.cfg.Round.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
	if err != nil {
		return nil, err
	}
	now, err := w.cfg.Round.Now(ctx)
	if err != nil {
		return nil, err
	}
	var ids []uint64
	for _, r := range rounds {
		if ok, err := w.listed(ctx, r, mine[r.ID], now); err != nil {
			return nil, err
		} else if ok {
			ids = append(ids, r.ID)
		}
		delete(mine, r.ID)
	}
	if w.cfg.NoClaim {
		return ids, nil
	}
	for id, o := range mine { // scored, and the round is over
		if next(&round.Round{Status: round.Finalized}, nil, o, w.cfg.Round.Wallet(), now).pays() {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// listed tells whether there is something to score in an active round.
func (w *Worker) listed(ctx context.Context, r *round.Round, mine own, now time.Time) (bool, error) {
	if _, ok := w.cfg.Data[dataset.ID(r.Dataset)]; !ok || w.cfg.NoScore {
		return false, nil
	}
	var gradients []*round.Gradient
	if int(r.Gradients) > len(mine.post) {
		var err error
		if gradients, err = w.cfg.Round.Gradients(ctx, r.ID); err != nil {
			return false, err
		}
	}
	if !next(r, gradients, mine, w.cfg.Round.Wallet(), now).scores() {
		return false, nil
	}
	return w.takes(ctx, r)
}

// own reads all scores of this validator, by round.
func (w *Worker) own(ctx context.Context) (map[uint64]own, error) {
	pre, err := w.cfg.Round.PreValidationsOf(ctx, w.cfg.Round.Wallet())
	if err != nil {
		return nil, err
	}
	post, err := w.cfg.Round.PostValidationsOf(ctx, w.cfg.Round.Wallet())
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
	return mine, nil
}

// takes tells whether the worker scores the round, and tells the observer once
// if it does not.
func (w *Worker) takes(ctx context.Context, r *round.Round) (bool, error) {
	reason, err := w.refuse(ctx, r)
	if err != nil || reason == nil {
		return err == nil, err
	}
	w.mu.Lock()
	told := w.refused[r.ID]
	w.refused[r.ID] = true
	w.mu.Unlock()
	if !told {
		w.cfg.Observer(Event{Kind: EventRefused, Round: r.ID, HasRound: true, Err: reason})
	}
	return false, nil
}

// refuse returns the reason why the round is not scored, nil if it is.
func (w *Worker) refuse(ctx context.Context, r *round.Round) (reason, err error) {
	id := dataset.ID(r.Dataset)
	switch {
	case r.Version != round.Version:
		return fmt.Errorf("round %d belongs to another version of the program (%d): it can be read, not taken part in", r.ID, r.Version), nil
	case id.Known() && id.Info().Classes == 1:
		return fmt.Errorf("round %d: %s is a data set for regression, and rounds score classification only", r.ID, id), nil
	case r.Options.MinValidatorStake == 0:
		return nil, nil
	}
	stake, err := w.cfg.Round.Stake(ctx, w.cfg.Round.Wallet())
	if err != nil && !errors.Is(err, round.ErrNotFound) {
		return nil, err
	}
	if stake == nil || stake.Amount < r.Options.MinValidatorStake {
		return fmt.Errorf("round %d wants validators with a stake of %d lamports: stake first", r.ID, r.Options.MinValidatorStake), nil
	}
	return nil, nil
}

func (w *Worker) failed(id *uint64, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if id != nil {
		e.Round, e.HasRound = *id, true
	}
	w.cfg.Observer(e)
}

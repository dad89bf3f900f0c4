package trainer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Config configures a [Worker]. Round, Store, Data and Dir are needed; the zero
// value of every other field is useful.
type Config struct {
	// Round reaches the chain and signs as the trainer.
	Round *round.Client
	// Store fetches model packages and publishes trained heads.
	Store *storage.Store
	// Data are the trainer's private data by data set. Rounds about any other
	// data set are left alone. None of it leaves the machine.
	Data map[dataset.ID]dataset.Dataset
	// Dir keeps finished training runs, so that none is lost or repeated when
	// the worker is stopped. One worker a directory.
	Dir string
	// Policy says which rounds to take part in.
	Policy Policy
	// Options say how to train. OnProgress is called beside the Observer.
	Options Options
	// Parallel is the number of rounds trained at a time. Default 1.
	Parallel int
	// Poll is the pause between two looks at the chain. Default 5 s.
	Poll time.Duration
	// NoTrain leaves training to calls of [Worker.Train], NoClaim leaves
	// claiming to calls of [Worker.Claim].
	NoTrain, NoClaim bool
	// TestEmbeddings allows packages without an encoder. All that can be
	// trained on there is the package's own test embeddings with the labels of
	// Data in the order of the test split, as the first kits did: a score that
	// says little about unseen data.
	TestEmbeddings bool
	// Observer is told what happens, from several goroutines at once. It must
	// not block. A panic in it ends the step that called it, not the worker.
	Observer func(Event)
}

func (c Config) withDefaults() Config {
	if c.Parallel == 0 {
		c.Parallel = 1
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
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
	need(c.Round != nil, "Round is nil: pass a round.Client with the trainer's signer")
	need(c.Store != nil, "Store is nil: open one with storage.Open")
	need(len(c.Data) > 0, "Data is empty: pass the private data by data set")
	need(c.Dir != "", "Dir is empty: name a directory for finished training runs")
	need(c.Parallel >= 0 && c.Poll >= 0, "Parallel and Poll must not be negative")
	if len(errs) > 0 {
		return fmt.Errorf("trainer: config: %w", errors.Join(errs...))
	}
	return nil
}

// Worker takes part in rounds: it finds those that its policy takes, trains the
// head on the private data, submits it, and claims the reward.
//
// It keeps no log. What has happened is on the chain, where a gradient and a
// claim can exist once, or in Dir, where a finished training run appears
// complete or not at all. Each pass reads both and does the next missing step,
// so a worker that was killed goes on from there.
type Worker struct {
	cfg   Config
	slots chan struct{} // held while training

	mu      sync.Mutex
	refused map[uint64]bool // rounds that the observer was told about
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Worker{cfg: cfg, slots: make(chan struct{}, cfg.Parallel), refused: map[uint64]bool{}}, nil
}

// Run works until ctx is done, and then returns nil. It fails at once where
// another process works in Dir. Errors of single rounds go to the observer; such
// a round is tried again after a growing pause.
func (w *Worker) Run(ctx context.Context) error {
	lock, err := dirlock.Acquire(w.cfg.Dir)
	if err != nil {
		return fmt.Errorf("trainer: %w", err)
	}
	defer lock.Close()
	return worker.Run(ctx, worker.Config{
		Poll: w.cfg.Poll, Hints: func(ctx context.Context, hint func()) { w.cfg.Round.Hints(ctx, round.Filter{}, hint) }, List: w.list, Handle: w.handle, Failed: w.failed,
	})
}

// list names the rounds in which something is to be done now, by two queries
// however many rounds there are.
func (w *Worker) list(ctx context.Context) ([]uint64, error) {
	active, mine, now, err := w.look(ctx)
	if err != nil {
		return nil, err
	}
	var ids []uint64
	for _, r := range active {
		if !w.cfg.NoTrain && next(r, mine[r.ID], w.cfg.Round.Wallet(), now) == stepTrain && w.takes(r) {
			ids = append(ids, r.ID)
		}
		delete(mine, r.ID)
	}
	for id, g := range mine { // submitted, and the round is over
		if !w.cfg.NoClaim && !g.RewardClaimed {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// look reads the active rounds, the trainer's gradients by round, and the
// chain's time.
func (w *Worker) look(ctx context.Context) ([]*round.Round, map[uint64]*round.Gradient, time.Time, error) {
	rounds, err := w.cfg.Round.Rounds(ctx, round.Filter{Status: []round.Status{round.Active}})
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	gradients, err := w.cfg.Round.GradientsOf(ctx, w.cfg.Round.Wallet())
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	mine := make(map[uint64]*round.Gradient, len(gradients))
	for _, g := range gradients {
		mine[g.RoundID] = g
	}
	now, err := w.cfg.Round.Now(ctx)
	return rounds, mine, now, err
}

// takes tells whether the round's terms are accepted, and tells the observer
// once if they are not.
func (w *Worker) takes(r *round.Round) bool {
	if _, ok := w.cfg.Data[dataset.ID(r.Dataset)]; !ok {
		return false // not ours, and no news
	}
	err := w.cfg.Policy.Refuse(r)
	if err == nil {
		return true
	}
	w.mu.Lock()
	told := w.refused[r.ID]
	w.refused[r.ID] = true
	w.mu.Unlock()
	if !told {
		w.cfg.Observer(Event{Kind: EventRefused, Round: r.ID, Err: err})
	}
	return false
}

// handle does what is to be done now in one round.
func (w *Worker) handle(ctx context.Context, id uint64) error {
	r, mine, now, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	switch next(r, mine, w.cfg.Round.Wallet(), now) {
	case stepTrain:
		return w.train(ctx, r)
	case stepClaim:
		return w.claim(ctx, r)
	default:
		return nil
	}
}

func (w *Worker) state(ctx context.Context, id uint64) (*round.Round, *round.Gradient, time.Time, error) {
	r, err := w.cfg.Round.Round(ctx, id)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	mine, err := w.cfg.Round.Gradient(ctx, id, w.cfg.Round.Wallet())
	if err != nil && !errors.Is(err, round.ErrNotFound) {
		return nil, nil, time.Time{}, err
	}
	now, err := w.cfg.Round.Now(ctx)
	return r, mine, now, err
}

func (w *Worker) failed(id *uint64, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if id != nil {
		e.Round = *id
		e.HasRound = true
	}
	w.cfg.Observer(e)
}

package trainer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Worker takes part in rounds: it finds those that its policy takes, trains the
// head on the private data, submits it, claims the reward, and takes back the
// rent.
//
// It keeps no log. What has happened is on the chain, where a gradient and a
// claim can exist once, or in Dir, where a finished training run appears
// complete or not at all. Each pass reads both and does the next missing step,
// so a worker that was killed goes on from there.
type Worker struct {
	cfg      Config
	refused  worker.Seen     // rounds whose refusal was reported
	cleanups worker.Throttle // between looks for gradients that can be closed

	mu      sync.Mutex
	lock    *dirlock.Lock // of Dir
	holders int           // of lock
}

// NewWorker returns a worker, or an error that names every setting that is
// missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Worker{cfg: cfg.withDefaults()}, nil
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
	return worker.Run(ctx, worker.Config[round.Step]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, List: w.list, Heavy: isHeavy, Handle: w.parts, Failed: w.failed,
		Hints: func(ctx context.Context, hint func()) {
			w.cfg.Rounds.Hints(ctx, roundwork.ActiveRounds(w.cfg.Data), hint)
		},
	})
}

// parts makes a heavy step one that only computes.
func (w *Worker) parts(ctx context.Context, s round.Step) (worker.Compute, error) {
	if isHeavy(s) {
		return func(ctx context.Context) error { return w.handle(ctx, s) }, nil
	}
	return nil, w.handle(ctx, s)
}

// handle takes one step if it is still to be taken.
func (w *Worker) handle(ctx context.Context, s round.Step) error {
	r, mine, now, err := w.state(ctx, s.RoundID)
	if s.Kind == round.StepClose && errors.Is(err, chain.ErrNotFound) {
		r, err = nil, nil // the round is closed, so the gradient can be closed too
	}
	if err != nil {
		return err
	}
	if !slices.Contains(round.TrainerNext(r, mine, w.cfg.Rounds.Wallet(), now), s) {
		return nil
	}
	switch s.Kind {
	case round.StepSubmit:
		return w.trainAndSubmit(ctx, r)
	case round.StepClaim:
		return w.claim(ctx, r, mine)
	case round.StepClose:
		_, err = w.cfg.Rounds.CloseGradient(ctx, s.RoundID, s.Subject)
	}
	return err
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
	w.cfg.Observer(e)
}

func (w *Worker) failed(s *round.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.RoundID, e.HasRound = s.RoundID, true
	}
	w.cfg.Observer(e)
}

package trainer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// ErrDirInUse says that another process works in Config.Dir.
var ErrDirInUse = dirlock.ErrLocked

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
	refused  worker.Seen     // rounds that the observer was told about
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
	release, err := w.hold()
	if err != nil {
		return err
	}
	defer release()
	return worker.Run(ctx, worker.Config[round.Step]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, List: w.list, Heavy: isLong, Handle: w.handle, Failed: w.failed,
		Hints: func(ctx context.Context, hint func()) { w.cfg.Round.Hints(ctx, worker.ActiveRounds(w.cfg.Data), hint) },
	})
}

// hold keeps other processes out of Dir until release is called. Run and Train
// of one worker may hold it together.
func (w *Worker) hold() (release func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holders == 0 {
		if w.lock, err = dirlock.Acquire(w.cfg.Dir); err != nil {
			return nil, fmt.Errorf("trainer: %w", err)
		}
		if err := sweep(w.cfg.Dir); err != nil {
			w.lock.Close()
			return nil, fmt.Errorf("trainer: %w", err)
		}
	}
	w.holders++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.holders--; w.holders == 0 {
			w.lock.Close()
		}
	}, nil
}

// sweep removes what processes that were killed had begun to write: with the
// lock held, it is nobody's.
func sweep(dir string) error {
	all, err := os.ReadDir(dir)
	for _, e := range all {
		if name := e.Name(); e.IsDir() && strings.HasPrefix(name, ".round-") && strings.Contains(name, ".tmp-") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
		}
	}
	return err
}

// list names what is to be done now, by a handful of queries however many
// rounds there are: claims first, then the best paid rounds.
func (w *Worker) list(ctx context.Context) ([]round.Step, error) {
	active, err := w.cfg.Round.Rounds(ctx, worker.ActiveRounds(w.cfg.Data))
	if err != nil {
		return nil, err
	}
	unpaid, err := w.cfg.Round.GradientsOf(ctx, w.cfg.Round.Wallet(), round.Unclaimed())
	if err != nil {
		return nil, err
	}
	now, err := w.cfg.Round.Chain().Now(ctx)
	if err != nil {
		return nil, err
	}
	mine := make(map[uint64]*round.Gradient, len(unpaid))
	for _, g := range unpaid {
		mine[g.RoundID] = g
	}
	steps := w.claims(active, mine)
	if closes, err := w.closes(ctx); err == nil {
		steps = append(steps, closes...)
	}
	if w.cfg.NoTrain {
		return steps, nil
	}
	submissions, err := w.submissions(ctx, active, mine, now)
	return append(steps, submissions...), err
}

// isLong reports whether a step takes the processor for long.
func isLong(s round.Step) bool { return s.Kind == round.StepSubmit }

// step is a step about this trainer's gradient.
func (w *Worker) step(kind round.StepKind, id uint64) round.Step {
	return round.Step{Kind: kind, RoundID: id, Subject: w.cfg.Round.Wallet()}
}

// claims are for gradients whose round is over.
func (w *Worker) claims(active []*round.Round, mine map[uint64]*round.Gradient) (steps []round.Step) {
	if w.cfg.NoClaim {
		return nil
	}
	over := maps.Clone(mine)
	for _, r := range active {
		delete(over, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(over)) {
		steps = append(steps, w.step(round.StepClaim, id))
	}
	return steps
}

// submissions are for rounds that the policy takes, the best paid first.
func (w *Worker) submissions(ctx context.Context, active []*round.Round, mine map[uint64]*round.Gradient, now time.Time) (steps []round.Step, err error) {
	slices.SortStableFunc(active, func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
	var stars rating.Stars
	for _, r := range active {
		submit := w.step(round.StepSubmit, r.ID)
		if !slices.Contains(round.TrainerNext(r, mine[r.ID], w.cfg.Round.Wallet(), now), submit) {
			continue
		}
		if stars == 0 {
			if stars, err = w.stars(ctx); err != nil {
				return nil, err
			}
		}
		if w.takes(r, stars, now) {
			steps = append(steps, submit)
		}
	}
	return steps, nil
}

// cleanupEvery is how often gradients are looked for whose rent can be had
// back.
const cleanupEvery = time.Hour

// closes are for gradients whose accounts have done their service.
func (w *Worker) closes(ctx context.Context) ([]round.Step, error) {
	if w.cfg.NoClaim || !w.cleanups.Allow(cleanupEvery) {
		return nil, nil
	}
	all, err := w.cfg.Round.GradientsOf(ctx, w.cfg.Round.Wallet())
	var steps []round.Step
	for _, g := range all {
		if g.RewardClaimed && g.RatingSettled {
			steps = append(steps, w.step(round.StepClose, g.RoundID)) // handle looks whether the time has come
		}
	}
	return steps, err
}

// stars are this trainer's.
func (w *Worker) stars(ctx context.Context) (rating.Stars, error) {
	profile, err := w.cfg.Round.Profile(ctx, w.cfg.Round.Wallet())
	if errors.Is(err, chain.ErrNotFound) {
		return rating.Start, nil
	}
	if err != nil {
		return 0, err
	}
	return profile.Stars, nil
}

// takes tells whether the round's terms are accepted, and tells the observer
// once if they are not.
func (w *Worker) takes(r *round.Round, stars rating.Stars, now time.Time) bool {
	err := w.cfg.Policy.Refuse(r, stars, now)
	if err == nil {
		return true
	}
	if w.refused.First(r.ID) {
		w.tell(Event{Kind: EventRefused, Round: r.ID, Err: err})
	}
	return false
}

// handle takes one step if it is still to be taken.
func (w *Worker) handle(ctx context.Context, s round.Step) error {
	r, mine, now, err := w.state(ctx, s.RoundID)
	if s.Kind == round.StepClose && errors.Is(err, chain.ErrNotFound) {
		r, err = nil, nil // the round is closed: so may the gradient be
	}
	if err != nil {
		return err
	}
	if !slices.Contains(round.TrainerNext(r, mine, w.cfg.Round.Wallet(), now), s) {
		return nil
	}
	switch s.Kind {
	case round.StepSubmit:
		return w.train(ctx, r)
	case round.StepClaim:
		return w.claim(ctx, r, mine)
	case round.StepClose:
		_, err = w.cfg.Round.CloseGradient(ctx, s.RoundID, s.Subject)
	}
	return err
}

// state reads this trainer's gradient in one round, the chain's time and the
// round. Where only the round is not there, it returns the others with the error.
func (w *Worker) state(ctx context.Context, id uint64) (r *round.Round, mine *round.Gradient, now time.Time, err error) {
	mine, err = w.cfg.Round.Gradient(ctx, id, w.cfg.Round.Wallet())
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return nil, nil, now, err
	}
	if now, err = w.cfg.Round.Chain().Now(ctx); err != nil {
		return nil, nil, now, err
	}
	r, err = w.cfg.Round.Round(ctx, id)
	return r, mine, now, err
}

// tell reports what happened in a round.
func (w *Worker) tell(e Event) {
	e.HasRound = true
	w.cfg.Observer(e)
}

func (w *Worker) failed(s *round.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.Round, e.HasRound = s.RoundID, true
	}
	w.cfg.Observer(e)
}

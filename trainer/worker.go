package trainer

import (
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
	return worker.Run(ctx, worker.Config[job]{
		Poll: w.cfg.Poll, Parallel: w.cfg.Parallel, List: w.list, Heavy: job.heavy, Handle: w.handle, Failed: w.failed,
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
func (w *Worker) list(ctx context.Context) ([]job, error) {
	active, err := w.cfg.Round.Rounds(ctx, worker.ActiveRounds(w.cfg.Data))
	if err != nil {
		return nil, err
	}
	unpaid, err := w.cfg.Round.GradientsOf(ctx, w.cfg.Round.Wallet(), round.Unclaimed())
	if err != nil {
		return nil, err
	}
	now, err := w.cfg.Round.Now(ctx)
	if err != nil {
		return nil, err
	}
	mine := make(map[uint64]*round.Gradient, len(unpaid))
	for _, g := range unpaid {
		mine[g.RoundID] = g
	}
	jobs := w.claims(active, mine)
	if closes, err := w.closes(ctx); err == nil {
		jobs = append(jobs, closes...)
	}
	if w.cfg.NoTrain {
		return jobs, nil
	}
	trains, err := w.trains(ctx, active, mine, now)
	return append(jobs, trains...), err
}

// claims are for gradients whose round is over.
func (w *Worker) claims(active []*round.Round, mine map[uint64]*round.Gradient) (jobs []job) {
	if w.cfg.NoClaim {
		return nil
	}
	over := maps.Clone(mine)
	for _, r := range active {
		delete(over, r.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(over)) {
		jobs = append(jobs, job{id, stepClaim})
	}
	return jobs
}

// trains are for rounds that the policy takes, the best paid first.
func (w *Worker) trains(ctx context.Context, active []*round.Round, mine map[uint64]*round.Gradient, now time.Time) (jobs []job, err error) {
	byReward(active)
	var stars rating.Stars
	for _, r := range active {
		if next(r, mine[r.ID], w.cfg.Round.Wallet(), now) != stepTrain {
			continue
		}
		if stars == 0 {
			if stars, err = w.stars(ctx); err != nil {
				return nil, err
			}
		}
		if w.takes(r, stars, now) {
			jobs = append(jobs, job{r.ID, stepTrain})
		}
	}
	return jobs, nil
}

// cleanupEvery is how often gradients are looked for whose rent can be had
// back.
const cleanupEvery = time.Hour

// closes are for gradients whose accounts have done their service.
func (w *Worker) closes(ctx context.Context) ([]job, error) {
	if w.cfg.NoClaim || !w.cleanups.Allow(cleanupEvery) {
		return nil, nil
	}
	all, err := w.cfg.Round.GradientsOf(ctx, w.cfg.Round.Wallet())
	var jobs []job
	for _, g := range all {
		if g.RewardClaimed && g.RatingSettled {
			jobs = append(jobs, job{g.RoundID, stepClose})
		}
	}
	return jobs, err
}

// stars are this trainer's.
func (w *Worker) stars(ctx context.Context) (rating.Stars, error) {
	profile, err := w.cfg.Round.Profile(ctx, w.cfg.Round.Wallet())
	if errors.Is(err, round.ErrNotFound) {
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

// handle does one job if it is still to be done.
func (w *Worker) handle(ctx context.Context, j job) error {
	r, mine, now, err := w.state(ctx, j.round)
	if err != nil {
		return err
	}
	if next(r, mine, w.cfg.Round.Wallet(), now) != j.step {
		return nil
	}
	switch j.step {
	case stepTrain:
		return w.train(ctx, r)
	case stepClaim:
		return w.claim(ctx, r, mine)
	case stepClose:
		_, err = w.cfg.Round.CloseGradient(ctx, r.ID, w.cfg.Round.Wallet())
		return err
	}
	return nil
}

// state reads one round, this trainer's gradient in it, and the chain's time.
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

// tell reports what happened in a round.
func (w *Worker) tell(e Event) {
	e.HasRound = true
	w.cfg.Observer(e)
}

func (w *Worker) failed(j *job, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if j != nil {
		e.Round, e.HasRound = j.round, true
	}
	w.cfg.Observer(e)
}

package member

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
)

// ErrDirInUse is returned if another process is using Config.Dir.
var ErrDirInUse = dirlock.ErrLocked

// Worker takes part in one run.
type Worker struct {
	cfg   Config
	cache cache        // what was fetched
	busy  atomic.Int64 // updates that are being trained

	clock clock

	mu      sync.Mutex
	pushed  map[run.Digest]bool // by this process
	address run.Run             // of the run, as it was first read: its addresses do not change
	listed  *state              // what the last list saw, from which its jobs go on
	newer   chan struct{}       // closed when a list sees another phase than listed
	updates roundUpdates
}

// NewWorker returns a worker, or an error that names every setting that is missing.
func NewWorker(cfg Config) (*Worker, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Worker{cfg: cfg.withDefaults(), pushed: map[run.Digest]bool{}, newer: make(chan struct{})}, nil
}

// hintedLists bounds the lists, of one call each, that changes of the run cause in a
// Poll: on a local chain, where a round takes a tenth of a second, some ten rounds have
// so many.
const hintedLists = 100

// Run works until ctx is done, and then returns nil. It fails at once where
// another process works in Dir ([ErrDirInUse]). Other errors go to the observer;
// what failed is tried again after a growing pause.
func (w *Worker) Run(ctx context.Context) error {
	lock, err := dirlock.Acquire(w.cfg.Dir)
	if err != nil {
		return fmt.Errorf("run/member: %w", err)
	}
	defer lock.Close()
	return worker.Run(ctx, worker.Config[run.Step]{
		Poll: w.cfg.Poll, Parallel: 1, List: w.list, Computing: &w.busy,
		Heavy:  func(s run.Step) bool { return s.Kind == run.StepTrain },
		Handle: w.parts, Failed: w.failed, Group: together,
		Hints: w.hints, Hinted: hintedLists,
	})
}

// hints hints where the run has changed, and when time alone may change it.
func (w *Worker) hints(ctx context.Context, hint func()) {
	w.clock.start(hint)
	defer w.clock.stop()
	w.cfg.Runs.Hints(ctx, w.cfg.RunID, hint)
}

// together names the steps that are taken one after the other. A join may go on while the
// run enters another round, where there is another join to do: both would write the same
// files, and only one can come to anything.
func together(s run.Step) any {
	if s.Kind == run.StepJoin {
		return s.Kind
	}
	return nil
}

func (w *Worker) parts(ctx context.Context, s run.Step) (worker.Compute, error) {
	if s.Kind == run.StepTrain {
		return func(ctx context.Context) error { return w.handle(ctx, s) }, nil
	}
	return nil, w.handle(ctx, s)
}

func (w *Worker) failed(s *run.Step, err error, retry time.Duration) {
	e := Event{Kind: EventFailed, Err: err, Retry: retry}
	if s != nil {
		e.Step = *s
	}
	w.report(e)
}

// report logs an event and passes it to the observer.
func (w *Worker) report(e Event) {
	worker.Log(w.cfg.Logger, e.level(), string(e.Kind), e)
	w.cfg.Observer(e)
}

// state is what the chain says about the run and this wallet.
type state struct {
	*run.View
	member *run.Member // nil: never joined
	slot   int         // −1: none
	dir    string      // of this run
	at     time.Time   // when it was read
	next   func() []run.Step
}

// look reads the state.
func (w *Worker) look(ctx context.Context) (*state, error) {
	r, err := w.run(ctx)
	if err != nil {
		return nil, err
	}
	view, account, err := w.cfg.Runs.Look(ctx, r, w.cfg.Runs.Wallet())
	if errors.Is(err, chain.ErrNotFound) { // it was closed; another one of this id has other addresses
		w.mu.Lock()
		w.address = run.Run{}
		w.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	s := &state{View: view, slot: view.Roster.Find(w.cfg.Runs.Wallet()), at: time.Now()}
	if account != nil && account.Of(view.Run) {
		s.member = account
	}
	s.dir = filepath.Join(w.cfg.Dir, fmt.Sprintf("%s-%d", w.cfg.RunID, view.Run.CreatedSlot))
	s.next = sync.OnceValue(func() []run.Step { return view.Next(w.cfg.Runs.Wallet(), s.member) })
	return s, nil
}

// run is the run with its addresses.
func (w *Worker) run(ctx context.Context) (*run.Run, error) {
	w.mu.Lock()
	known := w.address
	w.mu.Unlock()
	if !known.Address.IsZero() {
		return &known, nil
	}
	r, err := w.cfg.Runs.Run(ctx, w.cfg.RunID)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.address = *r
	return r, nil
}

// list are the steps to do now.
func (w *Worker) list(ctx context.Context) ([]run.Step, error) {
	s, err := w.look(ctx)
	if err != nil {
		return nil, err
	}
	w.clock.set(s.View)
	w.keep(s)
	var steps []run.Step
	publish := w.mustPublish(s)
	for _, step := range s.next() {
		if !w.leaves(step.Kind) {
			steps = append(steps, step)
		}
		if step.Kind == run.StepSeen {
			publish = false // which publishes first
		}
	}
	if publish {
		steps = append(steps, run.Step{Kind: run.StepPublish, RunID: s.Run.ID, Epoch: s.Run.Epoch, Round: s.Run.Round})
	}
	return steps, nil
}

// keep keeps what a list saw, and lets those know who wait for their turn in a phase
// that is over.
func (w *Worker) keep(s *state) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listed != nil && !s.samePhase(w.listed) {
		close(w.newer)
		w.newer = make(chan struct{})
	}
	w.listed = s
}

// latest is what the last list saw, and what is closed when one sees another phase.
func (w *Worker) latest() (*state, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.listed, w.newer
}

func (s *state) samePhase(o *state) bool {
	return s.Run.CreatedSlot == o.Run.CreatedSlot && s.Run.State == o.Run.State && s.Run.Phase == o.Run.Phase && s.Run.Round == o.Run.Round && s.Run.Epoch == o.Run.Epoch
}

// leaves reports whether steps of that kind are left to others.
func (w *Worker) leaves(k run.StepKind) bool {
	return k == run.StepTick && w.cfg.NoTick || k == run.StepSlash && w.cfg.NoSlash || k == run.StepClaim && w.cfg.NoClaim
}

// over are the refusals that say that a step is no longer to be done: somebody was
// faster, or the run has moved on.
var over = []error{
	run.ErrAlreadyDone, run.ErrAlreadyJoined, run.ErrStaleRound, run.ErrInvalidState, run.ErrNothingToSlash, run.ErrRunHalted,
	run.ErrNotActive, run.ErrNotDrawn, run.ErrStaleTerms,
}

// fresh is how long a step may go on from what a list saw: mostly it begins right after
// that. Where the run has moved on since, the program refuses.
const fresh = 100 * time.Millisecond

// handle takes one step if it is still to be taken.
func (w *Worker) handle(ctx context.Context, step run.Step) (err error) {
	s, _ := w.latest()
	if time.Since(s.at) > fresh {
		if s, err = w.look(ctx); err != nil {
			return err
		}
	}
	if !w.stillDue(s, step) {
		return nil
	}
	err = w.take(ctx, s, step)
	for _, e := range over {
		if errors.Is(err, e) {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

func (w *Worker) stillDue(s *state, step run.Step) bool {
	if step.Kind == run.StepPublish {
		return w.mustPublish(s) && step.Round == s.Run.Round
	}
	return slices.Contains(s.next(), step)
}

func (w *Worker) take(ctx context.Context, s *state, step run.Step) error {
	switch step.Kind {
	case run.StepJoin:
		return w.join(ctx, s, step)
	case run.StepLeave:
		return w.leave(ctx, s, step)
	case run.StepReady:
		return w.ready(ctx, s, step)
	case run.StepTrain:
		return w.train(ctx, s, step)
	case run.StepPublish:
		return w.publish(ctx, s, step)
	case run.StepSeen:
		return w.seen(ctx, s, step)
	case run.StepCommit:
		return w.commit(ctx, s, step)
	case run.StepReveal:
		return w.reveal(ctx, s, step)
	case run.StepTick:
		return w.tick(ctx, s, step)
	case run.StepSlash:
		return w.slash(ctx, s, step)
	case run.StepClaim:
		return w.claim(ctx, s, step)
	}
	return nil
}

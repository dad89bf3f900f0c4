package member

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/run/update"
	"github.com/decloud-sdk/decloud-go/storage"
)

// submitted is an update of this round.
type submitted struct {
	slot   int
	wallet [32]byte
	update run.Update
}

// roundUpdates are a round's updates as they were read once its training was over,
// which nobody can change any more.
type roundUpdates struct {
	created uint64 // slot of the run, and the round
	round   uint32
	all     []submitted
	held    map[run.Digest]fs.FS // those that were fetched
}

// submissions are those of the given slots, in the order of submission.
func (w *Worker) submissions(ctx context.Context, s *state, slots run.Slots) ([]submitted, error) {
	w.mu.Lock()
	known := w.updates
	w.mu.Unlock()
	if known.created != s.Run.CreatedSlot || known.round != s.Run.Round {
		var err error
		if known, err = w.readUpdates(ctx, s); err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.updates.release()
		w.updates = known
		w.mu.Unlock()
	}
	return of(known.all, slots), nil
}

// release lets the store drop the updates.
func (r *roundUpdates) release() {
	for _, files := range r.held {
		if c, ok := files.(io.Closer); ok {
			_ = c.Close()
		}
	}
	r.held = nil
}

// update fetches an update, once a round: the store keeps it as long as the round goes on.
func (w *Worker) update(ctx context.Context, digest run.Digest, limit int64) (fs.FS, error) {
	w.mu.Lock()
	files, ok := w.updates.held[digest]
	w.mu.Unlock()
	if ok {
		return files, nil
	}
	files, err := w.cfg.Store.Fetch(ctx, CID(digest), storage.AtMost(limit), storage.KeepInMemory())
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.updates.held == nil {
		w.updates.held = map[run.Digest]fs.FS{}
	}
	w.updates.held[digest] = files
	return files, nil
}

// of are the updates of some slots.
func of(all []submitted, slots run.Slots) []submitted {
	return slices.DeleteFunc(slices.Clone(all), func(u submitted) bool { return !slots.Has(u.slot) })
}

func (w *Worker) readUpdates(ctx context.Context, s *state) (roundUpdates, error) {
	members, err := w.cfg.Runs.Members(ctx, s.Run.Address)
	if err != nil {
		return roundUpdates{}, err
	}
	out := roundUpdates{created: s.Run.CreatedSlot, round: s.Run.Round}
	for _, m := range members {
		if m.Of(s.Run) && s.Ballots.Submitted.Has(m.Slot) && m.Update.Round == s.Run.Round && s.Roster.Slots[m.Slot].Wallet == m.Wallet {
			out.all = append(out.all, submitted{m.Slot, m.Wallet, m.Update})
		}
	}
	if have, want := len(out.all), s.Ballots.Submitted.Len(); have < want {
		// To go on without them would be to disagree with everybody else.
		return roundUpdates{}, fmt.Errorf("the node lists %d of the round's %d updates: it lags behind", have, want)
	}
	slices.SortFunc(out.all, func(a, b submitted) int { return cmp.Compare(a.update.Order, b.update.Order) })
	return out, nil
}

// limit is the largest size of what members hand in.
func limit(s *state, sc *scene) int64 {
	if s.Run.Model.IsZero() {
		return sc.pkg.GradientLimit()
	}
	return update.Limit(sc.model.Head)
}

// firstRetry is how long to wait for updates that are not there: their members publish
// them while others look for them already.
const firstRetry = 5 * time.Millisecond

// parallelFetches is how many updates are fetched, or served, at a time.
const parallelFetches = 16

// leastTry is how long a fetch may take at least before others have their turn.
const leastTry = 500 * time.Millisecond

// gathering fetches updates until ctx ends, those that are not there again and again.
// They take turns: those over which sources hang do not keep the others from being
// fetched, whoever submitted first.
type gathering struct {
	w      *Worker
	limit  int64
	places chan struct{}

	mu      sync.Mutex
	got     run.Slots
	left    int   // updates that are still missing
	missing error // why one of them is
}

// gather returns whose updates it has, and why it has not the others'.
func (w *Worker) gather(ctx context.Context, all []submitted, limit int64) (got run.Slots, missing error) {
	g := &gathering{w: w, limit: limit, places: make(chan struct{}, parallelFetches), left: len(all)}
	var wg sync.WaitGroup
	for _, u := range all {
		wg.Go(func() { g.fetch(ctx, u) })
	}
	wg.Wait()
	if g.left == 0 {
		return g.got, nil
	}
	return g.got, g.missing
}

// fetch fetches one update.
func (g *gathering) fetch(ctx context.Context, u submitted) {
	for pause := firstRetry; ; pause = min(2*pause, g.w.cfg.Poll) {
		select {
		case <-ctx.Done():
			g.failed(u, context.Cause(ctx))
			return
		case g.places <- struct{}{}: // in the order in which they came
		}
		err := g.try(ctx, u)
		<-g.places
		if err == nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.got.Add(u.slot)
			g.left--
			return
		}
		g.failed(u, err)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func (g *gathering) failed(u submitted, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.missing == nil || !isTimeout(err) { // not that there was no time left
		g.missing = fmt.Errorf("the update of slot %d: %w", u.slot, err)
	}
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// try fetches an update once.
func (g *gathering) try(ctx context.Context, u submitted) error {
	ctx, cancel := context.WithTimeout(ctx, g.turn(ctx))
	defer cancel()
	return worker.Protect("fetching an update", func() error {
		_, err := g.w.update(ctx, u.update.Digest, g.limit)
		return err
	})
}

// turn is how long one try may take: any time while there are places for all, else so
// long that everybody has had a turn after half of the time that is left. What has
// arrived is kept, so the next try goes on from there.
func (g *gathering) turn(ctx context.Context) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := g.w.cfg.FetchTimeout
	if deadline, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(deadline))
	}
	turns := (g.left + parallelFetches - 1) / parallelFetches
	if turns <= 1 {
		return left
	}
	return max(leastTry, left/time.Duration(2*turns))
}

// serve pushes updates that this process has not pushed yet, so that others find those
// whose members served only some. It is a favour: having them is what counts.
func (w *Worker) serve(ctx context.Context, all []submitted) {
	worker.Each(len(all), parallelFetches, func(i int) {
		digest := all[i].update.Digest
		w.mu.Lock()
		known := w.pushed[digest]
		w.pushed[digest] = true
		w.mu.Unlock()
		if !known {
			_ = worker.Protect("serving an update", func() error {
				_, err := w.cfg.Store.Push(ctx, CID(digest))
				return err
			})
		}
	})
}

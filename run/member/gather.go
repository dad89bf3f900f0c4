package member

import (
	"cmp"
	"context"
	"fmt"
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
		w.updates = known
		w.mu.Unlock()
	}
	return of(known.all, slots), nil
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
const firstRetry = 20 * time.Millisecond

// gather fetches updates, those that are not there again and again until ctx ends; it
// returns whose it has, and why it has not the others'.
func (w *Worker) gather(ctx context.Context, all []submitted, limit int64) (got run.Slots, missing error) {
	for pause := firstRetry; ; pause = min(2*pause, w.cfg.Poll) {
		more, err := w.fetchAll(ctx, all, limit)
		for slot := range more.All() {
			got.Add(slot)
		}
		if err == nil || missing == nil || ctx.Err() == nil {
			missing = err // not that there was no time left
		}
		if err == nil {
			return got, nil
		}
		all = slices.DeleteFunc(slices.Clone(all), func(u submitted) bool { return more.Has(u.slot) })
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return got, missing
		case <-timer.C:
		}
	}
}

// parallelFetches is how many updates are fetched, or served, at a time.
const parallelFetches = 8

// fetchAll fetches updates; it returns whose it has, and why it has not the others'.
func (w *Worker) fetchAll(ctx context.Context, all []submitted, limit int64) (got run.Slots, missing error) {
	var mu sync.Mutex
	worker.Each(len(all), parallelFetches, func(i int) {
		u := all[i]
		err := worker.Protect("fetching an update", func() error {
			_, err := w.cfg.Store.Fetch(ctx, CID(u.update.Digest), storage.AtMost(limit))
			return err
		})
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			missing = fmt.Errorf("the update of slot %d: %w", u.slot, err)
			return
		}
		got.Add(u.slot)
	})
	return got, missing
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

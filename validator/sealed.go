package validator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// In a sealed round all heads are published before the first sitting, in which validators commit
// to their scores. Nobody could copy a head before, so a head is compared with the base alone:
// whether an earlier one is there or not, which a trainer could show some validators only, changes
// no score but its own.

// unfit returns why this validator cannot score a sealed round in the sitting of now.
func (w *Worker) unfit(r *round.Round, s Standing, now time.Time) error {
	if least := 2 * w.cfg.Poll; r.Options.CommitWindow < least {
		return &round.RefusedError{RoundID: r.ID, Reason: fmt.Sprintf(
			"its scores have to be revealed within %s, and this worker looks every %s: it could come too late, and would be slashed (lower Config.Poll to score it)",
			r.Options.CommitWindow, w.cfg.Poll)}
	}
	err := r.InCommittee(&round.Stake{Validator: w.cfg.Rounds.Wallet(), Amount: s.Stake, Since: s.Since}, now)
	if errors.Is(err, round.ErrNotEligible) {
		return &round.RefusedError{RoundID: r.ID, Reason: "this validator was not drawn for its committee, or staked too late (later sittings draw more)"}
	}
	return err
}

// keyMayCome is the reason to wait where scoring of a round has just started and the key of its sealed
// test is not shown: it may have been revealed in the last moment, and one node of several may lag. Who
// then scores on the public split is far from all others, and slashed.
func keyMayCome(r *round.Round, now time.Time) error {
	left := r.ScoringStarts().Add(r.Options.CommitWindow / 4).Sub(now)
	if left <= 0 {
		return nil
	}
	return worker.Wait(errors.New("the key of its sealed test is not shown: the node may lag"), left)
}

// absentError says that a gradient of a sealed round could not be fetched until it had to be
// scored: it scores 0.
type absentError struct{ err error }

func (e *absentError) Error() string { return fmt.Sprintf("it could not be fetched: %v", e.err) }
func (e *absentError) Unwrap() error { return e.err }

// fetchSealed fetches a gradient of a sealed round. One that is not here halfway through the time
// for commitments, of which the other half is for computing, is absent, and gets one more try if
// there was none until then: nobody scores 0 without having been looked for. Before, the error is
// the reason to come back, behind those that were not looked for.
func (w *Worker) fetchSealed(ctx context.Context, r *round.Round, g *round.Gradient, limit storage.FetchOption) error {
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	if err != nil {
		return err
	}
	due, closes, ok := commits(r, now)
	if !ok {
		return errOver
	}
	left := due.Sub(now)
	if left <= 0 {
		left = closes.Sub(now) / 2
	}
	looking, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	err = w.fetchGradient(looking, r, g, w.firstTry(r), limit)
	if err == nil {
		w.share(looking, g)
	}
	if err == nil || isInvalid(err) || ctx.Err() != nil {
		return err
	}
	now, clock := w.cfg.Rounds.Chain().Now(ctx)
	wait := due.Sub(now)
	switch {
	case clock != nil:
		return clock
	case isOwn(err):
		return worker.Later(fmt.Errorf("nothing is committed to: %w", err), w.cfg.Poll)
	case wait > 0:
		return worker.Later(fmt.Errorf("looking for it until %s: %w", due.UTC(), err), min(wait, w.cfg.Poll))
	case w.untried(g):
		return worker.Later(fmt.Errorf("it was not looked for yet, since others took the places: %w", err), w.cfg.Poll/4)
	}
	return &absentError{err}
}

// firstTry is how long it is looked for a gradient of a sealed round at first: so that half of the
// time for that is enough to look for each, though all others are strangers' that never arrive.
func (w *Worker) firstTry(r *round.Round) time.Duration {
	return r.Options.CommitWindow / 4 / time.Duration(max(1, r.Gradients)) * time.Duration(min(w.cfg.Fetches, round.MaxGradients))
}

// commits is until when gradients are looked for in the sitting of now, and until when scores are
// committed to; ok is false outside of sittings.
func commits(r *round.Round, now time.Time) (due, closes time.Time, ok bool) {
	sitting, ok := r.Sitting(now)
	starts := r.SittingStarts(sitting)
	return starts.Add(r.Options.CommitWindow / 2), starts.Add(r.Options.CommitWindow), ok
}

// share publishes a gradient that is here, once, so that others who score it can fetch it too.
func (w *Worker) share(ctx context.Context, g *round.Gradient) {
	root, err := storage.ParseCID(g.CID)
	if _, done := w.shared.Get(root); err != nil || done || !w.cfg.Share {
		return
	}
	w.shared.Put(root, true)
	if _, err := w.cfg.Store.Push(ctx, root); err != nil {
		w.report(Event{Kind: EventFailed, RoundID: g.RoundID, Trainer: g.Trainer, Err: fmt.Errorf("sharing the gradient of %s: %w", g.Trainer, err)})
	}
}

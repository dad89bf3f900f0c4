package validator

import (
	"context"
	"time"

	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// What the data of a round is compared with is known when the round is created. It is fetched while submissions are
// taken, so that what is hard to find does not cost the first sitting, and is told before.

// stepAhead is to fetch it. It is this worker's own: no account shows whether it was done.
const stepAhead round.StepKind = 255

// aheadSteps are for a round that the policy takes.
func (w *Worker) aheadSteps(r *round.Round, now time.Time) []round.Step {
	if done, _ := w.ahead.Get(r.ID); done || !isData(r) || !r.Sealed() || !now.Before(r.ScoringStarts()) {
		return nil
	}
	return []round.Step{{Kind: stepAhead, RoundID: r.ID, Subject: round.BaseModel}}
}

// fetchAhead fetches what it can, and fails with what is missing.
func (w *Worker) fetchAhead(ctx context.Context, id uint64) error {
	r := w.view.Round(id)
	if r == nil {
		return nil // it is over
	}
	root, err := w.fetchModel(ctx, r)
	if err != nil {
		return err
	}
	task, err := w.taskOf(ctx, r, root)
	if err != nil {
		return err
	}
	list, unknown := w.pastOf(ctx, r)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, missing := w.pastHere(ctx, r, list, unknown, storage.AtMost(task.files)); missing != nil {
		return missing
	}
	w.ahead.Put(id, true)
	return nil
}

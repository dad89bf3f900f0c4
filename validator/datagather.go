package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Whose rows are whose must not depend on what some validators have and others not, which a trainer could bring about:
// who scores otherwise than the rest is slashed. So a submission is compared
//
//   - in the first sitting with those of the rounds before: who lacks one of them commits to nothing. If it is a copy of
//     rows of this round, nobody who sees that commits, since others may not see it;
//   - in a later sitting, if no score of it was revealed, with those of this round that by then have a consensus over 0,
//     and with no others: all know that, and a file of an earlier round that nobody serves any more has stalled it for
//     one sitting;
//   - if some were revealed, with those of the rounds before that are here. Who lacks one commits only to what agrees
//     with the scores of those who had all.
type dataWork struct {
	sitting int
	past    []past            // to compare it with
	same    []*round.Gradient // earlier ones of the round with the same CID
	earlier []*round.Gradient // earlier ones of the round to compare it with, of its trainer too
	missing error             // why one of the rounds before is not here, where its revealed scores decide
}

// prepareData fetches what a score of a data round needs, and returns the part that computes it.
func (w *Worker) prepareData(ctx context.Context, s *scorable) (worker.Compute, error) {
	task, err := w.taskOf(ctx, s.round, s.model)
	if err != nil {
		return nil, err
	}
	list, err := w.pastOf(ctx, s.round)
	if err != nil {
		return nil, err
	}
	s.compared = len(list) + int(s.round.Gradients)
	if s.step.Subject == round.BaseModel {
		return func(ctx context.Context) error { return w.score(ctx, s) }, nil
	}
	if s.head, err = w.gatherData(ctx, s, storage.AtMost(task.files), list); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		done, err := w.training()
		if err != nil {
			w.turned.Put(s.step, true)
			return err
		}
		defer done()
		return w.score(ctx, s)
	}, nil
}

// gatherData fetches a submission and those that it is compared with. The error is the reason to wait.
func (w *Worker) gatherData(ctx context.Context, of *scorable, limit storage.FetchOption, list []past) (*submission, error) {
	r := of.round
	all, err := w.cfg.Rounds.Gradients(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(g *round.Gradient) bool { return g.Trainer == of.step.Subject })
	if i < 0 {
		return nil, fmt.Errorf("the node no longer lists this submission: %w", chain.ErrNotFound)
	}
	s := &submission{Gradient: all[i], limit: limit}
	if err := w.fetchFor(ctx, r, s); err != nil || s.invalid != nil || s.absent != nil {
		return s, err
	}
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	if err != nil {
		return nil, err
	}
	sitting, ok := r.Sitting(now)
	if !ok {
		return nil, errOver
	}
	s.data = &dataWork{sitting: sitting}
	return s, w.gatherEarlier(ctx, r, s, all[:i], list)
}

// gatherEarlier fetches those that a submission is compared with in this sitting.
func (w *Worker) gatherEarlier(ctx context.Context, r *round.Round, s *submission, before []*round.Gradient, list []past) error {
	d := s.data
	for _, g := range before {
		if g.CID == s.CID && g.Trainer != s.Trainer {
			d.same = append(d.same, g)
		}
	}
	switch {
	case d.sitting == 0:
		here, missing := w.pastHere(ctx, r, list, s.limit)
		if missing != nil {
			return worker.Later(missing, w.cfg.Poll)
		}
		d.past, d.earlier = here, w.earlierHere(ctx, r, before, s.limit, false)
	case len(s.Scores) > 0:
		d.past, d.missing = w.pastHere(ctx, r, list, s.limit)
	default:
		for _, g := range before {
			if consensus, known := r.GradientConsensus(g.Index); known && consensus > 0 {
				d.earlier = append(d.earlier, g)
			}
		}
		if here := w.earlierHere(ctx, r, d.earlier, s.limit, true); len(here) < len(d.earlier) {
			return worker.Later(errors.New("an earlier submission of the round that others have scored is not here: nothing is committed to"), w.cfg.Poll)
		}
	}
	return nil
}

// pastHere fetches submissions of earlier rounds, and returns those that are here and why one is not.
func (w *Worker) pastHere(ctx context.Context, r *round.Round, list []past, limit storage.FetchOption) (here []past, missing error) {
	failed := make([]error, len(list))
	worker.Each(len(list), lookahead, func(i int) { failed[i] = w.fetchData(ctx, list[i].cid, w.firstTry(r), limit) })
	for i, p := range list {
		switch err := failed[i]; {
		case err == nil:
			here = append(here, p)
		case isInvalid(err): // then it is for everybody
		case missing == nil:
			missing = fmt.Errorf("%w, and this one may hold its rows: %s of %s in round %d; nothing is committed to unless others do: %w",
				ErrEarlier, p.cid, p.trainer, p.round, err)
		}
	}
	return here, missing
}

// earlierHere returns those of the round's submissions that are here; each is looked for once, or again and again.
func (w *Worker) earlierHere(ctx context.Context, r *round.Round, list []*round.Gradient, limit storage.FetchOption, again bool) (here []*round.Gradient) {
	failed := make([]error, len(list))
	worker.Each(len(list), lookahead, func(i int) {
		root, err := storage.ParseCID(list[i].CID)
		if err == nil && !again {
			err = w.fetches.Failed(root.String())
		}
		if err == nil {
			err = w.fetchData(ctx, list[i].CID, w.firstTry(r), limit)
		}
		failed[i] = err
	})
	for i, g := range list {
		if failed[i] == nil {
			here = append(here, g)
		}
	}
	return here
}

// fetchData fetches data, unless it was fetched before.
func (w *Worker) fetchData(ctx context.Context, text string, first time.Duration, limit storage.FetchOption) error {
	root, err := storage.ParseCID(text)
	if err != nil {
		return err
	}
	return w.fetchAs(ctx, root, first, noBytes, limit)
}

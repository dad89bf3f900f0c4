package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

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
//
// Who asks a node that does not know any more what was submitted to an earlier round lacks that, too.
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
	list, unknown := w.pastOf(ctx, s.round)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.compared = len(list) + int(s.round.Gradients)
	if s.step.Subject == round.BaseModel {
		return func(ctx context.Context) error { return w.score(ctx, s) }, nil
	}
	if s.head, err = w.gatherData(ctx, s, storage.AtMost(task.files), list, unknown); err != nil {
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

// gatherData fetches a submission and those that it is compared with; unknown says why some of the rounds before are not
// listed. The error is the reason to wait.
func (w *Worker) gatherData(ctx context.Context, of *scorable, limit storage.FetchOption, list []past, unknown error) (*submission, error) {
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
	return s, w.gatherEarlier(ctx, r, s, all[:i], list, unknown)
}

// gatherEarlier fetches those that a submission is compared with in this sitting.
func (w *Worker) gatherEarlier(ctx context.Context, r *round.Round, s *submission, before []*round.Gradient, list []past, unknown error) error {
	d := s.data
	for _, g := range before {
		if g.CID == s.CID && g.Trainer != s.Trainer {
			d.same = append(d.same, g)
		}
	}
	switch {
	case d.sitting == 0:
		here, missing := w.pastHere(ctx, r, list, unknown, s.limit)
		if missing != nil {
			return worker.Later(missing, w.cfg.Poll)
		}
		d.past, d.earlier = here, w.earlierHere(ctx, r, before, s.limit, false)
	case len(s.Scores) > 0:
		d.past, d.missing = w.pastHere(ctx, r, list, unknown, s.limit)
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
func (w *Worker) pastHere(ctx context.Context, r *round.Round, list []past, unknown error, limit storage.FetchOption) (here []past, missing error) {
	if unknown != nil {
		missing = fmt.Errorf("%w, and this one may hold its rows; nothing is committed to unless others do: %w", ErrEarlier, unknown)
	}
	failed := make([]error, len(list))
	worker.Each(len(list), lookahead, func(i int) {
		failed[i] = w.fetchData(ctx, list[i].round, list[i].trainer, list[i].cid, w.firstTry(r), limit)
	})
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
			err = w.fetchData(ctx, r.ID, list[i].Trainer, list[i].CID, w.firstTry(r), limit)
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

// fetchData fetches what a trainer has submitted to a round, unless it was fetched before: from where the store fetches, and
// from where the trainer says that it is.
func (w *Worker) fetchData(ctx context.Context, id uint64, trainer solana.PublicKey, text string, first time.Duration, limit storage.FetchOption) error {
	root, err := storage.ParseCID(text)
	if err != nil {
		return err
	}
	if _, known := w.sizes.Get(root); known {
		return nil
	}
	options := []storage.FetchOption{limit}
	if from := w.saidSource(ctx, id, trainer); from != nil {
		if c, ok := from.(interface{ CloseIdle() }); ok {
			defer c.CloseIdle()
		}
		options = append(options, storage.AlsoFrom(from))
	}
	return w.fetchAs(ctx, root, first, noBytes, options...)
}

// saidSource is where a trainer says on the chain that it keeps what it has submitted; nil if that cannot be known. Nothing
// depends on it.
func (w *Worker) saidSource(ctx context.Context, id uint64, trainer solana.PublicKey) storage.Fetcher {
	if w.cfg.Sources == nil {
		return nil
	}
	said, err := w.cfg.Rounds.Source(ctx, id, trainer)
	if err != nil {
		return nil
	}
	from, err := w.cfg.Sources(said.Text)
	if err != nil {
		return nil
	}
	return from
}

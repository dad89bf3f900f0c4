package trainer

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// list returns the steps to take now: claims first, then the best paid rounds.
// It takes a handful of queries, however many rounds there are.
func (w *Worker) list(ctx context.Context) ([]round.Step, error) {
	active, now, err := w.view.Look(ctx)
	if err != nil {
		return nil, err
	}
	unpaid, err := w.cfg.Rounds.GradientsOf(ctx, w.cfg.Rounds.Wallet(), round.Unclaimed())
	if err != nil {
		return nil, err
	}
	mine := make(map[uint64]*round.Gradient, len(unpaid))
	for _, g := range unpaid {
		mine[g.RoundID] = g
	}
	var steps []round.Step
	if !w.cfg.NoClaim {
		takesPart := func(id uint64) bool { return mine[id] != nil }
		steps = append(w.claims(active, mine), roundwork.FinalizeSteps(active, takesPart, now)...)
		steps = append(steps, roundwork.DrawSteps(active, takesPart, now)...)
		if closes, err := w.closings(ctx, active); err == nil {
			steps = append(steps, closes...)
		}
		steps = append(steps, w.after.Steps()...)
	}
	steps = append(w.publications(active, mine, now), steps...)
	steps = append(steps, w.sources(active, mine, now)...)
	if w.cfg.NoTrain {
		return steps, nil
	}
	submissions, err := w.submissions(ctx, active, mine, now)
	return append(steps, submissions...), err
}

// isHeavy reports whether a step keeps the processor busy for long.
func isHeavy(s round.Step) bool { return s.Kind == round.StepSubmit }

// step is a step about this trainer's gradient.
func (w *Worker) step(kind round.StepKind, id uint64) round.Step {
	return round.Step{Kind: kind, RoundID: id, Subject: w.cfg.Rounds.Wallet()}
}

// claims are for gradients whose round is over.
func (w *Worker) claims(active []*round.Round, mine map[uint64]*round.Gradient) (steps []round.Step) {
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
	rounds := slices.SortedStableFunc(slices.Values(active), func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
	policy, err := w.policy(ctx)
	if err != nil {
		return nil, err
	}
	var stars rating.Stars
	for _, r := range rounds {
		submit := w.step(round.StepSubmit, r.ID)
		if !slices.Contains(round.TrainerNext(r, mine[r.ID], w.cfg.Rounds.Wallet(), now), submit) {
			continue
		}
		if stars == 0 {
			if stars, err = w.stars(ctx); err != nil {
				return nil, err
			}
		}
		if w.accepts(policy, r, stars, now) {
			steps = append(steps, submit)
		}
	}
	return steps, nil
}

// cleanupEvery is how often to look for gradients whose rent can be taken back.
const cleanupEvery = time.Hour

// closings are for gradients that are paid and rated. What else is left to do in
// their rounds is noted, and training runs of rounds that are over without a
// gradient of this trainer are removed.
func (w *Worker) closings(ctx context.Context, active []*round.Round) ([]round.Step, error) {
	if !w.cleanups.Allow(cleanupEvery) {
		return nil, nil
	}
	all, err := w.cfg.Rounds.GradientsOf(ctx, w.cfg.Rounds.Wallet())
	if err != nil {
		return nil, err
	}
	needed := map[uint64]bool{}
	for _, r := range active {
		needed[r.ID] = true
	}
	steps, err := roundwork.Duties{Rounds: w.cfg.Rounds}.Marks(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		needed[g.RoundID] = true
		if g.RewardClaimed && g.RatingSettled {
			w.after.Add(g.RoundID, round.StepSlash, round.StepSettle)
			steps = append(steps, w.step(round.StepClose, g.RoundID)) // handle checks whether it can be closed yet
		}
	}
	w.removeLeftovers(ctx, needed)
	return append(steps, w.sourcesToClose(ctx)...), nil
}

// stars is this trainer's rating.
func (w *Worker) stars(ctx context.Context) (rating.Stars, error) {
	profile, err := w.cfg.Rounds.Profile(ctx, w.cfg.Rounds.Wallet())
	if errors.Is(err, chain.ErrNotFound) {
		return rating.Start, nil
	}
	if err != nil {
		return 0, err
	}
	return profile.Stars, nil
}

// accepts reports whether the policy takes the round, and tells the observer
// once if it does not.
func (w *Worker) accepts(policy Policy, r *round.Round, stars rating.Stars, now time.Time) bool {
	err := w.refuse(policy, r, stars, now)
	if err == nil {
		err = w.hasData(r)
	}
	if err == nil {
		return true
	}
	if w.refused.First(r.ID) {
		w.report(Event{Kind: EventRefused, RoundID: r.ID, Err: err})
	}
	return false
}

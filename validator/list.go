package validator

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
)

// isHeavy reports whether a step fetches and computes.
func isHeavy(s round.Step) bool {
	return s.Kind == round.StepScore || s.Kind == round.StepCommit || s.Kind == stepAhead
}

// list returns the steps to take now: light ones, such as claims and reveals,
// first, then the best paid rounds. It takes a handful of queries, and one more
// when a round that the policy takes got gradients or scores: what others create
// costs nothing.
func (w *Worker) list(ctx context.Context) ([]round.Step, error) {
	active, now, err := w.view.Look(ctx)
	if err != nil {
		return nil, err
	}
	w.forgetOver(active)
	mine, err := w.work(ctx, round.Unclaimed())
	if err != nil {
		return nil, err
	}
	w.risks.set(active, mine)
	standing, err := w.standing(ctx, active...)
	if err != nil {
		return nil, err
	}
	rounds := slices.SortedStableFunc(slices.Values(active), func(a, b *round.Round) int { return cmp.Compare(b.Reward, a.Reward) })
	var light, heavy []round.Step
	light = roundwork.FinalizeSteps(active, func(id uint64) bool { return scores(mine[id]) > 0 }, now)
	light = append(light, roundwork.LateDrawSteps(active, func(r *round.Round) bool { return w.cfg.Policy.Refuse(r, standing) == nil }, now)...)
	for _, r := range rounds {
		for _, s := range w.stepsIn(ctx, r, mine[r.ID], standing, now) {
			if isHeavy(s) {
				heavy = append(heavy, s)
			} else {
				light = append(light, s)
			}
		}
		delete(mine, r.ID)
	}
	for _, r := range rounds {
		if ahead := w.aheadSteps(r, now); len(ahead) > 0 && w.cfg.Policy.Refuse(r, standing) == nil {
			heavy = append(heavy, ahead...)
		}
	}
	light = append(light, w.overSteps(mine, now)...)
	light = append(append(light, w.closings(ctx, now)...), w.after.Steps()...)
	if w.cfg.NoClaim {
		light = slices.DeleteFunc(light, func(s round.Step) bool { return s.Kind != round.StepReveal })
	}
	if w.cfg.NoScore {
		heavy = nil
	}
	return append(light, heavy...), nil
}

// overSteps are for what this validator has in rounds that are over.
func (w *Worker) overSteps(mine map[uint64]round.ValidatorWork, now time.Time) (steps []round.Step) {
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		steps = append(steps, stepsAbout(mine[id], round.StepClaim, false)...)
		plain := slices.DeleteFunc(slices.Clone(mine[id].Commitments), func(c *round.Commitment) bool { return c.Sealed }) // see neverRevealed
		steps = append(steps, round.ValidatorNext(nil, nil, round.ValidatorWork{Commitments: plain}, w.cfg.Rounds.Wallet(), now)...)
	}
	return steps
}

// stepsAbout returns a step of the given kind for each score that was claimed, or
// for each that was not. The rounds were not read: handle checks whether the step
// can be taken yet.
func stepsAbout(mine round.ValidatorWork, kind round.StepKind, claimed bool) (steps []round.Step) {
	if p := mine.Base; p != nil && p.RewardClaimed == claimed {
		steps = append(steps, round.Step{Kind: kind, RoundID: p.RoundID, Subject: round.BaseModel})
	}
	for _, p := range mine.Gradients {
		if p.RewardClaimed == claimed {
			steps = append(steps, round.Step{Kind: kind, RoundID: p.RoundID, Subject: p.Trainer})
		}
	}
	return steps
}

// stepsIn returns the steps to take in an active round. The gradients are read
// only where the policy takes the round, or a commitment is to be revealed. A round
// that cannot be read is reported; the others do not wait for it.
func (w *Worker) stepsIn(ctx context.Context, r *round.Round, mine round.ValidatorWork, s Standing, now time.Time) []round.Step {
	refused := w.cfg.Policy.Refuse(r, s)
	var gradients []*round.Gradient
	if int(r.Gradients) > len(mine.Gradients) && (refused == nil || len(mine.Commitments) > 0) {
		var err error
		if gradients, err = w.view.Gradients(ctx, r); err != nil {
			w.report(Event{Kind: EventFailed, RoundID: r.ID, Err: err, Retry: w.cfg.Poll})
			return nil
		}
	}
	steps := round.ValidatorNext(r, gradients, mine, w.cfg.Rounds.Wallet(), now)
	if r.Sealed() && refused == nil && slices.ContainsFunc(steps, isHeavy) {
		refused = w.unfit(r, s, now)
	}
	switch {
	case refused == nil:
		return steps
	case errors.Is(refused, round.ErrNotDrawn):
		return slices.DeleteFunc(steps, isHeavy) // it is drawn by those who have a gradient in it, and later by stakes
	}
	wanted := len(steps)
	steps = slices.DeleteFunc(steps, isHeavy)
	unread := gradients == nil && int(r.Gradients) > len(mine.Gradients)
	if (unread || len(steps) < wanted) && w.refused.First(r.ID) {
		w.report(Event{Kind: EventRefused, RoundID: r.ID, Err: refused})
	}
	return steps
}

// work reads what this validator has on chain, by round.
func (w *Worker) work(ctx context.Context, options ...round.QueryOption) (map[uint64]round.ValidatorWork, error) {
	me := w.cfg.Rounds.Wallet()
	// First: what a reveal closes meanwhile is a score by the time those are read. If it were seen as neither, the worker would
	// commit once more in a later sitting, could never reveal that, and be slashed.
	commitments, err := w.cfg.Rounds.CommitmentsOf(ctx, me)
	if err != nil {
		return nil, err
	}
	pre, err := w.cfg.Rounds.PreValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	post, err := w.cfg.Rounds.PostValidationsOf(ctx, me, options...)
	if err != nil {
		return nil, err
	}
	mine := map[uint64]round.ValidatorWork{}
	for _, p := range pre {
		mine[p.RoundID] = round.ValidatorWork{Base: p}
	}
	for _, p := range post {
		in := mine[p.RoundID]
		in.Gradients = append(in.Gradients, p)
		mine[p.RoundID] = in
	}
	for _, c := range commitments {
		in := mine[c.RoundID]
		in.Commitments = append(in.Commitments, c)
		mine[c.RoundID] = in
	}
	return mine, nil
}

// cleanupEvery is how often to look for accounts whose rent can be taken back.
const cleanupEvery = time.Hour

// closings are for accounts of rounds that have been over for a while. What else is
// left to do in those rounds is noted.
func (w *Worker) closings(ctx context.Context, now time.Time) (steps []round.Step) {
	if !w.cleanups.Allow(cleanupEvery) {
		return nil
	}
	if marks, err := w.duties().Marks(ctx); err == nil {
		steps = marks
	}
	mine, err := w.work(ctx)
	if err != nil {
		return steps // tried again in an hour
	}
	for _, id := range slices.Sorted(maps.Keys(mine)) {
		if closes := stepsAbout(mine[id], round.StepClose, true); len(closes) > 0 {
			w.after.Add(id, round.StepSlash, round.StepSettle, round.StepCloseRound) // which the rent of an outlier may wait for
			steps = append(steps, closes...)
		}
		steps = append(steps, w.neverRevealed(ctx, id, mine[id].Commitments, now)...)
	}
	return steps
}

// neverRevealed are for commitments to scores of a sealed round, whose rent comes back once that is closed, half a year
// later as a rule.
func (w *Worker) neverRevealed(ctx context.Context, id uint64, commitments []*round.Commitment, now time.Time) (steps []round.Step) {
	for _, c := range commitments {
		if c.Sealed && c.CanClose(now) == nil {
			steps = append(steps, round.Step{Kind: round.StepCloseCommitment, RoundID: id, Subject: c.Subject})
		}
	}
	if len(steps) == 0 {
		return nil
	}
	if closed, err := w.duties().Closed(ctx, &w.after, id); err != nil || !closed {
		return nil // looked for again in an hour
	}
	return steps
}

package validator

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
)

// Validate does what this validator can do in one round now: it scores, commits
// to scores, or reveals them. It fails if there is nothing to do.
func (w *Worker) Validate(ctx context.Context, id uint64) error {
	r, steps, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	standing, err := w.standing(ctx, r)
	if err != nil {
		return err
	}
	if err := w.cfg.Policy.Refuse(r, standing); err != nil {
		return err
	}
	return w.take(ctx, steps, fmt.Sprintf("nothing to score: the round is %s, and this wallet has scored all that it may", r.Status),
		round.StepScore, round.StepCommit, round.StepReveal)
}

// Claim claims what one finalized round owes for this validator's scores.
func (w *Worker) Claim(ctx context.Context, id uint64) error {
	r, steps, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	return w.take(ctx, steps, fmt.Sprintf("nothing to claim: the round is %s, and this wallet has no unpaid score in it", r.Status), round.StepClaim)
}

// take takes the steps of the given kinds, one after the other. If there are
// none, it fails with the text none.
func (w *Worker) take(ctx context.Context, steps []round.Step, none string, kinds ...round.StepKind) error {
	steps = slices.DeleteFunc(steps, func(s round.Step) bool { return !slices.Contains(kinds, s.Kind) })
	if len(steps) == 0 {
		return errors.New(none)
	}
	var failed []error
	for _, s := range steps {
		compute, err := w.handle(ctx, s)
		if err == nil && compute != nil {
			err = compute(ctx)
		}
		if err != nil {
			failed = append(failed, about(s, err))
		}
	}
	return errors.Join(failed...)
}

// state reads one round and the steps that this validator can take in it. If the
// round is missing, it returns the steps that are left, with the error.
func (w *Worker) state(ctx context.Context, id uint64) (*round.Round, []round.Step, error) {
	r, missing := w.cfg.Rounds.Round(ctx, id)
	if missing != nil && !errors.Is(missing, chain.ErrNotFound) {
		return nil, nil, missing
	}
	mine, err := w.work(ctx, round.InRound(id))
	if err != nil {
		return nil, nil, err
	}
	gradients, err := w.cfg.Rounds.Gradients(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	now, err := w.cfg.Rounds.Chain().Now(ctx)
	if err != nil {
		return nil, nil, err
	}
	return r, round.ValidatorNext(r, gradients, mine[id], w.cfg.Rounds.Wallet(), now), missing
}

// handle takes one step if it is still to be taken. Of a score it does what waits,
// and returns what computes.
func (w *Worker) handle(ctx context.Context, s round.Step) (worker.Compute, error) {
	if roundwork.IsDuty(s.Kind) {
		return nil, roundwork.Duties{Rounds: w.cfg.Rounds}.Do(ctx, &w.after, s, w.tellDone)
	}
	if err := w.rivals.StandBy(s.RoundID); err != nil {
		return nil, err
	}
	if seen := w.view.Round(s.RoundID); seen != nil && isHeavy(s) {
		if _, err := w.fetchModel(ctx, seen); err != nil {
			return nil, err // and the node was not asked: packages that nobody has cost it nothing
		}
	}
	r, steps, err := w.state(ctx, s.RoundID)
	closing := s.Kind == round.StepClose || s.Kind == round.StepCloseCommitment
	if err != nil && !(closing && errors.Is(err, chain.ErrNotFound)) {
		return nil, err
	}
	if !slices.Contains(steps, s) {
		return nil, nil
	}
	switch s.Kind {
	case round.StepScore, round.StepCommit:
		return w.prepare(ctx, r, s.Subject)
	case round.StepReveal:
		return nil, w.reveal(ctx, s)
	case round.StepClaim:
		return nil, w.claim(ctx, s)
	case round.StepClose:
		_, err = w.cfg.Rounds.CloseValidation(ctx, s.RoundID, s.Subject, w.cfg.Rounds.Wallet())
	case round.StepCloseCommitment:
		_, err = w.cfg.Rounds.CloseCommitment(ctx, s.RoundID, s.Subject)
	}
	return nil, err
}

// tellDone tells the observer of a duty that was done.
func (w *Worker) tellDone(d roundwork.Done) {
	kind := map[round.StepKind]EventKind{round.StepFinalize: EventFinalized, round.StepSlash: EventSlashed, round.StepSettle: EventSettled}[d.Kind]
	w.report(Event{Kind: kind, RoundID: d.RoundID, Trainer: d.Subject, Validator: d.Validator, Settled: d.Settled, Signature: d.Signature})
}

// reveal reveals a score that was committed to.
func (w *Worker) reveal(ctx context.Context, s round.Step) error {
	receipt, err := w.cfg.Rounds.Reveal(ctx, s.RoundID, s.Subject)
	if err != nil {
		return err
	}
	w.report(Event{Kind: EventRevealed, RoundID: s.RoundID, Trainer: s.Subject, Signature: receipt.Signature.String()})
	return nil
}

// claim claims the reward for one score.
func (w *Worker) claim(ctx context.Context, s round.Step) error {
	var receipt round.Receipt
	var err error
	if s.Subject == round.BaseModel {
		receipt, err = w.cfg.Rounds.ClaimValidatorPre(ctx, s.RoundID)
	} else {
		receipt, err = w.cfg.Rounds.ClaimValidatorPost(ctx, s.RoundID, s.Subject)
	}
	if errors.Is(err, round.ErrRewardAlreadyClaimed) {
		return w.rivals.Beaten(s.RoundID)
	}
	if err != nil {
		return err
	}
	w.after.Add(s.RoundID, round.StepSlash)
	w.report(Event{Kind: EventClaimed, RoundID: s.RoundID, Trainer: s.Subject, Lamports: receipt.Paid(), Signature: receipt.Signature.String()})
	return nil
}

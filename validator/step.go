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
	if s.Kind == stepAhead {
		return nil, w.fetchAhead(ctx, s.RoundID)
	}
	if !isHeavy(s) {
		return nil, w.pay.InTurn(ctx, roundwork.Group(s), func() error { return w.settle(ctx, s) })
	}
	if err := w.pay.Rivals.StandBy(s); err != nil {
		return nil, err
	}
	if seen := w.view.Round(s.RoundID); seen != nil {
		if prepared, _ := w.turned.Get(s); prepared && len(w.trains) > 0 {
			return nil, worker.Turn(errTraining, trainingPause)
		}
		if _, err := w.fetchModel(ctx, seen); err != nil {
			return nil, err // and the node was not asked: packages that nobody has cost it nothing
		}
	}
	r, todo, err := w.todo(ctx, s)
	if err != nil || !todo {
		return nil, err
	}
	return w.prepare(ctx, r, s)
}

// todo reads the round of a step, and reports whether the step is still to be
// taken. What is closed last may be in a round that is closed.
func (w *Worker) todo(ctx context.Context, s round.Step) (r *round.Round, todo bool, err error) {
	r, steps, err := w.state(ctx, s.RoundID)
	closing := s.Kind == round.StepClose || s.Kind == round.StepCloseCommitment
	if closing && errors.Is(err, chain.ErrNotFound) {
		err = nil
	}
	return r, err == nil && slices.Contains(steps, s), err
}

// settle takes one light step if it is still to be taken.
func (w *Worker) settle(ctx context.Context, s round.Step) error {
	if roundwork.IsDuty(s.Kind) {
		return w.duties().Do(ctx, &w.after, s, w.tellDone)
	}
	_, todo, err := w.todo(ctx, s)
	if s.Kind == round.StepClaim && errors.Is(err, chain.ErrNotFound) {
		return w.giveUp(ctx, s) // the round is closed
	}
	if err != nil || !todo {
		return err
	}
	receipt, err := w.pay.Send(ctx, s, roundwork.Outlay{Owed: true}, func() (round.Receipt, error) { return w.send(ctx, s) })
	if s.Kind == round.StepClaim && errors.Is(err, chain.ErrAccountNotInitialized) {
		return w.giveUp(ctx, s)
	}
	if err == nil {
		w.tellSettled(s, receipt)
	}
	return err
}

func (w *Worker) duties() roundwork.Duties { return roundwork.Duties{Rounds: w.cfg.Rounds, Pay: w.pay} }

// giveUp takes the rent of a score back whose pay nobody can claim any more.
func (w *Worker) giveUp(ctx context.Context, s round.Step) error {
	s.Kind = round.StepClose
	_, err := w.pay.Send(ctx, s, roundwork.Outlay{Owed: true}, func() (round.Receipt, error) { return w.send(ctx, s) })
	if errors.Is(err, round.ErrTooEarly) {
		w.after.Add(s.RoundID, round.StepCloseRound)
	}
	return roundwork.GaveUp(err)
}

// send sends the transaction of a light step.
func (w *Worker) send(ctx context.Context, s round.Step) (round.Receipt, error) {
	c := w.cfg.Rounds
	switch s.Kind {
	case round.StepReveal:
		return c.Reveal(ctx, s.RoundID, s.Subject)
	case round.StepClose:
		return c.CloseValidation(ctx, s.RoundID, s.Subject, c.Wallet())
	case round.StepCloseCommitment:
		return c.CloseCommitment(ctx, s.RoundID, s.Subject)
	}
	if s.Subject == round.BaseModel {
		return c.ClaimValidatorPre(ctx, s.RoundID)
	}
	return c.ClaimValidatorPost(ctx, s.RoundID, s.Subject)
}

// tellSettled tells the observer of a light step that was taken.
func (w *Worker) tellSettled(s round.Step, receipt round.Receipt) {
	e := Event{RoundID: s.RoundID, Trainer: s.Subject, Signature: receipt.Signature.String()}
	switch s.Kind {
	case round.StepReveal:
		e.Kind = EventRevealed
	case round.StepClaim:
		w.after.Add(s.RoundID, round.StepSlash)
		e.Kind, e.Lamports = EventClaimed, receipt.Paid()
	default:
		return
	}
	w.report(e)
}

// tellDone tells the observer of a duty that was done.
func (w *Worker) tellDone(d roundwork.Done) {
	kind := map[round.StepKind]EventKind{round.StepFinalize: EventFinalized, round.StepSlash: EventSlashed, round.StepSettle: EventSettled, round.StepDraw: EventDrawn}[d.Kind]
	w.report(Event{Kind: kind, RoundID: d.RoundID, Trainer: d.Subject, Validator: d.Validator, Settled: d.Settled, Signature: d.Signature})
}

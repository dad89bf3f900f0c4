package member

import (
	"context"
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
)

// join takes a slot, once the configuration was found to say what the chain says, and
// what a round needs is here: the package, the model, and samples that fit them. Who
// joined without would be missed in every round, and lose its stake to the others
// where members vote.
func (w *Worker) join(ctx context.Context, s *state, step run.Step) error {
	if !s.Run.Configured() || s.Run.State == run.Uninitialized {
		return nil // nothing to agree to yet
	}
	if err := w.mayJoin(ctx, s.Run); err != nil {
		return worker.Retried(err) // the authority may set another configuration, or model
	}
	if err := w.checkSame(s.Run); err != nil {
		return worker.Retried(err) // the file may be removed
	}
	add, err := w.stakeMore(s)
	if err != nil {
		return err
	}
	receipt, err := w.cfg.Runs.Join(ctx, s.Run, add, [32]byte{})
	if err != nil {
		return err
	}
	w.report(Event{Kind: EventJoined, Step: step, Signature: receipt.Signature.String()})
	return nil
}

// mayJoin checks all that can be known before.
func (w *Worker) mayJoin(ctx context.Context, r *run.Run) error {
	file, err := w.file(ctx, r)
	if err != nil {
		return err
	}
	if err := w.checkParent(ctx, r); err != nil {
		return err
	}
	if _, err := w.scene(ctx, r); err != nil {
		return err
	}
	if w.cfg.Veto != nil {
		if err := w.cfg.Veto(r, file); err != nil {
			return fmt.Errorf("Config.Veto: %w", err)
		}
	}
	return nil
}

// ready fetches what training needs, and says so.
func (w *Worker) ready(ctx context.Context, s *state, step run.Step) error {
	phase, end := w.during(ctx, s)
	_, err := w.scene(phase, s.Run)
	err = phaseOver(phase, err)
	end()
	if err != nil {
		return err
	}
	receipt, err := w.act(ctx, s, step, run.Ready{Run: s.Run, Wallet: w.cfg.Runs.Wallet()})
	if err != nil {
		return err
	}
	w.report(Event{Kind: EventReady, Step: step, Signature: receipt.Signature.String()})
	return nil
}

func (w *Worker) slash(ctx context.Context, s *state, step run.Step) error {
	s, err := w.turn(ctx, s)
	if err != nil || !w.stillDue(s, step) {
		return err
	}
	receipt, err := w.cfg.Runs.Slash(ctx, s.Run, step.Wallet)
	if err == nil {
		e := Event{Kind: EventSlashed, Step: step, Signature: receipt.Signature.String()}
		for _, said := range receipt.Events {
			if slashed, ok := said.(run.MemberSlashed); ok {
				e.Points = slashed.Reward
			}
		}
		w.report(e)
	}
	return err
}

// claim claims all that is due. A claim of more than is due is refused, so one
// whose reply was lost cannot be paid twice.
func (w *Worker) claim(ctx context.Context, s *state, step run.Step) error {
	totals := run.Totals{}
	if s.slot >= 0 {
		totals = s.Roster.Slots[s.slot].Totals
	} else if s.member != nil {
		totals = s.member.Totals
	}
	receipt, err := w.cfg.Runs.Claim(ctx, s.Run, totals.Due())
	if err == nil {
		w.report(Event{Kind: EventClaimed, Step: step, Points: totals.Due(), Signature: receipt.Signature.String()})
	}
	return err
}

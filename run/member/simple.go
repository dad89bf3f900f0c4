package member

import (
	"context"
	"time"

	"github.com/decloud-sdk/decloud-go/run"
)

// join takes a slot, once the configuration was found to say what the chain says.
func (w *Worker) join(ctx context.Context, s *state, step run.Step) error {
	if !s.Run.Configured() || s.Run.State == run.Uninitialized {
		return nil // nothing to agree to yet
	}
	if _, err := w.file(ctx, s.Run); err != nil {
		return err
	}
	if err := w.checkParent(ctx, s.Run); err != nil {
		return err
	}
	add, err := w.stakeMore(s)
	if err != nil {
		return err
	}
	receipt, err := w.cfg.Runs.Join(ctx, s.Run, add, [32]byte{})
	if err != nil {
		return err
	}
	w.cfg.Observer(Event{Kind: EventJoined, Step: step, Signature: receipt.Signature.String()})
	return nil
}

// ready fetches what training needs, and says so.
func (w *Worker) ready(ctx context.Context, s *state, step run.Step) error {
	if _, err := w.scene(ctx, s.Run); err != nil {
		return err
	}
	receipt, err := w.cfg.Runs.Ready(ctx, s.Run)
	if err != nil {
		return err
	}
	w.cfg.Observer(Event{Kind: EventReady, Step: step, Signature: receipt.Signature.String()})
	return nil
}

// stagger is how long a member waits for each of those before it to do what anybody
// may: so mostly one of them pays the fee.
const stagger = 300 * time.Millisecond

// turn waits until it is this member's turn; the order changes with the round. It
// returns the state after that.
func (w *Worker) turn(ctx context.Context, s *state) (*state, error) {
	rank, members := 0, s.Roster.With(run.Active, run.Joined)
	if n := members.Len(); n > 0 && s.slot >= 0 {
		rank = (s.slot + n - int(s.Run.Round+uint32(s.Run.Phase))%n) % n
	}
	if rank == 0 {
		return s, nil
	}
	timer := time.NewTimer(min(time.Duration(rank)*stagger, 10*stagger))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-timer.C:
	}
	return w.look(ctx)
}

func (w *Worker) tick(ctx context.Context, s *state, step run.Step) error {
	s, err := w.turn(ctx, s)
	if err != nil || !w.stillDue(s, step) {
		return err
	}
	receipt, err := w.cfg.Runs.Tick(ctx, s.Run)
	if err == nil {
		w.cfg.Observer(Event{Kind: EventTicked, Step: step, Signature: receipt.Signature.String()})
	}
	return err
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
		w.cfg.Observer(e)
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
		w.cfg.Observer(Event{Kind: EventClaimed, Step: step, Points: totals.Due(), Signature: receipt.Signature.String()})
	}
	return err
}

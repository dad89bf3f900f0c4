package member

import (
	"context"
	"errors"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/run"
)

// act sends what the member does in a phase, and a tick in the same transaction: if
// others have acted before, the phase is over at once. A tick that comes too early
// changes nothing.
func (w *Worker) act(ctx context.Context, s *state, step run.Step, does run.Instruction) (run.Receipt, error) {
	if w.cfg.NoTick {
		return w.cfg.Runs.Send(ctx, does)
	}
	receipt, err := w.cfg.Runs.Send(ctx, does, run.Tick{Run: s.Run})
	if err == nil && movesOn(receipt.Events) {
		w.ticked(s, step, receipt)
	}
	return receipt, err
}

// movesOn reports whether the program said that a run entered another state or phase.
func movesOn(events []run.Event) bool {
	for _, e := range events {
		switch e.(type) {
		case run.StateChanged, run.PhaseChanged, run.RoundDrawn:
			return true
		}
	}
	return false
}

// ticked tells of a tick, and has the loop look at what it led to, unless a list saw
// that already.
func (w *Worker) ticked(s *state, step run.Step, receipt run.Receipt) {
	step.Kind = run.StepTick
	w.report(Event{Kind: EventTicked, Step: step, Signature: receipt.Signature.String()})
	if now, _ := w.latest(); now.samePhase(s) {
		w.clock.ring()
	}
}

// stagger is how long a member waits for each of those before it to do what anybody
// may: so mostly one of them pays the fee.
const stagger = 300 * time.Millisecond

// turn waits until it is this member's turn, or the phase is over; the order changes
// with the round. It returns the state after that.
func (w *Worker) turn(ctx context.Context, s *state) (*state, error) {
	rank, members := 0, s.Roster.With(run.Active, run.Joined)
	if n := members.Len(); n > 0 && s.slot >= 0 {
		rank = (s.slot + n - int(s.Run.Round+uint32(s.Run.Phase))%n) % n
	}
	if rank == 0 {
		return s, nil
	}
	now, newer := w.latest()
	if !now.samePhase(s) {
		return now, nil
	}
	timer := time.NewTimer(min(time.Duration(rank)*stagger, 10*stagger))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-newer:
		now, _ = w.latest()
		return now, nil
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
		w.ticked(s, step, receipt)
	}
	return err
}

// errPhaseOver ends what was computed for a phase that is over.
var errPhaseOver = errors.New("the phase is over, and this was not done in time")

// during is a context that ends once a list sees that the phase is over: nothing is
// computed or waited for in vain. Call end when it is not needed any more.
func (w *Worker) during(ctx context.Context, s *state) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for {
			now, newer := w.latest()
			if now != nil && now.at.After(s.at) && !now.samePhase(s) {
				cancel(errPhaseOver)
			}
			select {
			case <-ctx.Done():
				return
			case <-newer:
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// phaseOver is errPhaseOver where that is why something failed, and not to be tried
// again.
func phaseOver(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errPhaseOver) {
		return worker.Permanent(errPhaseOver)
	}
	return err
}

package member

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
)

// ErrParent means that a run's first model is not the best gradient of the round that
// it derives from, or that this cannot be found out.
var ErrParent = errors.New("run/member: the run's first model is not its parent's best")

// checkParent checks that a run which derives from a round starts from that round's
// best gradient. The program cannot: gradients are accounts of another one. Once the
// run has made a step its first model is no longer known, and the members who joined
// before have checked it.
func (w *Worker) checkParent(ctx context.Context, r *run.Run) error {
	if r.Parent.IsZero() || r.Step > 0 || r.Round > 0 {
		return nil
	}
	if w.cfg.Rounds == nil {
		return worker.Permanent(fmt.Errorf("%w: it derives from round %s: set Config.Rounds, to check that", ErrParent, r.Parent))
	}
	protocol, err := w.cfg.Runs.Protocol(ctx)
	if err != nil {
		return err
	}
	if protocol.RoundProgram != w.cfg.Rounds.Addresses().Program {
		return worker.Permanent(fmt.Errorf("%w: its parents are rounds of program %s, Config.Rounds reads those of %s", ErrParent, protocol.RoundProgram, w.cfg.Rounds.Addresses().Program))
	}
	best, err := w.bestOfParent(ctx, r)
	if errors.Is(err, chain.ErrNotFound) {
		return worker.Permanent(fmt.Errorf("%w: round %s is closed: nobody can check it any more", ErrParent, r.Parent))
	}
	if err != nil {
		return err
	}
	if root, err := storage.ParseCID(best.CID); err != nil || root != CID(r.Model) {
		return worker.Permanent(fmt.Errorf("%w: the run has %s, the best of round %d is %.80q", ErrParent, CID(r.Model), best.RoundID, best.CID))
	}
	return nil
}

func (w *Worker) bestOfParent(ctx context.Context, r *run.Run) (*round.Gradient, error) {
	account, err := w.cfg.Runs.Chain().Account(ctx, r.Parent, w.cfg.Rounds.Addresses().Program)
	if err != nil {
		return nil, err
	}
	parent, err := round.DecodeRound(r.Parent, account.Data)
	if err != nil {
		return nil, err
	}
	all, err := w.cfg.Rounds.Gradients(ctx, parent.ID)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, chain.ErrNotFound
	}
	return best(all), nil
}

// best is the gradient of the highest consensus, the earliest of equals. They are in
// the order of submission.
func best(all []*round.Gradient) *round.Gradient {
	first := all[0]
	for _, g := range all[1:] {
		if g.Consensus > first.Consensus {
			first = g
		}
	}
	return first
}

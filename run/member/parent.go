package member

import (
	"context"
	"errors"
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/worker"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/run"
	"github.com/decloud-sdk/decloud-go/storage"
)

// ErrParent means that a run's first model is not the best gradient of the round that
// it derives from, or that this cannot be found out.
var ErrParent = errors.New("run/member: the run's first model is not its parent's best")

// Parent is what a run that derives from a round must be about.
type Parent struct {
	Package cid.Cid // the round's model
	Model   cid.Cid // its gradient of the highest consensus, the earliest of equals
}

// ReadParent reads the round that a run derives from, or shall derive from. The error
// wraps [ErrParent] where it cannot be a parent: it is closed, nobody submitted a
// gradient, or rounds reads those of another program than the run program takes
// parents of.
func ReadParent(ctx context.Context, runs *run.Client, rounds *round.Client, parent solana.PublicKey) (Parent, error) {
	protocol, err := runs.Protocol(ctx)
	if err != nil {
		return Parent{}, err
	}
	if program := rounds.Addresses().Program; protocol.RoundProgram != program {
		return Parent{}, fmt.Errorf("%w: its parents are rounds of program %s, Config.Rounds reads those of %s", ErrParent, protocol.RoundProgram, program)
	}
	account, err := runs.Chain().Account(ctx, parent, protocol.RoundProgram)
	if errors.Is(err, chain.ErrNotFound) {
		return Parent{}, fmt.Errorf("%w: round %s is closed: nobody can check it any more", ErrParent, parent)
	}
	if err != nil {
		return Parent{}, err
	}
	r, err := round.DecodeRound(parent, account.Data)
	if err != nil {
		return Parent{}, err
	}
	gradients, err := rounds.Gradients(ctx, r.ID)
	if err != nil {
		return Parent{}, err
	}
	return parentOf(r, gradients)
}

func parentOf(r *round.Round, gradients []*round.Gradient) (p Parent, err error) {
	if len(gradients) == 0 {
		return p, fmt.Errorf("%w: round %d has no gradient: nobody can check it any more", ErrParent, r.ID)
	}
	if p.Package, err = storage.ParseCID(r.ModelCID); err != nil {
		return p, fmt.Errorf("%w: the model of round %d: %w", ErrParent, r.ID, err)
	}
	if p.Model, err = storage.ParseCID(best(gradients).CID); err != nil {
		return p, fmt.Errorf("%w: the best of round %d: %w", ErrParent, r.ID, err)
	}
	return p, nil
}

// checkParent checks that a run which derives from a round starts from that round's
// best gradient. The program cannot: gradients are accounts of another one. Once the
// run has made a step its first model is no longer known, and the members who joined
// before have checked it.
func (w *Worker) checkParent(ctx context.Context, r *run.Run) error {
	if r.Parent.IsZero() || r.Step > 0 {
		return nil
	}
	if w.cfg.Rounds == nil {
		return worker.Permanent(fmt.Errorf("%w: it derives from round %s: set Config.Rounds, to check that", ErrParent, r.Parent))
	}
	p, err := ReadParent(ctx, w.cfg.Runs, w.cfg.Rounds, r.Parent)
	if err == nil && p.Model != CID(r.Model) {
		err = fmt.Errorf("%w: the run has %s, the best of round %s is %s", ErrParent, CID(r.Model), r.Parent, p.Model)
	}
	if errors.Is(err, ErrParent) {
		return worker.Permanent(err)
	}
	return err
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

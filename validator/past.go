package validator

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// past is a submission of an earlier round that scored more than 0.
type past struct {
	round   uint64
	index   uint8
	trainer solana.PublicKey
	cid     string
}

// pastOf lists the submissions whose rows belong to those who submitted them when a data round is scored: those of
// the rounds before it ([round.Round.Before]) whose consensus is over 0, in their order. It is the same for
// everybody and at all times. Accounts of submissions may be closed a day after their round: then the round's
// events say whose they were. With an error, which says that a node does not have some any more, come the others.
func (w *Worker) pastOf(ctx context.Context, r *round.Round) ([]past, error) {
	if known, ok := w.past.Get(r.ID); ok {
		return known, nil
	}
	rounds, err := w.cfg.Rounds.Rounds(ctx, round.Filter{Creator: r.Creator, Task: []round.Task{round.TaskData}})
	if err != nil {
		return nil, fmt.Errorf("the rounds before it: %w", err)
	}
	list := []past{}
	for _, e := range r.Before(rounds) {
		of, failed := w.pastIn(ctx, e)
		if failed != nil && err == nil {
			err = fmt.Errorf("the earlier round %d: %w", e.ID, failed)
		}
		list = append(list, of...)
	}
	if err == nil {
		w.past.Put(r.ID, list)
	}
	return list, err
}

// pastIn are those of one round.
func (w *Worker) pastIn(ctx context.Context, e *round.Round) (list []past, err error) {
	found := make([]past, e.Gradients)
	left := 0
	for i := range found {
		if consensus, known := e.GradientConsensus(uint8(i)); known && consensus > 0 {
			left++
		}
	}
	if left == 0 {
		return nil, nil
	}
	take := func(index uint8, trainer solana.PublicKey, cid string) {
		consensus, known := e.GradientConsensus(index)
		if known && consensus > 0 && int(index) < len(found) && found[index].cid == "" {
			found[index] = past{e.ID, index, trainer, cid}
			left--
		}
	}
	gradients, err := w.cfg.Rounds.Gradients(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range gradients {
		take(g.Index, g.Trainer, g.CID)
	}
	if left > 0 {
		err = w.pastEvents(ctx, e.ID, take, &left)
	}
	for i := range found {
		if found[i].cid != "" {
			list = append(list, found[i])
		}
	}
	return list, err
}

// pastEvents takes submissions whose accounts are closed from a round's events, until none is left.
func (w *Worker) pastEvents(ctx context.Context, id uint64, take func(index uint8, trainer solana.PublicKey, cid string), left *int) error {
	for receipt, err := range w.cfg.Rounds.Events(ctx, id, chain.History{}) {
		if err != nil {
			return fmt.Errorf("its submissions, whose accounts are closed: %w", err)
		}
		for _, e := range receipt.Events {
			if g, ok := e.(round.GradientSubmitted); ok && g.Count > 0 {
				take(g.Count-1, g.Trainer, g.CID)
			}
		}
		if *left == 0 {
			return nil
		}
	}
	return fmt.Errorf("the accounts of %d submissions are closed, and the node has no events about them any more: use one that keeps transactions for longer", *left)
}

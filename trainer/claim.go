package trainer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/roundwork"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
)

// Claim claims the reward of one finalized round, which settles the rating.
func (w *Worker) Claim(ctx context.Context, id uint64) error {
	r, mine, now, err := w.state(ctx, id)
	if err != nil {
		return err
	}
	if !slices.Contains(round.TrainerNext(r, mine, w.cfg.Rounds.Wallet(), now), w.step(round.StepClaim, id)) {
		return fmt.Errorf("round %d: nothing to claim: the round is %s, and this wallet's gradient is %s", id, r.Status, describe(mine))
	}
	return w.pay.InTurn(ctx, id, func() error { return w.claim(ctx, r, mine) })
}

func describe(g *round.Gradient) string {
	switch {
	case g == nil:
		return "not in it"
	case g.RewardClaimed:
		return "paid already"
	}
	return "not paid yet"
}

// claim claims the reward and removes the training run, which is no longer
// needed.
func (w *Worker) claim(ctx context.Context, r *round.Round, mine *round.Gradient) error {
	receipt, err := w.pay.Send(ctx, w.step(round.StepClaim, r.ID), roundwork.Outlay{Owed: true}, func() (round.Receipt, error) {
		return w.cfg.Rounds.ClaimTrainer(ctx, r.ID)
	})
	if errors.Is(err, chain.ErrAccountNotInitialized) {
		return w.giveUp(ctx, r, mine)
	}
	if err != nil {
		return fmt.Errorf("round %d: claiming: %w", r.ID, err)
	}
	e := Event{Kind: EventClaimed, RoundID: r.ID, Lamports: receipt.Paid(), Signature: receipt.Signature.String()}
	if e.Rating, err = w.stars(ctx); err != nil {
		e.Rating = 0 // the claim went through; only the new rating is unknown
	}
	w.after.Add(r.ID, round.StepSlash)
	w.removeRun(r, mine)
	w.report(e)
	return nil
}

// giveUp takes the rent of a gradient back whose reward nobody can claim any more. Unless its round is closed (nil), that
// takes its rating to be settled.
func (w *Worker) giveUp(ctx context.Context, r *round.Round, mine *round.Gradient) error {
	todo := []round.Instruction{round.CloseGradient{RoundID: mine.RoundID, Trainer: mine.Trainer, Anyone: w.cfg.Rounds.Wallet()}}
	if r != nil && r.CanSettle(mine) == nil {
		todo = slices.Insert(todo, 0, round.Instruction(round.SettleRating{RoundID: r.ID, Trainer: mine.Trainer, Anyone: w.cfg.Rounds.Wallet()}))
	}
	_, err := w.pay.Send(ctx, w.step(round.StepClose, mine.RoundID), roundwork.Outlay{Owed: true}, func() (round.Receipt, error) {
		return w.cfg.Rounds.Send(ctx, todo...)
	})
	if err == nil && r != nil {
		w.removeRun(r, mine) // else it goes with the leftovers
	}
	return fmt.Errorf("round %d: %w", mine.RoundID, roundwork.GaveUp(err))
}

// removeRun removes the training run of a round and unpins its gradient. Errors
// are ignored: what stays behind only takes up space.
func (w *Worker) removeRun(r *round.Round, mine *round.Gradient) {
	if run, err := w.newRun(r); err == nil {
		_ = run.remove()
	}
	if root, err := storage.ParseCID(mine.CID); err == nil {
		_ = w.cfg.Store.Unpin(root)
	}
}

package decloud

import (
	"context"
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/round"
)

// Claim takes everything that a finalized round owes this wallet: as a trainer,
// as a validator, and, as its creator, what nobody earned. It returns a receipt
// for each payment; none is no error. What was claimed before is left alone.
func (c *Client) Claim(ctx context.Context, id uint64) ([]round.Receipt, error) {
	r, err := c.Round.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Status != round.Finalized {
		return nil, fmt.Errorf("decloud: round %d is %s: %w", id, r.Status, round.ErrRoundNotFinalized)
	}
	var receipts []round.Receipt
	var failed []error
	add := func(receipt round.Receipt, err error) {
		if err != nil {
			failed = append(failed, err)
			return
		}
		receipts = append(receipts, receipt)
	}
	for _, claim := range []func(context.Context, uint64, func(round.Receipt, error)) error{c.claimTrainer, c.claimBase, c.claimGradients} {
		if err := claim(ctx, id, add); err != nil {
			failed = append(failed, err)
		}
	}
	if r.Creator == c.Round.Wallet() {
		if err := c.withdraw(ctx, id, add); err != nil {
			failed = append(failed, err)
		}
	}
	return receipts, errors.Join(failed...)
}

func (c *Client) claimTrainer(ctx context.Context, id uint64, add func(round.Receipt, error)) error {
	g, err := c.Round.Gradient(ctx, id, c.Round.Wallet())
	if err == nil && !g.RewardClaimed {
		add(c.Round.ClaimTrainer(ctx, id))
	}
	return unlessNotFound(err)
}

func (c *Client) claimBase(ctx context.Context, id uint64, add func(round.Receipt, error)) error {
	p, err := c.Round.PreValidation(ctx, id, c.Round.Wallet())
	if err == nil && !p.RewardClaimed {
		add(c.Round.ClaimValidatorPre(ctx, id))
	}
	return unlessNotFound(err)
}

func (c *Client) claimGradients(ctx context.Context, id uint64, add func(round.Receipt, error)) error {
	all, err := c.Round.PostValidationsOf(ctx, c.Round.Wallet())
	for _, p := range all {
		if p.RoundID == id && !p.RewardClaimed {
			add(c.Round.ClaimValidatorPost(ctx, id, p.Trainer))
		}
	}
	return err
}

// withdraw takes the remainder, unless the vault is empty or closed already.
func (c *Client) withdraw(ctx context.Context, id uint64, add func(round.Receipt, error)) error {
	_, err := c.Round.Vault(ctx, id)
	if err == nil {
		receipt, err := c.Round.WithdrawRemainder(ctx, id)
		if !errors.Is(err, round.ErrNothingToWithdraw) {
			add(receipt, err)
		}
	}
	return unlessNotFound(err)
}

func unlessNotFound(err error) error {
	if errors.Is(err, round.ErrNotFound) {
		return nil
	}
	return err
}

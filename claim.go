package decloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// Claimed is what one round has paid to this wallet.
type Claimed struct {
	RoundID uint64 // of the round
	// Lamports is what arrived, after the protocol's fee. It comes from the events
	// of the receipts, and misses what a node did not show in time.
	Lamports uint64
	Receipts []round.Receipt // one for each payment
}

// Claim takes everything that a finalized round owes this wallet: as a trainer,
// as a validator, and, as its creator, what nobody earned. What was claimed
// before is left alone; that nothing is owed is no error. Where one payment
// fails the others are still made: what was paid is returned beside the error,
// and to claim again takes the rest.
func (c *Client) Claim(ctx context.Context, id uint64) (Claimed, error) {
	r, err := c.Rounds.Round(ctx, id)
	if err != nil {
		return Claimed{RoundID: id}, err
	}
	owed, err := c.owed(ctx, round.InRound(id))
	if err != nil {
		return Claimed{RoundID: id}, err
	}
	return c.claim(ctx, r, owed[id])
}

// ClaimAll is [Client.Claim] for every finalized round that owes this wallet
// something, in the order of their numbers. It returns the rounds that paid. A
// round that fails does not hold up the others: each is named in the error.
func (c *Client) ClaimAll(ctx context.Context) ([]Claimed, error) {
	owed, err := c.owed(ctx)
	if err != nil {
		return nil, err
	}
	own, err := c.Rounds.Rounds(ctx, round.Filter{Creator: c.Rounds.Wallet(), Status: []round.Status{round.Finalized}})
	if err != nil {
		return nil, err
	}
	for _, r := range own {
		if _, ok := owed[r.ID]; !ok {
			owed[r.ID] = nil // the remainder alone is owed
		}
	}
	var paid []Claimed
	var failed []error
	for _, id := range slices.Sorted(maps.Keys(owed)) {
		p, err := c.claimFinalized(ctx, id, owed[id])
		if err != nil {
			failed = append(failed, fmt.Errorf("round %d: %w", id, err))
		}
		if len(p.Receipts) > 0 {
			paid = append(paid, p)
		}
	}
	return paid, errors.Join(failed...)
}

// claimFinalized claims unless the round is still under way.
func (c *Client) claimFinalized(ctx context.Context, id uint64, payments []payment) (Claimed, error) {
	r, err := c.Rounds.Round(ctx, id)
	if err != nil || r.Status != round.Finalized {
		return Claimed{}, err
	}
	return c.claim(ctx, r, payments)
}

// payment claims one thing that a round owes the wallet.
type payment func(ctx context.Context) (round.Receipt, error)

// owed lists what the wallet has not claimed yet as a trainer and as a validator,
// by round, also of rounds that are not finalized.
func (c *Client) owed(ctx context.Context, options ...round.QueryOption) (map[uint64][]payment, error) {
	options = append(options, round.Unclaimed())
	wallet := c.Rounds.Wallet()
	gradients, err := c.Rounds.GradientsOf(ctx, wallet, options...)
	if err != nil {
		return nil, err
	}
	base, err := c.Rounds.PreValidationsOf(ctx, wallet, options...)
	if err != nil {
		return nil, err
	}
	scores, err := c.Rounds.PostValidationsOf(ctx, wallet, options...)
	if err != nil {
		return nil, err
	}
	owed := map[uint64][]payment{}
	for _, g := range gradients {
		owed[g.RoundID] = append(owed[g.RoundID], onRound(c.Rounds.ClaimTrainer, g.RoundID))
	}
	for _, p := range base {
		owed[p.RoundID] = append(owed[p.RoundID], onRound(c.Rounds.ClaimValidatorPre, p.RoundID))
	}
	for _, p := range scores {
		owed[p.RoundID] = append(owed[p.RoundID], func(ctx context.Context) (round.Receipt, error) {
			return c.Rounds.ClaimValidatorPost(ctx, p.RoundID, p.Trainer)
		})
	}
	return owed, nil
}

func onRound(claim func(context.Context, uint64) (round.Receipt, error), id uint64) payment {
	return func(ctx context.Context) (round.Receipt, error) { return claim(ctx, id) }
}

// claim makes the payments, and the creator's last, which closes the vault.
func (c *Client) claim(ctx context.Context, r *round.Round, payments []payment) (Claimed, error) {
	paid := Claimed{RoundID: r.ID}
	if r.Status != round.Finalized {
		return paid, fmt.Errorf("decloud: round %d is %s: %w", r.ID, r.Status, round.ErrRoundNotFinalized)
	}
	switch _, err := c.Rounds.Vault(ctx, r.ID); {
	case errors.Is(err, chain.ErrNotFound):
		return paid, nil // closed: all is paid, or the time to claim is over
	case err != nil:
		return paid, err
	}
	if r.Creator == c.Rounds.Wallet() {
		payments = append(payments, onRound(c.Rounds.WithdrawRemainder, r.ID))
	}
	var failed []error
	for _, pay := range payments {
		receipt, err := pay(ctx)
		switch {
		case errors.Is(err, round.ErrNothingToWithdraw):
		case errors.Is(err, round.ErrRewardAlreadyClaimed): // by a worker of the same wallet, a moment ago
		case err != nil:
			failed = append(failed, err)
		default:
			paid.Receipts = append(paid.Receipts, receipt)
			paid.Lamports += receipt.Paid()
		}
	}
	return paid, errors.Join(failed...)
}

package decloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// CloseRounds closes the wallet's own rounds that are over, which gives the rent of each back to it, and lets others take
// theirs back: those whose claim period has ended and whose vault is closed ([Client.ClaimAll] does that), and those that
// were cancelled as long ago. It returns the rounds that it closed, in the order of their numbers. A round that fails
// does not hold up the others: each is named in the error.
func (c *Client) CloseRounds(ctx context.Context) (closed []uint64, err error) {
	over, err := c.Rounds.Rounds(ctx, round.Filter{Creator: c.Rounds.Wallet(), Status: []round.Status{round.Finalized, round.Cancelled}})
	if err != nil {
		return nil, err
	}
	now, err := c.Chain.Now(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, r := range over {
		done, err := c.closeRound(ctx, r, now)
		if err != nil {
			failed = append(failed, fmt.Errorf("round %d: %w", r.ID, err))
		}
		if done {
			closed = append(closed, r.ID)
		}
	}
	return closed, errors.Join(failed...)
}

// closeRound closes a round if that can be done now, unless somebody else, whose rent waits for it, was faster.
func (c *Client) closeRound(ctx context.Context, r *round.Round, now time.Time) (done bool, err error) {
	if r.CanClose(nil, now) != nil {
		return false, nil //nolint:nilerr // later
	}
	if r.Status == round.Finalized {
		if _, err := c.Rounds.Vault(ctx, r.ID); !errors.Is(err, chain.ErrNotFound) {
			return false, err
		}
	}
	tended, err := c.tendEmpty(ctx, r, now, false)
	return tended.Signature != "", err
}

package decloud

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// Tended is what [Client.TendRound] did in a round.
type Tended struct {
	Kind TendedKind // empty: nothing is due
	// Forced says that a round was finalized because its deadline is over.
	Forced   bool
	Lamports uint64 // that came back, where they were withdrawn
	// Signature of the transaction. Empty, with a Kind: somebody else was faster.
	Signature string
	// Over says that nothing will ever be left to do in the round.
	Over bool
}

// TendedKind says what was done.
type TendedKind string

// The kinds of what [Client.TendRound] does.
const (
	TendedDrawing   TendedKind = "drawing"   // the first transaction of a committee's draw
	TendedDrawn     TendedKind = "drawn"     // the committee
	TendedFinalized TendedKind = "finalized" // Forced
	TendedWithdrawn TendedKind = "withdrawn" // Lamports that nobody earned
	TendedClosed    TendedKind = "closed"    // the round's account: its rent is back
)

// TendRound does the next thing that is due in a round of the wallet's own, so that it ends: it
// draws the committee if nobody else has, finalizes a round that has all its scores or whose
// deadline is over, withdraws what nobody earned as soon as there is any, and closes the
// account of a round that is over for good, unless keep is set. What is due follows from the
// accounts alone, so that a creator that was stopped goes on where it was: call it again with
// the round as it is then, and now by the chain's clock ([chain.Client.Now]).
//
// What somebody else does meanwhile is no error. A round of another version of the program is
// left alone, and over.
func (c *Client) TendRound(ctx context.Context, r *round.Round, now time.Time, keep bool) (Tended, error) {
	switch {
	case r.Version != round.Version:
		return Tended{Over: true}, nil
	case r.Status == round.Cancelled:
		return c.tendEmpty(ctx, r, now, keep)
	case r.Status == round.Finalized:
		return c.tendFinalized(ctx, r, now, keep)
	case r.CanFinalize(c.Rounds.Wallet(), now) == nil:
		return tend(ctx, r, TendedFinalized, c.Rounds.FinalizeRound)
	case r.CanForceFinalize(now) == nil:
		done, err := tend(ctx, r, TendedFinalized, c.Rounds.ForceFinalize)
		done.Forced = err == nil
		return done, err
	case c.mustDraw(ctx, r, now):
		return tend(ctx, r, TendedDrawing, c.Rounds.DrawCommittee)
	}
	return Tended{}, nil
}

// mustDraw reports whether a transaction of the committee's draw is to be sent. Whoever submitted does it first: they get
// half of the time for it.
func (c *Client) mustDraw(ctx context.Context, r *round.Round, now time.Time) bool {
	if !r.HasCommittee() || now.Before(r.SubmissionsClose().Add(r.Fair.PublishWindow/2)) {
		return false
	}
	slot, err := c.Chain.Slot(ctx)
	return err == nil && r.CanDraw(slot, now) == nil
}

// tendFinalized takes what nobody can claim, as soon as there is any.
func (c *Client) tendFinalized(ctx context.Context, r *round.Round, now time.Time, keep bool) (Tended, error) {
	vault, err := c.Rounds.Vault(ctx, r.ID)
	if errors.Is(err, chain.ErrNotFound) {
		return c.tendEmpty(ctx, r, now, keep)
	}
	if err != nil || r.CanWithdraw(c.Rounds.Wallet(), vault, now) != nil {
		return Tended{}, err
	}
	return tend(ctx, r, TendedWithdrawn, c.Rounds.WithdrawRemainder)
}

// tendEmpty takes the rent of a round back whose vault is closed.
func (c *Client) tendEmpty(ctx context.Context, r *round.Round, now time.Time, keep bool) (done Tended, err error) {
	if !keep && r.CanClose(nil, now) == nil {
		done, err = tend(ctx, r, TendedClosed, c.Rounds.CloseRound)
	}
	done.Over = err == nil
	return done, err
}

// tend sends what others may have sent meanwhile.
func tend(ctx context.Context, r *round.Round, kind TendedKind, send func(context.Context, uint64) (round.Receipt, error)) (Tended, error) {
	receipt, err := send(ctx, r.ID)
	for _, late := range []error{round.ErrRoundNotActive, round.ErrAlreadyDrawn, round.ErrNothingToWithdraw, chain.ErrNotFound, chain.ErrAccountNotInitialized} {
		if errors.Is(err, late) {
			return Tended{Kind: kind}, nil
		}
	}
	if err != nil {
		return Tended{}, err
	}
	if slices.ContainsFunc(receipt.Events, isDraw) {
		kind = TendedDrawn
	}
	return Tended{Kind: kind, Lamports: receipt.Paid(), Signature: receipt.Signature.String()}, nil
}

// isDraw tells the second transaction of a draw from the first.
func isDraw(e round.Event) bool {
	_, ok := e.(round.CommitteeDrawn)
	return ok
}

package decloud

import (
	"context"
	"errors"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

const leastRating = rating.Floor

// ContestEvent is what [Client.Contest] tells its observer.
type ContestEvent struct {
	Kind      ContestEventKind
	Epoch     int           // 1, 2, …; 0 where it is about none
	RoundID   uint64        // of the epoch's round
	CID       cid.Cid       // of the package
	Lamports  uint64        // that are locked, or came back
	Signature string        // of the transaction
	Err       error         // why
	Retry     time.Duration // until the next try
}

// ContestEventKind says what happened.
type ContestEventKind string

// The kinds of events, with the fields that each has.
const (
	ContestStarted   ContestEventKind = "started"   // CID
	ContestWarned    ContestEventKind = "warned"    // Err: [ErrPublicTest]
	ContestOpened    ContestEventKind = "opened"    // Epoch, RoundID, Lamports: the reward, Signature
	ContestCancelled ContestEventKind = "cancelled" // Epoch, RoundID, Signature: a second round of the same number
	ContestRevealed  ContestEventKind = "revealed"  // RoundID: the key of its sealed test
	ContestDrawn     ContestEventKind = "drawn"     // Epoch, RoundID, Signature: its committee
	ContestFinalized ContestEventKind = "finalized" // Epoch, RoundID, Signature
	ContestWithdrawn ContestEventKind = "withdrawn" // Epoch, RoundID, Lamports that nobody earned, Signature
	ContestClosed    ContestEventKind = "closed"    // Epoch, RoundID, Signature: its rent is back
	ContestFailed    ContestEventKind = "failed"    // Err, Retry
	ContestOver      ContestEventKind = "over"      // the last epoch is finalized
)

// epochRound is a round of a contest.
type epochRound struct {
	round *round.Round
	// second says that an earlier round has its number or a later one.
	second bool
}

// epochs reads the rounds of a contest that are on the chain, ordered by id, without those out of their order that were
// cancelled.
func (c *Client) epochs(ctx context.Context, creator solana.PublicKey, pkg cid.Cid) ([]epochRound, error) {
	rounds, err := c.Rounds.Rounds(ctx, round.Filter{Creator: creator, Task: []round.Task{round.TaskData}})
	if err != nil {
		return nil, err
	}
	return epochsAmong(rounds, pkg), nil
}

// epochsAmong picks them from rounds that are ordered by id.
func epochsAmong(rounds []*round.Round, pkg cid.Cid) (out []epochRound) {
	highest := 0
	for _, r := range rounds {
		number := EpochOf(r, pkg)
		switch {
		case number > highest:
			highest = number
			out = append(out, epochRound{round: r})
		case number > 0 && r.Status != round.Cancelled:
			out = append(out, epochRound{round: r, second: true})
		}
	}
	return out
}

// look does the next thing in an epoch's round, and reports whether it did something.
func (k *contest) look(ctx context.Context, e epochRound, newest bool, now time.Time) (did bool, err error) {
	r, me := e.round, k.Rounds.Wallet()
	switch {
	case e.second && r.CanCancel(me) == nil:
		return k.do(ctx, r, ContestCancelled, k.Rounds.CancelRound)
	case r.Status == round.Cancelled:
		return k.close(ctx, r, newest, now)
	case r.Status == round.Finalized:
		return k.withdraw(ctx, r, newest, now)
	case r.CanFinalize(me, now) == nil:
		return k.do(ctx, r, ContestFinalized, k.Rounds.FinalizeRound)
	case r.CanForceFinalize(now) == nil:
		return k.do(ctx, r, ContestFinalized, k.Rounds.ForceFinalize)
	case k.mustDraw(ctx, r, now):
		return k.do(ctx, r, ContestDrawn, k.Rounds.DrawCommittee)
	}
	return false, nil
}

// mustDraw reports whether a transaction of the committee's draw is to be sent. Miners do it first: they get half of the
// time for it.
func (k *contest) mustDraw(ctx context.Context, r *round.Round, now time.Time) bool {
	if !r.HasCommittee() || now.Before(r.SubmissionsClose().Add(r.Fair.PublishWindow/2)) {
		return false
	}
	slot, err := k.Chain.Slot(ctx)
	return err == nil && r.CanDraw(slot, now) == nil
}

// do sends what others may have sent meanwhile.
func (k *contest) do(ctx context.Context, r *round.Round, kind ContestEventKind, send func(context.Context, uint64) (round.Receipt, error)) (bool, error) {
	receipt, err := send(ctx, r.ID)
	for _, done := range []error{round.ErrRoundNotActive, round.ErrAlreadyDrawn, round.ErrNothingToWithdraw, chain.ErrNotFound, chain.ErrAccountNotInitialized} {
		if errors.Is(err, done) {
			return true, nil
		}
	}
	if err != nil {
		return false, err
	}
	k.tell(ContestEvent{Kind: kind, Epoch: EpochOf(r, k.cid), RoundID: r.ID, Lamports: receipt.Paid(), Signature: receipt.Signature.String()})
	return true, nil
}

// withdraw takes what nobody can claim, as soon as there is any.
func (k *contest) withdraw(ctx context.Context, r *round.Round, newest bool, now time.Time) (bool, error) {
	vault, err := k.Rounds.Vault(ctx, r.ID)
	if errors.Is(err, chain.ErrNotFound) {
		return k.close(ctx, r, newest, now)
	}
	if err != nil || r.CanWithdraw(k.Rounds.Wallet(), vault, now) != nil {
		return false, err
	}
	return k.do(ctx, r, ContestWithdrawn, k.Rounds.WithdrawRemainder)
}

// close takes the rent of a round back, but not of the newest, which says how many there were.
func (k *contest) close(ctx context.Context, r *round.Round, newest bool, now time.Time) (bool, error) {
	if newest || r.CanClose(nil, now) != nil {
		return false, nil //nolint:nilerr // later
	}
	return k.do(ctx, r, ContestClosed, k.Rounds.CloseRound)
}

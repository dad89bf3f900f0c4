package decloud

import (
	"context"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"

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

// look does the next thing in an epoch's round, and reports whether it did something. The newest round is not closed: it
// says how many there were.
func (k *contest) look(ctx context.Context, e epochRound, newest bool, now time.Time) (did bool, err error) {
	var done Tended
	if e.second && e.round.CanCancel(k.Rounds.Wallet()) == nil {
		done, err = tend(ctx, e.round, TendedKind(ContestCancelled), k.Rounds.CancelRound)
	} else {
		done, err = k.TendRound(ctx, e.round, now, newest)
	}
	if done.Signature != "" && done.Kind != TendedDrawing {
		k.tell(ContestEvent{Kind: ContestEventKind(done.Kind), Epoch: EpochOf(e.round, k.cid), RoundID: e.round.ID, Lamports: done.Lamports, Signature: done.Signature})
	}
	return done.Kind != "", err
}

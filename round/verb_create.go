package round

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/rating"
)

// NewRound is what a creator decides about a round.
type NewRound struct {
	ModelCID string // of the package, 46 to 64 characters
	Dataset  Dataset
	Reward   uint64 // lamports, escrowed at once
	// MinRating shuts out trainers with fewer stars. Default: [rating.Floor],
	// nobody.
	MinRating rating.Stars
	// Options are set in the same transaction. Default: nil, the protocol's.
	Options *Options
}

// idTries is how many ids may turn out to be taken, one after the other.
const idTries = 10

// madePatience is how long a round that must be there is waited for: behind one
// address there are often several nodes, and some of them lag behind.
const madePatience = time.Minute

// CreateRound opens a round and returns its id. Ids are raced for: where
// another creator was faster, the next one is tried.
//
// The reward is never locked twice. Where a transaction was taken for lost, and
// its id is found to be taken when the next one is sent, that round is looked at
// first: if it is the one that was to be made, that is it, and the receipt is
// empty. If no node shows it within a minute, the error wraps [ErrUnconfirmed]:
// look at the round with the id that comes with it before you try again.
func (c *Client) CreateRound(ctx context.Context, n NewRound) (id uint64, r Receipt, err error) {
	if n.MinRating == 0 {
		n.MinRating = rating.Floor
	}
	for try := range idTries {
		counter, err := c.Counter(ctx)
		if err == nil && try > 0 && counter.Count <= id {
			// The id that is taken is still the next one here: this node lags
			// behind, or the one that refused it does.
			if err = sleep(ctx, min(firstPause<<try, longPause)); err == nil {
				counter, err = c.Counter(ctx)
			}
		}
		if err != nil {
			return 0, Receipt{}, err
		}
		id = counter.Count
		r, gaveUp, err := c.submit(ctx, n.instructions(id, c.Wallet()))
		taken := errors.Is(err, ErrInvalidRoundID) || errors.Is(err, ErrAccountInUse)
		if gaveUp && err != nil {
			made, unknown := c.made(ctx, id, n, taken)
			if made {
				return id, Receipt{}, nil
			}
			if taken && unknown != nil {
				return id, Receipt{}, fmt.Errorf("round: whether round %d was made by a transaction that was taken for lost: %w: %w", id, ErrUnconfirmed, unknown)
			}
		}
		if !taken {
			return id, r, err
		}
	}
	return 0, Receipt{}, fmt.Errorf("round: no id was to be had in %d tries: other creators were faster, or nodes lag behind: %w", idTries, ErrInvalidRoundID)
}

func (n NewRound) instructions(id uint64, creator solana.PublicKey) []Instruction {
	out := []Instruction{CreateRound{RoundID: id, ModelCID: n.ModelCID, Dataset: n.Dataset, Reward: n.Reward, MinRating: n.MinRating, Creator: creator}}
	if n.Options != nil {
		out = append(out, ConfigureRound{RoundID: id, Options: *n.Options, Creator: creator})
	}
	return out
}

// made tells whether the round with that id is the one that was to be made. One
// that must be there is looked for again and again; the error means that it is
// not known.
func (c *Client) made(ctx context.Context, id uint64, n NewRound, mustBeThere bool) (bool, error) {
	for end := time.Now().Add(madePatience); ; {
		r, err := c.Round(ctx, id)
		if err == nil {
			return r.Creator == c.Wallet() && r.ModelCID == n.ModelCID && r.Reward == n.Reward && r.Dataset == n.Dataset && r.MinRating == n.MinRating, nil
		}
		if !mustBeThere || ctx.Err() != nil || time.Now().After(end) || sleep(ctx, c.cfg.PollInterval) != nil {
			return false, errors.Join(err, ctx.Err())
		}
	}
}

package round

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
)

// Spec describes the round that [Client.CreateRound] creates. ModelCID and Reward
// are required.
type Spec struct {
	// ModelCID is the package's, 46 to 64 ASCII characters.
	ModelCID string
	// Dataset is the number of the data set that the round is about, 0 to 255.
	Dataset Dataset
	// Reward in lamports, at least the protocol's minimum. It goes into escrow at
	// once.
	Reward uint64
	// MinRating excludes trainers with fewer stars, in hundredths: 100 to 500.
	// Default: [rating.Floor], which excludes nobody.
	MinRating rating.Stars
	// Options are set in the same transaction. Default nil: the protocol's.
	Options *Options
	// Fair are set after them, and make a fair round of it. The program checks
	// Options.Deadline as that of a plain round before Fair.Deadline takes its place.
	// Default nil: a plain round.
	Fair *FairOptions
}

const (
	// idTries is how many ids in a row may turn out to be taken.
	idTries = 10
	// idPause is the first pause before another id is tried if nodes lag behind;
	// each further one is twice as long, up to longestIDPause.
	idPause        = 200 * time.Millisecond
	longestIDPause = 5 * time.Second
	// createdTimeout is how long to look for a round that must exist: behind one
	// address there are often several nodes, and some of them lag behind.
	createdTimeout = time.Minute
	createdPause   = time.Second
)

// CreateRound opens a round and returns its id. Creators race for ids: if another
// one was faster, the next id is tried.
//
// The reward is never locked twice. If a transaction seemed lost, and the next
// attempt finds the id taken, CreateRound reads that round first: if it is the
// wanted one, its id is returned with an empty receipt. If no node shows it within
// a minute, the error wraps [chain.ErrUnconfirmed]: read the round with the
// returned id before you try again.
func (c *Client) CreateRound(ctx context.Context, s Spec) (id uint64, r Receipt, err error) {
	s = s.withDefaults()
	for try := range idTries {
		if id, err = c.nextID(ctx, id, try); err != nil {
			return 0, Receipt{}, err
		}
		r, err = c.Send(ctx, s.Instructions(id, c.Wallet())...)
		taken := errors.Is(err, ErrInvalidRoundID) || errors.Is(err, chain.ErrAccountInUse)
		if errors.Is(err, chain.ErrUnconfirmed) && len(r.Expired) > 0 && ctx.Err() == nil {
			taken = true // by this wallet or another one: what creating it writes has changed
		}
		if err != nil && len(r.Expired) > 0 {
			created, unknown := c.created(ctx, id, s, taken)
			if created {
				return id, Receipt{}, nil
			}
			if taken && unknown != nil {
				return id, Receipt{}, fmt.Errorf("round: whether round %d was created by a transaction that seemed lost: %w: %w", id, chain.ErrUnconfirmed, unknown)
			}
		}
		if !taken {
			return id, r, err
		}
	}
	return 0, Receipt{}, fmt.Errorf("round: %d ids in a row were taken: other creators were faster, or the nodes lag behind: try again in a moment: %w", idTries, ErrInvalidRoundID)
}

func (s Spec) withDefaults() Spec {
	s.MinRating = cmp.Or(s.MinRating, rating.Floor)
	return s
}

// nextID is the id that the next round gets. After the first try, last is an id
// that is taken. If the counter has not passed it, this node or the one that
// refused it lags behind, and the counter is read once more after a pause.
func (c *Client) nextID(ctx context.Context, last uint64, try int) (uint64, error) {
	counter, err := c.Counter(ctx)
	if err == nil && try > 0 && counter.Count <= last {
		if err := sleep(ctx, min(idPause<<try, longestIDPause)); err != nil {
			return 0, err
		}
		counter, err = c.Counter(ctx)
	}
	if err != nil {
		return 0, err
	}
	return counter.Count, nil
}

// Instructions are those that create the round, in one transaction, if no round has that id yet: [Client.CreateRound]
// takes the next id where another creator was faster, and who sends these learns of it.
func (s Spec) Instructions(id uint64, creator solana.PublicKey) []Instruction {
	s = s.withDefaults()
	out := []Instruction{CreateRound{RoundID: id, ModelCID: s.ModelCID, Dataset: s.Dataset, Reward: s.Reward, MinRating: s.MinRating, Creator: creator}}
	if s.Options != nil {
		out = append(out, ConfigureRound{RoundID: id, Options: *s.Options, Creator: creator})
	}
	if s.Fair != nil {
		out = append(out, ConfigureFair{RoundID: id, Options: *s.Fair, Creator: creator})
	}
	return out
}

// created reports whether the round with that id is the one that s describes. If
// the round must exist, it is looked for repeatedly; an error means that it is
// unknown.
func (c *Client) created(ctx context.Context, id uint64, s Spec, mustBeThere bool) (bool, error) {
	for end := time.Now().Add(createdTimeout); ; {
		r, err := c.Round(ctx, id)
		if err == nil {
			return r.Creator == c.Wallet() && r.ModelCID == s.ModelCID && r.Reward == s.Reward && r.Dataset == s.Dataset && r.MinRating == s.MinRating, nil
		}
		if !mustBeThere || ctx.Err() != nil || time.Now().After(end) || sleep(ctx, createdPause) != nil {
			return false, errors.Join(err, ctx.Err())
		}
	}
}

// sleep waits, but not for longer than the context.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

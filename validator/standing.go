package validator

import (
	"context"
	"errors"
	"math/bits"
	"sync"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/round"
)

// risks adds up how much of the stake the scores in active rounds put at risk.
type risks struct {
	mu      sync.Mutex
	rounds  map[uint64]uint64 // lamports by round, as the chain showed them and since
	pending uint64            // by scores that are being sent
}

// set takes in what the chain shows.
func (k *risks) set(active []*round.Round, mine map[uint64]round.ValidatorWork) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rounds = map[uint64]uint64{}
	for _, r := range active {
		if n := scores(mine[r.ID]); n > 0 {
			k.rounds[r.ID] = times(r.SlashAmount(), n)
		}
	}
}

// total is all that is at risk; the lock is held.
func (k *risks) total() uint64 {
	sum := k.pending
	for _, lamports := range k.rounds {
		sum = plus(sum, lamports)
	}
	return sum
}

// risk asks whether to take the risk of another score in r, given what is at risk.
// If so, it counts until done is called with whether the score was sent.
func (k *risks) risk(r *round.Round, refuse func(atRisk uint64) error) (done func(sent bool), err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := refuse(k.total()); err != nil {
		return nil, err
	}
	lamports := r.SlashAmount()
	k.pending = plus(k.pending, lamports)
	return func(sent bool) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.pending -= min(k.pending, lamports)
		if sent {
			k.rounds[r.ID] = plus(k.rounds[r.ID], lamports)
		}
	}, nil
}

// atRisk is all that is at risk.
func (k *risks) atRisk() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.total()
}

// plus and times do not overflow: too much is the most there is.
func plus(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	return sum | -carry
}

func times(a uint64, n int) uint64 {
	hi, lo := bits.Mul64(a, uint64(n))
	if hi > 0 {
		return 1<<64 - 1
	}
	return lo
}

// standing is this validator's, for rounds of which some may ask for a stake.
func (w *Worker) standing(ctx context.Context, rounds ...*round.Round) (Standing, error) {
	s := Standing{Fee: w.cfg.Rounds.Chain().MaxFee(), AtRisk: w.risks.atRisk()}
	asks := false
	for _, r := range rounds {
		asks = asks || r.Options.MinValidatorStake > 0
	}
	if !asks {
		return s, nil
	}
	stake, err := w.cfg.Rounds.Stake(ctx, w.cfg.Rounds.Wallet())
	if err != nil && !errors.Is(err, chain.ErrNotFound) {
		return s, err
	}
	if stake != nil {
		s.Stake, s.Since = stake.Amount, stake.Since
	}
	return s, nil
}

// scores is how many scores a validator has given or committed to.
func scores(mine round.ValidatorWork) int {
	n := len(mine.Gradients) + len(mine.Commitments)
	if mine.Base != nil {
		n++
	}
	return n
}

package reward_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

const interleavings = 200_000

// With claims, forfeits and withdrawals in any order, and a treasury that
// sometimes cannot take fees, the remainder never underflows, never includes
// what is owed, and once all have claimed a last withdrawal leaves nothing
// behind.
func TestRemainderOverRandomInterleavings(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range interleavings {
		s, weights := randomShares(rng)
		if err := interleave(rng, s, weights); err != nil {
			t.Fatalf("%+v, weights %v: %v", s, weights, err)
		}
	}
}

func randomShares(rng *rand.Rand) (reward.Shares, []uint64) {
	s := reward.Shares{Terms: reward.Terms{Reward: rng.Uint64() >> rng.IntN(64),
		ValidatorShareBps: uint16(rng.IntN(10_001)), FeeBps: uint16(rng.IntN(1001))},
		Validations: uint16(rng.IntN(9))}
	s.Reward >>= 1 // with all bonds it fits a number
	improvements := make([]uint64, rng.IntN(5))
	for i := range improvements {
		if rng.IntN(3) > 0 {
			improvements[i] = uint64(1 + rng.IntN(10_000))
			s.Improving++
			s.Improvement += improvements[i]
		}
	}
	weights := improvements
	if rng.IntN(3) == 0 {
		s.Rule, s.Improving, s.Improvement = reward.WinRate, 0, 0
		base, heads := votes(1, 0), []rating.Validations{}
		for _, improvement := range improvements {
			heads = append(heads, votes(1, uint32(improvement)))
		}
		competing, total := reward.Improvements(reward.WinRate, base, heads)
		s.Improvement = total
		for _, improvement := range competing {
			if improvement > 0 {
				s.Improving++
			}
		}
		weights, _ = reward.Weights(reward.WinRate, base, heads)
	}
	if rng.IntN(2) == 0 && s.Validations > 0 { // without a validation nothing is judged, and no bond lost
		s.Bond, s.Gradients = 1+rng.Uint64N(1<<55)>>rng.IntN(55), uint8(len(improvements))
		s.BondsLost = uint8(rng.IntN(int(s.Gradients-s.Improving) + 1))
	}
	return s, weights
}

func interleave(rng *rand.Rand, s reward.Shares, weights []uint64) error {
	var l reward.Ledger
	trainers, validators, losers := rng.Perm(len(weights)), int(s.Validations), s.BondsLost
	for len(trainers)+validators > 0 {
		treasury := reward.Treasury(rng.IntN(4) > 0)
		switch pick := rng.IntN(3); {
		case pick == 0 && len(trainers) > 0:
			l.ClaimTrainer(s, weights[trainers[0]], treasury)
			switch {
			case weights[trainers[0]] > 0 || s.Bond == 0:
			case losers > 0:
				losers--
			default:
				l.ReturnBond()
			}
			trainers = trainers[1:]
		case pick == 1 && validators > 0:
			if rng.IntN(4) == 0 {
				l.Forfeit(s, treasury)
			} else {
				l.ClaimValidator(s, treasury)
			}
			validators--
		default:
			if _, err := l.Withdraw(s); err != nil {
				return fmt.Errorf("underflow: %w", err)
			}
		}
		if err := enough(l, s, weights, trainers, validators); err != nil {
			return err
		}
	}
	if !l.Complete(s) {
		return fmt.Errorf("all have claimed, yet the ledger is not complete: %+v", l)
	}
	if _, err := l.Withdraw(s); err != nil {
		return err
	}
	held, err := l.HeldOf(s)
	if err == nil && held != 0 {
		err = fmt.Errorf("%d lamports stranded: %+v", held, l)
	}
	return err
}

// enough returns an error if the vault cannot pay all open claims.
func enough(l reward.Ledger, s reward.Shares, weights []uint64, trainers []int, validators int) error {
	due := s.ValidatorGross() * uint64(validators)
	for _, i := range trainers {
		due += s.TrainerGross(weights[i])
	}
	held, err := l.HeldOf(s)
	if err != nil {
		return err
	}
	if held < due {
		return fmt.Errorf("%d lamports held, %d due: %+v", held, due, l)
	}
	return nil
}

func TestLedgerRefusesImpossibleNumbers(t *testing.T) {
	s := reward.Shares{Terms: reward.Terms{Reward: 1000, ValidatorShareBps: 1000}, Validations: 2, Improvement: 5, Improving: 1}
	for name, c := range map[string]struct {
		l    reward.Ledger
		want error
	}{
		"paid more than the reward":  {reward.Ledger{PaidTrainers: 1001}, reward.ErrOverdrawn},
		"the sum wraps around":       {reward.Ledger{PaidTrainers: 1, Forfeited: math.MaxUint64}, reward.ErrOverdrawn},
		"withdrawn what was owed":    {reward.Ledger{Withdrawn: 1}, reward.ErrOverdrawn},
		"claims without payments":    {reward.Ledger{ValidatorClaims: 2}, reward.ErrOverdrawn},
		"more claims than claimants": {reward.Ledger{ValidatorClaims: 3}, reward.ErrTooManyClaims},
		"more trainers than improve": {reward.Ledger{TrainerClaims: 2}, reward.ErrTooManyClaims},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.l.Remainder(s)
			require.ErrorIs(t, err, c.want)
			_, err = c.l.Withdraw(s)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// For any numbers, the remainder is an error or at most what is held.
func FuzzRemainder(f *testing.F) {
	f.Add(uint64(1000), uint16(1000), uint16(3), uint64(5), uint8(1), uint64(1), uint64(2), uint64(3), uint64(4), uint64(5), uint8(1), uint16(2))
	f.Fuzz(func(t *testing.T, r uint64, share, n uint16, i uint64, improving uint8, pt, pv, fees, forfeited, withdrawn uint64, tc uint8, vc uint16) {
		s := reward.Shares{Terms: reward.Terms{Reward: r, ValidatorShareBps: share}, Validations: n, Improvement: i, Improving: improving}
		l := reward.Ledger{PaidTrainers: pt, PaidValidators: pv, Fees: fees, Forfeited: forfeited, Withdrawn: withdrawn, TrainerClaims: tc, ValidatorClaims: vc}
		w, err := l.Remainder(s)
		if err != nil {
			require.Zero(t, w)
			return
		}
		held, err := l.Held(s.Terms)
		require.NoError(t, err)
		require.LessOrEqual(t, w, held)
		require.LessOrEqual(t, held, r)
	})
}

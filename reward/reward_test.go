package reward_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

const sol = 1_000_000_000

func votes(quorum uint8, accuracies ...uint32) rating.Validations {
	return rating.Validations{Accuracies: accuracies, Quorum: quorum}
}

func TestPoolsAndPayments(t *testing.T) {
	for _, c := range []struct {
		terms                     reward.Terms
		validators, trainers, fee uint64
	}{
		{reward.Terms{Reward: sol, ValidatorShareBps: 1000, FeeBps: 200}, sol / 10, sol / 10 * 9, sol / 50},
		{reward.Terms{Reward: 1, ValidatorShareBps: 1000, FeeBps: 200}, 0, 1, 0},
		{reward.Terms{Reward: 0}, 0, 0, 0},
		{reward.Terms{Reward: 1 << 63, ValidatorShareBps: 10_000, FeeBps: 1000}, 1 << 63, 0, 922337203685477580},
		{reward.Terms{Reward: math.MaxUint64, ValidatorShareBps: 10_000}, math.MaxUint64, 0, 0},
	} {
		require.Equal(t, c.validators, c.terms.ValidatorPool(), "%+v", c.terms)
		require.Equal(t, c.trainers, c.terms.TrainerPool(), "%+v", c.terms)
		require.Equal(t, reward.Payment{Gross: c.terms.Reward, Fee: c.fee, Net: c.terms.Reward - c.fee},
			c.terms.Payment(c.terms.Reward))
	}
}

func TestCheck(t *testing.T) {
	require.NoError(t, reward.Terms{FeeBps: 1000, ValidatorShareBps: 10_000, Rule: reward.WinRate}.Check())
	for _, bad := range []reward.Terms{{FeeBps: 1001}, {ValidatorShareBps: 10_001}, {Rule: 3}} {
		require.ErrorIs(t, bad.Check(), reward.ErrInvalid)
	}
}

// If no gradient improved the model, a single validation gets a 32nd of the
// validators' pool, not all of it.
func TestValidatorGrossWithoutImprovement(t *testing.T) {
	s := reward.Shares{Terms: reward.Terms{Reward: 32_000, ValidatorShareBps: 1000}, Validations: 1}
	require.Equal(t, uint64(100), s.ValidatorGross())
	s.Improvement = 1
	require.Equal(t, uint64(3200), s.ValidatorGross())
	s.Validations, s.Improvement = 40, 0
	require.Equal(t, uint64(80), s.ValidatorGross())
	s.Validations = 0
	require.Zero(t, s.ValidatorGross())
}

func TestImprovements(t *testing.T) {
	base := votes(1, 5000)
	gradients := []rating.Validations{votes(1, 5200), votes(1, 5200), votes(1, 4000), votes(1, 5300), votes(2, 9999), votes(1, 5300)}
	each, total := reward.Improvements(reward.Proportional, base, gradients)
	require.Equal(t, []uint64{200, 200, 0, 300, 0, 300}, each)
	require.Equal(t, uint64(1000), total)
	each, total = reward.Improvements(reward.Marginal, base, gradients)
	require.Equal(t, []uint64{200, 0, 0, 100, 0, 0}, each, "a copy earns nothing")
	require.Equal(t, uint64(300), total, "best − base")
	each, total = reward.Improvements(reward.Proportional, votes(2, 5000), gradients)
	require.Zero(t, total, "base without its quorum")
	require.Equal(t, make([]uint64, 6), each)
}

// The shares equal the same formulas in arbitrary precision.
func FuzzSharesAgainstBig(f *testing.F) {
	f.Add(uint64(math.MaxUint64), uint16(1000), uint16(200), uint16(7), uint64(12345), uint64(500))
	f.Add(uint64(math.MaxUint64), uint16(65_535), uint16(65_535), uint16(7), uint64(math.MaxUint64), uint64(500))
	f.Add(uint64(1), uint16(10_000), uint16(1000), uint16(6144), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, r uint64, share, fee, n uint16, total, improvement uint64) {
		s := reward.Shares{Terms: reward.Terms{Reward: r, ValidatorShareBps: share, FeeBps: fee},
			Validations: n, Improvement: total}
		improvement = min(improvement, total)
		big64 := func(x uint64) *big.Int { return new(big.Int).SetUint64(x) }
		mulDiv := func(a, b, c *big.Int) *big.Int { return new(big.Int).Div(new(big.Int).Mul(a, b), c) }

		pool := mulDiv(big64(r), big64(min(10_000, uint64(s.ValidatorShareBps))), big64(10_000))
		require.Equal(t, pool.String(), big64(s.ValidatorPool()).String())
		trainers := new(big.Int).Sub(big64(r), pool)
		want := new(big.Int)
		if total > 0 {
			want = mulDiv(trainers, big64(improvement), big64(total))
		}
		gross := s.TrainerGross(improvement)
		require.Equal(t, want.String(), big64(gross).String())

		divisor := uint64(n)
		if total == 0 && divisor < 32 {
			divisor = 32
		}
		want = new(big.Int)
		if n > 0 {
			want = new(big.Int).Div(pool, big64(divisor))
		}
		require.Equal(t, want.String(), big64(s.ValidatorGross()).String())

		p := s.Payment(gross)
		require.Equal(t, mulDiv(big64(gross), big64(min(10_000, uint64(s.FeeBps))), big64(10_000)).String(), big64(p.Fee).String())
		require.Equal(t, gross, p.Fee+p.Net)
	})
}

// wallet returns a distinct key for each n.
func wallet(n int) (k solana.PublicKey) {
	k[0], k[1], k[31] = byte(n), byte(n>>8), 1
	return k
}

func randomOutcome(rng *rand.Rand) reward.Outcome {
	o := reward.Outcome{
		Terms: reward.Terms{Reward: rng.Uint64() >> rng.IntN(64), ValidatorShareBps: uint16(rng.IntN(10_001)),
			FeeBps: uint16(rng.IntN(1001)), Rule: reward.Rule(rng.IntN(3))},
		BaseQuorum: uint8(1 + rng.IntN(3)), GradientQuorum: uint8(1 + rng.IntN(3)),
		OutlierTolerance: uint16(rng.IntN(1000)),
	}
	next := 0
	scores := func() []reward.Score {
		s := make([]reward.Score, rng.IntN(6))
		for i := range s {
			next++
			s[i] = reward.Score{Validator: wallet(next), Accuracy: uint32(4500 + rng.IntN(1500))}
		}
		return s
	}
	o.Base = scores()
	for range rng.IntN(8) {
		next++
		o.Gradients = append(o.Gradients, reward.Gradient{Trainer: wallet(next), Scores: scores()})
	}
	return o
}

func TestDivideConservesTheReward(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		o := randomOutcome(rng)
		st, err := reward.Divide(o)
		require.NoError(t, err)
		require.Equal(t, o.Terms.Reward, st.Paid()+st.Fees+st.Remainder)
		for _, l := range st.Lines {
			require.Equal(t, l.Payment.Gross, l.Payment.Fee+l.Payment.Net)
			if l.Role == reward.Trainer && l.Improvement == 0 {
				require.Zero(t, l.Payment.Gross)
				require.Zero(t, l.Weight)
			}
			if l.Role == reward.Trainer && o.Terms.Rule != reward.WinRate {
				require.Equal(t, l.Improvement, l.Weight)
			}
			if l.Outlier {
				require.Zero(t, l.Payment.Net)
			}
		}
	}
}

func TestDivideForfeitsAnOutlier(t *testing.T) {
	st, err := reward.Divide(reward.Outcome{
		Terms:      reward.Terms{Reward: sol, ValidatorShareBps: 1000, FeeBps: 200},
		BaseQuorum: 3, GradientQuorum: 1, OutlierTolerance: 500,
		Base:      []reward.Score{{wallet(1), 5000}, {wallet(2), 5000}, {wallet(3), 9000}},
		Gradients: []reward.Gradient{{wallet(4), []reward.Score{{wallet(1), 6000}}}},
	})
	require.NoError(t, err)
	require.Equal(t, uint32(5000), st.BaseAccuracy)
	require.Equal(t, uint64(1000), st.Shares.Improvement)
	require.Equal(t, uint64(49_000_000), st.Net(wallet(1)), "two validations")
	require.Equal(t, uint64(24_500_000), st.Net(wallet(2)))
	require.Zero(t, st.Net(wallet(3)))
	require.Equal(t, uint64(882_000_000), st.Net(wallet(4)))
	require.Equal(t, uint64(25_000_000+3*500_000+18_000_000), st.Fees)
	require.Zero(t, st.Remainder)
}

func TestDivideRefusesImpossibleOutcomes(t *testing.T) {
	good := reward.Outcome{Terms: reward.Terms{Reward: 5}, BaseQuorum: 1, GradientQuorum: 1}
	full := good
	full.Gradients = make([]reward.Gradient, 255)
	_, err := reward.Divide(full)
	require.NoError(t, err, "as many gradients as a round can have")
	for name, spoil := range map[string]func(*reward.Outcome){
		"fee over its limit":   func(o *reward.Outcome) { o.Terms.FeeBps = 1001 },
		"unknown rule":         func(o *reward.Outcome) { o.Terms.Rule = 9 },
		"accuracy over 100 %":  func(o *reward.Outcome) { o.Base = []reward.Score{{Accuracy: 10_001}} },
		"too many validations": func(o *reward.Outcome) { o.Base = make([]reward.Score, 25) },
		"too many gradients":   func(o *reward.Outcome) { o.Gradients = make([]reward.Gradient, 256) },
		"gradient over 100 %": func(o *reward.Outcome) {
			o.Gradients = []reward.Gradient{{Scores: []reward.Score{{Accuracy: math.MaxUint32}}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			spoil(&o)
			_, err := reward.Divide(o)
			require.ErrorIs(t, err, reward.ErrInvalid)
		})
	}
}

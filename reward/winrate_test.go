package reward_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

// heads are gradients with one score each.
func heads(scores ...uint32) (out []rating.Validations) {
	for _, s := range scores {
		out = append(out, votes(1, s))
	}
	return out
}

func TestWinRate(t *testing.T) {
	base := votes(1, 5000)
	for name, c := range map[string]struct {
		gradients []rating.Validations
		weights   []uint64
	}{
		"nobody":                        {nil, []uint64{}},
		"nobody improves":               {heads(5000, 4000), []uint64{0, 0}},
		"one":                           {heads(5001), []uint64{2}},
		"two":                           {heads(6000, 5500), []uint64{4, 2}},
		"by how much does not matter":   {heads(9000, 8999, 8998), []uint64{6, 4, 2}},
		"a draw":                        {heads(6000, 6000), []uint64{3, 3}},
		"three draws, above one":        {heads(6000, 5600, 6000, 6000), []uint64{6, 2, 6, 6}},
		"half of the best competes":     {heads(6000, 5500, 5499), []uint64{4, 2, 0}},
		"half of an odd one rounded up": {heads(6001, 5501, 5500), []uint64{4, 2, 0}},
		"fifty of nearly nothing":       {append(heads(6000), heads(make50()...)...), append([]uint64{2}, make([]uint64, 50)...)},
		"without quorum":                {append(heads(6000), votes(2, 9000)), []uint64{2, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			each, total := reward.Weights(reward.WinRate, base, c.gradients)
			require.Equal(t, c.weights, each)
			n := uint64(0)
			for _, w := range each {
				if w > 0 {
					n++
				}
			}
			require.Equal(t, n*(n+1), total)
		})
	}
	each, total := reward.Weights(reward.WinRate, votes(2, 5000), heads(6000))
	require.Equal(t, []uint64{0}, each, "the base has no quorum")
	require.Zero(t, total)
}

// make50 are scores just above the base.
func make50() (out []uint32) {
	for range 50 {
		out = append(out, 5001)
	}
	return out
}

// What counts in the other rules is shared by itself.
func TestWeightsOfTheOtherRules(t *testing.T) {
	base, gradients := votes(1, 5000), heads(6000, 5100, 6500)
	for _, rule := range []reward.Rule{reward.Proportional, reward.Marginal} {
		improvements, sum := reward.Improvements(rule, base, gradients)
		weights, total := reward.Weights(rule, base, gradients)
		require.Equal(t, improvements, weights)
		require.Equal(t, sum, total)
	}
}

// However many compete, the weights add up to n·(n + 1), are 2 to 2n each, and order
// whoever competes as the scores do.
func TestWinRateOfRandomScores(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		gradients := make([]rating.Validations, rng.IntN(256))
		spread := 1 + rng.IntN(200)
		for i := range gradients {
			gradients[i] = votes(uint8(1+rng.IntN(8)/7), uint32(4950+rng.IntN(spread)))
		}
		improvements, _ := reward.Improvements(reward.WinRate, votes(1, 5000), gradients)
		weights, total := reward.Weights(reward.WinRate, votes(1, 5000), gradients)
		sum, n := uint64(0), uint64(0)
		for i, w := range weights {
			require.Equal(t, improvements[i] > 0, w > 0)
			sum += w
			if w > 0 {
				n++
			}
			if j := rng.IntN(len(weights)); w > 0 && weights[j] > 0 {
				require.Equal(t, improvements[i] < improvements[j], w < weights[j])
			}
		}
		require.Equal(t, sum, total)
		require.Equal(t, n*(n+1), total)
		for _, w := range weights {
			require.LessOrEqual(t, w, 2*n)
			require.NotEqual(t, uint64(1), w)
		}
		s := reward.Shares{Terms: reward.Terms{Rule: reward.WinRate}, Improving: uint8(n)}
		require.Equal(t, total, s.TotalWeight())
	}
}

// A whole round under the win rate: 9 shares of 12 to three who compete.
func TestDivideByWinRate(t *testing.T) {
	st, err := reward.Divide(reward.Outcome{
		Terms:      reward.Terms{Reward: 1_200_000, Rule: reward.WinRate},
		BaseQuorum: 1, GradientQuorum: 1, Base: []reward.Score{{Accuracy: 5000}},
		Gradients: []reward.Gradient{{wallet(1), []reward.Score{{Accuracy: 6000}}}, {wallet(2), []reward.Score{{Accuracy: 5600}}},
			{wallet(3), []reward.Score{{Accuracy: 5600}}}, {wallet(4), []reward.Score{{Accuracy: 5400}}}},
	})
	require.NoError(t, err)
	require.EqualValues(t, 3, st.Shares.Improving)
	require.EqualValues(t, 2200, st.Shares.Improvement)
	for i, want := range []uint64{600_000, 300_000, 300_000, 0} {
		require.Equal(t, want, st.Net(wallet(i+1)), i)
	}
	require.Zero(t, st.Remainder)
}

package rating_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/rating"
)

func votes(quorum uint8, accuracies ...uint32) rating.Validations {
	return rating.Validations{Accuracies: accuracies, Quorum: quorum}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []uint32
		want uint32
	}{
		{nil, 0},
		{[]uint32{7}, 7},
		{[]uint32{3, 8}, 5}, // floor of 5.5
		{[]uint32{9000, 10, 8000}, 8000},
		{[]uint32{4, 1, 3, 2}, 2},
		{[]uint32{10000, 10000, 10000}, 10000},
	} {
		require.Equal(t, c.want, votes(1, c.in...).Median(), "%v", c.in)
	}
}

func TestMedianDoesNotChangeItsInput(t *testing.T) {
	in := []uint32{3, 1, 2}
	votes(1, in...).Median()
	require.Equal(t, []uint32{3, 1, 2}, in)
}

// One dishonest validator of three cannot move the consensus beyond an honest
// value.
func TestMedianResistsOneOfThree(t *testing.T) {
	for lie := uint32(0); lie <= rating.MaxAccuracy; lie += 100 {
		require.Equal(t, uint32(8000), votes(3, 8000, lie, 8000).Median())
	}
}

func TestConsensusCountsFromQuorum(t *testing.T) {
	for _, c := range []struct {
		v      rating.Validations
		counts bool
	}{
		{votes(1), false},
		{votes(0), false},
		{votes(1, 5), true},
		{votes(3, 5, 5), false},
		{votes(3, 5, 5, 5), true},
	} {
		_, counts := c.v.Consensus()
		require.Equal(t, c.counts, counts, "%+v", c.v)
	}
}

func TestImprovement(t *testing.T) {
	base := votes(1, 5000)
	require.Equal(t, uint32(200), votes(1, 5200).Improvement(base))
	require.Zero(t, votes(1, 4800).Improvement(base))
	require.Zero(t, votes(1, 5000).Improvement(base))
	require.Zero(t, votes(2, 5200).Improvement(base), "no quorum yet")
	require.Zero(t, votes(1, 5200).Improvement(votes(2, 5000)), "base without quorum")
}

func TestDistanceIsTheSameFromEitherSide(t *testing.T) {
	require.Equal(t, uint32(500), rating.Distance(7500, 8000))
	require.Equal(t, uint32(500), rating.Distance(8000, 7500))
	require.Zero(t, rating.Distance(8000, 8000))
}

func TestOutlier(t *testing.T) {
	three := votes(3, 8000, 8000, 9000)
	require.True(t, three.Outlier(9000, 500))
	require.True(t, three.Outlier(7499, 500))
	require.False(t, three.Outlier(7500, 500), "exactly the tolerance is no outlier")
	require.False(t, three.Outlier(8500, 500), "on the other side too")
	require.False(t, votes(1, 0, 9000).Outlier(0, 500), "too few to decide which is wrong")
	require.False(t, votes(4, 8000, 8000, 0).Outlier(0, 500), "no quorum")
}

func TestSettle(t *testing.T) {
	base := votes(1, 5000)
	for _, c := range []struct {
		name     string
		p        rating.Profile
		gradient rating.Validations
		want     rating.Profile
	}{
		{"worse", rating.NewProfile(), votes(1, 4999), rating.Profile{Stars: 499, Total: 1, Slashed: 1}},
		{"better at the cap", rating.NewProfile(), votes(1, 5001), rating.Profile{Stars: 500, Total: 1, Successful: 1}},
		{"better recovers", rating.Profile{Stars: 498}, votes(1, 5001), rating.Profile{Stars: 499, Total: 1, Successful: 1}},
		{"equal", rating.NewProfile(), votes(1, 5000), rating.Profile{Stars: 500, Total: 1}},
		{"floor holds", rating.Profile{Stars: 100}, votes(1, 0), rating.Profile{Stars: 100, Total: 1, Slashed: 1}},
		{"no quorum", rating.NewProfile(), votes(2, 0), rating.NewProfile()},
		{"counters saturate", rating.Profile{Stars: 300, Total: ^uint32(0), Slashed: ^uint16(0)}, votes(1, 0),
			rating.Profile{Stars: 299, Total: ^uint32(0), Slashed: ^uint16(0)}},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, c.p.Settle(base, c.gradient)) })
	}
}

func TestStarsStayInRange(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	p := rating.NewProfile()
	for range 5000 {
		p = p.Settle(votes(1, 5000), votes(1, 4990+uint32(rng.IntN(20))))
		require.GreaterOrEqual(t, p.Stars, rating.Floor)
		require.LessOrEqual(t, p.Stars, rating.Cap)
		require.GreaterOrEqual(t, p.Total, p.Successful+uint32(p.Slashed))
	}
}

func TestCheck(t *testing.T) {
	require.NoError(t, votes(1, 0, rating.MaxAccuracy).Check())
	require.NoError(t, votes(1, make([]uint32, rating.MaxValidations)...).Check(), "as many as there can be")
	require.ErrorContains(t, votes(1, 1, 10_001).Check(), "10001")
	require.ErrorContains(t, votes(1, make([]uint32, 25)...).Check(), "25 validations")
}

// The median does not depend on the order, and at most half of the values are
// below it, at most half above.
func FuzzMedian(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) < 2 || len(raw) > 2*rating.MaxValidations {
			return
		}
		var a []uint32
		for i := 0; i+1 < len(raw); i += 2 {
			a = append(a, (uint32(raw[i])<<8|uint32(raw[i+1]))%(rating.MaxAccuracy+1))
		}
		m := votes(1, a...).Median()
		reversed := slices.Clone(a)
		slices.Reverse(reversed)
		require.Equal(t, m, votes(1, reversed...).Median())
		var below, above int
		for _, x := range a {
			if x < m {
				below++
			}
			if x > m {
				above++
			}
		}
		require.LessOrEqual(t, below, len(a)/2)
		require.LessOrEqual(t, above, len(a)/2)
	})
}

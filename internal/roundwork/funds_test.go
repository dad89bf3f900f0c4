package roundwork_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// A validator commits to no more scores than it can pay the reveals of: those take the rent of a score before that of the
// commitment comes back, and who does not reveal is slashed. Before, this one committed twice and had too little left.
func TestNobodyCommitsToWhatItCannotReveal(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 2)
		const spare, fee, stakeRent = 3_000_000, 5000, 2 * 3480 * (128 + 81)
		poor, err := m.NewPlayer("poor", 2*sol+stakeRent+fee+spare)
		require.NoError(t, err)
		_, err = poor.Rounds.AddStake(t.Context(), 2*sol)
		require.NoError(t, err)
		m.judges = append(m.judges, poor)
		for _, name := range []string{"one", "two", "three"} {
			m.submitSealed(name, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
		}
		for i := range m.judges {
			m.judge(i)
		}
		m.until("the first sitting is over", func() bool { return m.Net.Now().After(m.round().SittingStarts(1)) })
		left, err := m.anybody().CommitmentsOf(t.Context(), poor.Wallet.PublicKey())
		require.NoError(t, err)
		require.Empty(t, left)
		require.ErrorContains(t, m.told("failed", "judge 2")[len(m.told("failed", "judge 2"))-1].err, "fund it")
	})
}

package validator_test

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Who comes back after the claim period, when the creator has taken everything, is told so once and gets the rent of the
// score back: at once, or of an outlier that nobody has slashed once the round is closed.
func TestAfterTheClaimPeriodTheRentComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		outlier, closed bool
		says            string
		retry           time.Duration
	}{
		"the vault is closed":          {says: "only the rent came back"},
		"the round is closed":          {closed: true, says: "only the rent came back"},
		"an outlier":                   {outlier: true, says: "the rent comes back once the round is closed", retry: 24 * time.Hour},
		"an outlier of a closed round": {outlier: true, closed: true, says: "only the rent came back"},
	} {
		t.Run(name, func(t *testing.T) {
			b := judging(t)
			b.stop()
			b.events = make(chan validator.Event, 1000)
			for _, p := range []string{"one", "two", "three"} {
				score := b.base
				if c.outlier {
					score = (b.base + 5000) % 10_000
				}
				_, err := b.Player(t, p).Rounds.Prevalidate(t.Context(), b.id, score)
				require.NoError(t, err)
			}
			b.Net.Warp(13 * time.Hour)
			_, err := b.creator.Rounds.ForceFinalize(t.Context(), b.id)
			require.NoError(t, err)
			b.Net.Warp(181 * 24 * time.Hour)
			_, err = b.creator.Rounds.WithdrawRemainder(t.Context(), b.id)
			require.NoError(t, err)
			if c.closed {
				_, err = b.creator.Rounds.CloseRound(t.Context(), b.id)
				require.NoError(t, err)
			}
			account := b.judge.Rounds.Addresses().PreValidation(b.id, b.judge.Wallet.PublicKey())
			rent, before := b.balance(account), b.balance(b.judge.Wallet.PublicKey())

			stop := b.start()
			failed := b.await(validator.EventFailed)
			require.ErrorContains(t, failed.Err, c.says)
			require.Equal(t, c.retry, failed.Retry)
			stop()
			_, err = b.judge.Rounds.PreValidation(t.Context(), b.id, b.judge.Wallet.PublicKey())
			if c.retry > 0 {
				require.NoError(t, err)
				require.Equal(t, before, b.balance(b.judge.Wallet.PublicKey()))
				return
			}
			require.ErrorIs(t, err, chain.ErrNotFound)
			require.Equal(t, before+rent-5000, b.balance(b.judge.Wallet.PublicKey()))
		})
	}
}

func (b *bench) balance(of solana.PublicKey) uint64 {
	b.t.Helper()
	lamports, err := b.creator.Rounds.Chain().Balance(b.t.Context(), of)
	require.NoError(b.t, err)
	return lamports
}

package validator_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/validator"
)

// Who comes back after the claim period, when the creator has taken everything, is told so once and gets the rent of the
// score back: at once, or of an outlier that nobody has slashed once the round is closed, which it then does itself.
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
			b := judgedByOthers(t, c.outlier)
			b.Net.Warp(181 * 24 * time.Hour)
			_, err := b.creator.Rounds.WithdrawRemainder(t.Context(), b.id)
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
			if c.retry > 0 {
				b.awaitClosed()
				stop()
				require.Equal(t, before-5000, b.balance(b.judge.Wallet.PublicKey()))
				b.events = make(chan validator.Event, 1000)
				before, stop = before-5000, b.start() // or in 24 hours
				require.ErrorContains(t, b.await(validator.EventFailed).Err, "only the rent came back")
			}
			stop()
			_, err = b.judge.Rounds.PreValidation(t.Context(), b.id, b.judge.Wallet.PublicKey())
			require.ErrorIs(t, err, chain.ErrNotFound)
			require.Equal(t, before+rent-5000, b.balance(b.judge.Wallet.PublicKey()))
		})
	}
}

// An outlier that has claimed, and got nothing, has its rent back once it has closed the round.
func TestRentOfAClaimedOutlierComesBack(t *testing.T) {
	b := judgedByOthers(t, true)
	_, err := b.judge.Rounds.ClaimValidatorPre(t.Context(), b.id)
	require.NoError(t, err)
	b.Net.Warp(181 * 24 * time.Hour)
	_, err = b.creator.Rounds.WithdrawRemainder(t.Context(), b.id)
	require.NoError(t, err)
	stop := b.start()
	b.awaitClosed()
	stop()
	b.start() // or in an hour
	require.Eventually(t, func() bool {
		_, err := b.judge.Rounds.PreValidation(t.Context(), b.id, b.judge.Wallet.PublicKey())
		return errors.Is(err, chain.ErrNotFound)
	}, 20*time.Second, 10*time.Millisecond)
}

// judgedByOthers is a bench whose judge has stopped, and whose round was finalized after three others had scored its base:
// as the judge did, or so that it is an outlier.
func judgedByOthers(t *testing.T, outlier bool) *bench {
	b := judging(t)
	b.stop()
	b.events = make(chan validator.Event, 1000)
	score := b.base
	if outlier {
		score = (b.base + 5000) % 10_000
	}
	for _, p := range []string{"one", "two", "three"} {
		_, err := b.Player(t, p).Rounds.Prevalidate(t.Context(), b.id, score)
		require.NoError(t, err)
	}
	b.Net.Warp(13 * time.Hour)
	_, err := b.creator.Rounds.ForceFinalize(t.Context(), b.id)
	require.NoError(t, err)
	return b
}

// awaitClosed waits until the round is closed.
func (b *bench) awaitClosed() {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		_, err := b.creator.Rounds.Round(b.t.Context(), b.id)
		return errors.Is(err, chain.ErrNotFound)
	}, 20*time.Second, 10*time.Millisecond)
}

func (b *bench) balance(of solana.PublicKey) uint64 {
	b.t.Helper()
	lamports, err := b.creator.Rounds.Chain().Balance(b.t.Context(), of)
	require.NoError(b.t, err)
	return lamports
}

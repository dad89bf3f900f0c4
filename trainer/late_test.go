package trainer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/trainer"
)

// Who comes back after the claim period, when the creator has taken everything, is told so once and gets the rent of the
// gradient back, whether the round is still there or closed.
func TestAfterTheClaimPeriodTheRentComesBack(t *testing.T) {
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprint("the round is closed: ", closed), func(t *testing.T) {
			s := newScene(t)
			s.stop()
			for _, j := range s.judges {
				_, err := j.Rounds.Postvalidate(t.Context(), s.id, s.trainer.Wallet.PublicKey(), 2000)
				require.NoError(t, err)
			}
			_, err := s.creator.Rounds.FinalizeRound(t.Context(), s.id)
			require.NoError(t, err)
			s.Net.Warp(181 * 24 * time.Hour)
			_, err = s.creator.Rounds.WithdrawRemainder(t.Context(), s.id)
			require.NoError(t, err)
			if closed {
				_, err = s.creator.Rounds.CloseRound(t.Context(), s.id)
				require.NoError(t, err)
			}
			before, chain := s.balance(t), s.trainer.Rounds.Chain()
			rent, err := chain.Balance(t.Context(), s.trainer.Rounds.Addresses().Gradient(s.id, s.trainer.Wallet.PublicKey()))
			require.NoError(t, err)

			s.restart(t)
			failed := s.events.await(t, trainer.EventFailed)
			require.ErrorContains(t, failed.Err, "only the rent came back")
			require.Zero(t, failed.Retry)
			require.Equal(t, before+rent-5000, s.balance(t))
			s.stop()
			require.Len(t, s.events.find(trainer.EventFailed), 1)
			profile, err := s.trainer.Rounds.Profile(t.Context(), s.trainer.Wallet.PublicKey())
			require.NoError(t, err)
			require.Equal(t, !closed, profile.Total == 1, "it is rated while the round is there")
		})
	}
}

package roundwork_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// openStore is a store that fetches from some directories and publishes in others.
func (c *crew) openStore(from []storage.Fetcher, to ...storage.Pusher) *storage.Store {
	s, err := storage.Open(storage.Config{Dir: filepath.Join(c.t.TempDir(), "blocks"), Fetchers: from, Pushers: to, NoSync: true})
	require.NoError(c.t, err)
	return s
}

// A trainer shows its head to one validator alone. The others would score it as absent, and the one forfeit its pay; where
// that one shares what it has, all score the same.
func TestAValidatorSharesWhatOthersAreNotShown(t *testing.T) {
	for _, shares := range []bool{true, false} {
		t.Run(fmt.Sprint("it shares: ", shares), func(t *testing.T) {
			warm(t)
			synctest.Test(t, func(t *testing.T) {
				m := sealed(t, 3)
				public, secret := m.Packages(), storage.NewCARDir(filepath.Join(t.TempDir(), "secret"))
				m.pupil = m.Player(t, "pupil")
				m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) { c.Store = m.openStore([]storage.Fetcher{public}, secret) })
				m.judge(0, func(c *validator.Config) {
					c.Share, c.Store = shares, m.openStore([]storage.Fetcher{public, secret}, public)
				})
				m.judge(1)
				m.judge(2)
				m.happen(1, "finalized")
				scores := m.score(m.pupil.Wallet.PublicKey()).Scores
				require.Len(t, scores, 3)
				if shares {
					require.Equal(t, scores[0], scores[2])
					require.NotZero(t, scores[0])
					return
				}
				require.Zero(t, scores[1])
				require.NotZero(t, scores[2])
				m.happen(6, "claimed", m.name(0), m.name(1), m.name(2))
				pay := m.worths()
				require.Equal(t, pay[1], pay[2])
				require.Less(t, pay[0], pay[1], "it forfeits its pay for the score that the others could not compute")
				for _, p := range m.judges {
					stake, err := p.Rounds.Stake(t.Context(), p.Wallet.PublicKey())
					require.NoError(t, err)
					require.EqualValues(t, 2*sol, stake.Amount, "nobody is slashed for what the trainer did")
				}
			})
		})
	}
}

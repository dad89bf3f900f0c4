package roundwork_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/trainer/fit"
	"github.com/decloud-sdk/decloud-go/validator"
)

// mislabelled is a test split whose labels are all wrong: whoever scores with it is an outlier.
type mislabelled struct{ dataset.Dataset }

func (m mislabelled) Sample(i int, dst []float32) (int, error) {
	label, err := m.Dataset.Sample(i, dst)
	return (label + 1) % 10, err
}

// team are five wallets with a worker each, and the creator of their round, who is gone.
type team struct {
	*crew
	creator roundtest.Player // of a sealed round
	pupil   roundtest.Player
	judges  []roundtest.Player // the last one is an outlier, if there is one
}

func (m *team) name(i int) string { return fmt.Sprint("judge ", i) }

func (m *team) judge(i int, change ...func(*validator.Config)) (stop func()) {
	return m.validator(m.name(i), m.judges[i].Wallet, change...)
}

func (m *team) wallets() []solana.PublicKey {
	all := []solana.PublicKey{m.pupil.Wallet.PublicKey()}
	for _, p := range m.judges {
		all = append(all, p.Wallet.PublicKey())
	}
	return all
}

func newTeam(t *testing.T, judges int, terms ...roundtest.Terms) *team {
	m := &team{crew: newCrew(t)}
	m.id = m.Launch(t, m.Player(t, "creator"), append(terms, func(o *round.Options) { o.MinValidatorStake = sol })...)
	m.pupil = m.Player(t, "pupil")
	for i := range judges {
		m.judges = append(m.judges, m.staked(m.name(i)))
	}
	return m
}

// The creator is gone, and everybody gets what it is owed: the round is finalized, the outlier slashed before its stake
// unlocks, the rating of a trainer that is offline settled, everything claimed; by one transaction for each, and none
// that fails.
func TestWorkersEndARoundWhoseCreatorIsGone(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := newTeam(t, 4)
		outlier := m.judges[3]
		m.judge(0)
		m.judge(1)
		offline := m.judge(2)
		gone := m.judge(3, func(c *validator.Config) { c.Data[dataset.Mnist] = mislabelled{c.Data[dataset.Mnist]} })
		stop := m.trainer("pupil", m.pupil.Wallet)
		m.happen(4, "base")
		m.happen(1, "submitted")
		m.happen(4, "gradient")
		gone()
		offline()
		stop()
		m.overdue()
		_, err := outlier.Rounds.RequestUnstake(t.Context(), 2*sol)
		require.NoError(t, err)
		stake, err := outlier.Rounds.Stake(t.Context(), outlier.Wallet.PublicKey())
		require.NoError(t, err)
		unlocks := stake.UnlockAt

		m.happen(4, "claimed", m.name(0), m.name(1))
		m.happen(1, "slashed")
		require.True(t, m.told("slashed")[0].at.Before(unlocks))
		stake, err = outlier.Rounds.Stake(t.Context(), outlier.Wallet.PublicKey())
		require.NoError(t, err)
		require.EqualValues(t, 2*sol-sol/10, stake.Unlocking, "a tenth of the minimum")
		m.happen(1, "settled")

		m.judge(2) // those who were offline come back
		m.judge(3)
		m.trainer("pupil", m.pupil.Wallet)
		m.happen(1, "claimed", "pupil")
		m.happen(2, "claimed", m.name(2))
		m.happen(1, "claimed", m.name(3))
		m.Net.Warp(25 * time.Hour)
		m.closed(t)
		for kind, n := range map[string]int{"finalized": 1, "slashed": 1, "settled": 1, "gradient": 4, "base": 4, "submitted": 1} {
			require.Len(t, m.told(kind), n, kind)
		}
		vault, err := m.anybody().Vault(t.Context(), m.id)
		require.NoError(t, err)
		require.EqualValues(t, 1, vault.TrainerClaims)
		require.EqualValues(t, 8, vault.ValidatorClaims, "the outlier's forfeited one included")
		require.Zero(t, m.failed(m.wallets()...), "%v", m.told("failed"))
	})
}

// closed waits until nobody has an account in the round.
func (m *team) closed(t *testing.T) {
	t.Helper()
	m.until("closed", func() bool {
		gradients, err := m.anybody().Gradients(t.Context(), m.id)
		require.NoError(t, err)
		pre, err := m.anybody().PreValidations(t.Context(), m.id)
		require.NoError(t, err)
		post, err := m.anybody().PostValidations(t.Context(), m.id)
		require.NoError(t, err)
		return len(gradients)+len(pre)+len(post) == 0
	})
}

// A submission that nobody scored: after the deadline one of those who took part finalizes, and everybody gets the share
// or the rent that is left.
func TestWorkersEndARoundThatNobodyScored(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := newTeam(t, 3)
		var stops []func()
		for i := range m.judges {
			stops = append(stops, m.judge(i))
		}
		m.happen(3, "base")
		for _, stop := range stops {
			stop()
		}
		stop := m.trainer("pupil", m.pupil.Wallet)
		m.happen(1, "submitted")
		stop()
		m.overdue()
		for i := range m.judges {
			m.judge(i, func(c *validator.Config) { c.NoScore = true })
		}
		m.trainer("pupil", m.pupil.Wallet)
		m.happen(4, "claimed")
		require.Len(t, m.told("finalized"), 1)
		require.Empty(t, m.told("gradient"))
		m.Net.Warp(25 * time.Hour)
		m.closed(t)
		require.Zero(t, m.failed(m.wallets()...), "%v", m.told("failed"))
	})
}

// Training that does not end by itself ends when submissions close, by the chain's clock, and leaves the place to others.
func TestTrainingEndsWhenSubmissionsClose(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := newTeam(t, 3, func(o *round.Options) { o.Deadline = o.Deadline.Add(-10 * time.Hour) })
		for i := range m.judges {
			m.judge(i)
		}
		var ended time.Time
		m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) {
			c.Fit = func(ctx context.Context, _ trainer.Task) (packagefmt.Network, fit.Result, error) {
				<-ctx.Done()
				ended = m.Net.Now()
				return packagefmt.Network{}, fit.Result{}, context.Cause(ctx)
			}
		})
		m.happen(3, "base")
		closes := m.round().SubmissionsClose()
		m.happen(1, "failed", "pupil")
		require.ErrorContains(t, m.told("failed", "pupil")[0].err, "training was not done after")
		require.WithinDuration(t, closes, ended, time.Minute)
		require.Empty(t, m.told("submitted"))
	})
}

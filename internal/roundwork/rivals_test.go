package roundwork_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/validator"
)

// judged is a round whose creator is gone, with three submissions that two validators of one wallet, on two machines, have
// scored side by side, and an outlier.
type judged struct {
	*crew
	judge, outlier roundtest.Player
	stop           map[string]func()
}

func newJudged(t *testing.T) *judged {
	c := &judged{crew: newCrew(t), stop: map[string]func(){}}
	c.id = c.Launch(t, c.Player(t, "creator"), roundtest.Quorum(1), func(o *round.Options) { o.MinValidatorStake = sol })
	c.judge, c.outlier = c.staked("judge"), c.staked("outlier")
	for _, name := range []string{"one", "two"} {
		c.stop[name] = c.validator(name, c.judge.Wallet)
		time.Sleep(lag / 2)
	}
	c.happen(1, "base")
	base := c.round().BaseAccuracy
	for name, accuracy := range map[string]uint32{"honest": base, "outlier": base + 4000} {
		p := c.outlier
		if name == "honest" {
			p = c.staked(name)
		}
		_, err := p.Rounds.Prevalidate(t.Context(), c.id, accuracy)
		require.NoError(t, err)
	}
	for i := range 3 {
		c.submit(fmt.Sprint("trainer ", i), i)
	}
	c.happen(3, "gradient")
	return c
}

// once requires that the wallet's two workers did each thing once.
func (c *judged) once(t *testing.T) {
	for kind, n := range map[validator.EventKind]int{
		validator.EventBase: 1, validator.EventGradient: 3, validator.EventFinalized: 1, validator.EventClaimed: 4, validator.EventSlashed: 1, validator.EventSettled: 1,
	} {
		require.Len(t, c.told(string(kind)), n, kind)
	}
	require.LessOrEqual(t, c.failed(c.judge.Wallet.PublicKey()), 1, "transactions that failed and were paid for: %v", c.told("failed"))
}

func TestTwoValidatorsOfOneWalletOnTwoMachines(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newJudged(t)
		c.overdue()
		c.happen(4, "claimed")
		c.happen(1, "slashed")
		c.Net.Warp(2 * time.Hour)
		c.happen(1, "settled")
		c.Net.Warp(25 * time.Hour)
		c.until("closed", func() bool {
			all, err := c.anybody().PostValidationsOf(t.Context(), c.judge.Wallet.PublicKey())
			require.NoError(t, err)
			return len(all) == 0
		})
		c.once(t)
	})
}

// The slower one takes over where the faster one is gone.
func TestSlowerOfTwoValidatorsTakesOver(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newJudged(t)
		slower, faster := "one", "two"
		if len(c.told("failed", "two")) > 0 {
			slower, faster = faster, slower
		}
		require.NotEmpty(t, c.told("failed", slower), "nobody was beaten")
		require.ErrorIs(t, c.told("failed", slower)[0].err, validator.ErrRival)
		c.stop[faster]()
		c.overdue()
		c.happen(1, "finalized", slower)
		c.happen(4, "claimed", slower)
		c.happen(1, "slashed", slower)
	})
}

// Two that know nothing of one another find four claims at once.
func TestTwoValidatorsThatComeBackAtOnce(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newJudged(t)
		c.stop["one"]()
		c.stop["two"]()
		c.overdue()
		_, err := c.outlier.Rounds.ForceFinalize(t.Context(), c.id)
		require.NoError(t, err)
		before := c.failed(c.judge.Wallet.PublicKey())
		for _, name := range []string{"three", "four"} {
			c.validator(name, c.judge.Wallet)
			time.Sleep(lag / 2)
		}
		c.happen(4, "claimed")
		require.Len(t, c.told("claimed"), 4)
		require.LessOrEqual(t, c.failed(c.judge.Wallet.PublicKey())-before, 1, "%v", c.told("failed"))
	})
}

func TestTwoTrainersOfOneWalletOnTwoMachines(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t)
		c.id = c.Launch(t, c.Player(t, "creator"), func(o *round.Options) { o.MinValidatorStake = sol; o.MinPostvalidations = 3 })
		pupil, judges := c.Player(t, "pupil"), []roundtest.Player{}
		for i := range 4 {
			p := c.staked(fmt.Sprint("judge ", i))
			_, err := p.Rounds.Prevalidate(t.Context(), c.id, 1000)
			require.NoError(t, err)
			judges = append(judges, p)
		}
		for _, name := range []string{"one", "two"} {
			c.trainer(name, pupil.Wallet)
			time.Sleep(lag / 2)
		}
		c.happen(1, "submitted")
		for i, p := range judges {
			_, err := p.Rounds.Postvalidate(t.Context(), c.id, pupil.Wallet.PublicKey(), uint32(2000+i/3*4000))
			require.NoError(t, err)
		}
		c.overdue()
		c.happen(1, "claimed")
		c.happen(1, "slashed")
		c.Net.Warp(25 * time.Hour)
		c.until("closed", func() bool {
			all, err := c.anybody().GradientsOf(t.Context(), pupil.Wallet.PublicKey())
			require.NoError(t, err)
			return len(all) == 0
		})
		for kind, n := range map[string]int{"submitted": 1, "finalized": 1, "claimed": 1, "slashed": 1} {
			require.Len(t, c.told(kind), n, kind)
		}
		require.LessOrEqual(t, c.failed(pupil.Wallet.PublicKey()), 1, "%v", c.told("failed"))
		var none []solana.PublicKey
		for _, p := range judges {
			none = append(none, p.Wallet.PublicKey())
		}
		require.Zero(t, c.failed(none...))
	})
}

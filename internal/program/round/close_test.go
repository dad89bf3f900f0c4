package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCloseGivesRentBack(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0), c.claimPre("ann", 0), c.claimPost("ann", 0, "tom"))
	c.at(day - 1)
	c.fails(c.closeGradient("eve", 0, "tom"), 6012)
	c.at(day)
	require.EqualValues(t, rent(200), c.gain("tom", c.closeGradient("eve", 0, "tom")))
	require.EqualValues(t, rent(55), c.gain("ann", c.closeValidation("eve", 0, c.pre(0, "ann"), "ann")))
	require.EqualValues(t, rent(88), c.gain("ann", c.closeValidation("ann", 0, c.post(0, "tom", "ann"), "ann")))
	c.gone(c.gradient(0, "tom"))
	c.fails(c.claim("tom", 0), 3012)
	c.fails(c.closeGradient("eve", 0, "tom"), 3012)
}

func TestCloseOnlyWhatIsDone(t *testing.T) {
	c := finished(t)
	c.at(day)
	c.fails(c.closeGradient("tom", 0, "tom"), 6012)
	c.ok(c.settle("eve", 0, "tom"))
	c.fails(c.closeGradient("tom", 0, "tom"), 6012)
	c.fails(c.closeValidation("ann", 0, c.pre(0, "ann"), "ann"), 6012)
	c.ok(c.claimPost("cat", 0, "tom")) // an outlier
	c.fails(c.closeValidation("cat", 0, c.post(0, "tom", "cat"), "cat"), 6012)
	c.ok(c.slash("eve", 0, c.post(0, "tom", "cat"), "cat"))
	c.ok(c.closeValidation("cat", 0, c.post(0, "tom", "cat"), "cat"))
}

// Once the claim period is over, the owner may give up a claim, and nobody else may do so in its place.
func TestCloseUnclaimedOnlyInPerson(t *testing.T) {
	c := finished(t)
	c.ok(c.settle("eve", 0, "tom"))
	c.at(180 * day)
	c.fails(c.closeGradient("eve", 0, "tom"), 6012)
	c.fails(c.closeValidation("eve", 0, c.pre(0, "ann"), "ann"), 6012)
	c.ok(c.closeGradient("tom", 0, "tom"), c.closeValidation("ann", 0, c.pre(0, "ann"), "ann"))
	c.ok(c.withdraw("creator", 0))
	c.gone(c.vault(0))
}

func TestCloseNothingWhileActive(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(400 * day)
	c.fails(c.closeGradient("tom", 0, "tom"), 6009)
	c.fails(c.closeValidation("ann", 0, c.pre(0, "ann"), "ann"), 6009)
	c.fails(c.closeRound("creator", 0, "creator"), 6009)
}

func TestCloseRound(t *testing.T) {
	c := finished(t)
	c.at(180*day - 1)
	c.fails(c.closeRound("eve", 0, "creator"), 6012)
	c.at(180 * day)
	c.fails(c.closeRound("eve", 0, "creator"), 6012) // the vault is open
	c.ok(c.withdraw("creator", 0))
	c.fails(c.closeRound("eve", 0, "creator").with(3, c.pub("eve")), 2006)
	require.EqualValues(t, rent(992), c.gain("creator", c.closeRound("eve", 0, "creator")))
	c.gone(c.round(0))

	// What is left of it can be closed without it.
	require.EqualValues(t, rent(200), c.gain("tom", c.closeGradient("eve", 0, "tom")))
	require.EqualValues(t, rent(88), c.gain("cat", c.closeValidation("eve", 0, c.post(0, "tom", "cat"), "cat")))
	c.fails(c.closeGradient("eve", 0, "tim").with(0, c.pub("eve")), 2006)
	c.fails(c.create("creator", 0, sol), 6000) // and its id is not used again
}

func TestCloseCancelledRound(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.ok(c.cancel("creator", 0))
	c.at(180*day - 1)
	c.fails(c.closeRound("eve", 0, "creator"), 6012)
	c.at(180 * day)
	k := c.closeRound("eve", 0, "creator")
	k.metas = k.metas[:3]
	c.ok(k)
	c.gone(c.round(0))
}

// Closed accounts are the system program's again, and their data is gone.
func TestClosedAccountsCannotBeRevived(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0))
	c.at(day)
	require.NoError(t, c.bank.Fund(c.gradient(0, "tom"), sol))
	c.ok(c.closeGradient("eve", 0, "tom"))
	require.NoError(t, c.bank.Fund(c.gradient(0, "tom"), sol))
	a, _ := c.bank.Account(c.gradient(0, "tom"))
	require.Equal(t, system, a.Owner)
	require.Empty(t, a.Data)
	c.fails(c.claim("tom", 0), 3012)
	c.fails(c.submit("tom", 0, gradientCID), 6003)
}

// Nothing is paid twice by closing twice, or withdrawing twice, within one transaction.
func TestClosingTwiceInOneTransaction(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0), c.claimPre("ann", 0), c.stake("ann", sol), c.unstake("ann", sol))
	c.at(180 * day)
	for _, k := range []call{
		c.closeGradient("eve", 0, "tom"), c.closeValidation("eve", 0, c.pre(0, "ann"), "ann"), c.withdraw("creator", 0),
	} {
		res := c.send(k, k)
		require.NotNil(t, res.Err, k.name)
		require.EqualValues(t, 3012, res.Err.Instruction.Code, k.name)
	}
	res := c.send(c.withdrawStake("ann"), c.withdrawStake("ann"))
	require.EqualValues(t, 6025, res.Err.Instruction.Code)
	require.EqualValues(t, rent(81)+sol, c.lamports(c.stakeOf("ann")))
	res = c.send(c.withdraw("creator", 0), c.claim("tim", 0))
	require.EqualValues(t, 3012, res.Err.Instruction.Code)
	require.EqualValues(t, rent(200), c.lamports(c.gradient(0, "tim")), "and nothing of it happened")
}

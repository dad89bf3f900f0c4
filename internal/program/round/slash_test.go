package round_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStakeAndUnstake(t *testing.T) {
	c := newChain(t)
	before := c.balance("ann")
	c.ok(c.stake("ann", 3*sol))
	s := c.data(c.stakeOf("ann"))
	require.Len(t, s, 81)
	require.Equal(t, c.pub("ann"), s.key(8))
	require.EqualValues(t, 3*sol, s.u64(40))
	require.EqualValues(t, rent(81)+3*sol, c.lamports(c.stakeOf("ann")))
	c.fails(c.withdrawStake("ann"), 6025)
	c.fails(c.unstake("ann", 3*sol+1), 6016)

	c.ok(c.unstake("ann", sol))
	s = c.data(c.stakeOf("ann"))
	require.EqualValues(t, 2*sol, s.u64(40))
	require.EqualValues(t, sol, s.u64(48))
	require.EqualValues(t, start+day, s.i64(56))
	c.at(day - 1)
	c.fails(c.withdrawStake("ann"), 6024)
	c.ok(c.unstake("ann", sol)) // restarts the timer, for the sum
	c.at(day)
	c.fails(c.withdrawStake("ann"), 6024)
	c.at(2*day - 1)
	require.EqualValues(t, 2*sol, c.gain("ann", c.withdrawStake("ann")))
	c.fails(c.withdrawStake("ann"), 6025)
	require.Equal(t, before-sol-rent(81), c.balance("ann"))
}

func TestStakeAmounts(t *testing.T) {
	c := newChain(t)
	c.fails(c.stake("ann", 0), 6026)
	c.fails(c.stake("ann", math.MaxUint64), 6027)
	c.fails(c.stake("ann", 2000*sol), 1)
	c.ok(c.stake("ann", 1))
	c.fails(c.stake("ann", math.MaxUint64), 1) // the system program finds it too much before the sum overflows
	c.fails(c.unstake("ann", 0), 6026)
	c.fails(c.unstake("ann", math.MaxUint64), 6016)
	c.fails(c.unstake("eve", 1), 3012)
}

// Lamports sent to a stake account are no stake.
func TestDonatedStake(t *testing.T) {
	c := newChain(t)
	require.NoError(t, c.bank.Fund(c.stakeOf("ann"), 5*sol))
	c.ok(c.stake("ann", sol))
	require.EqualValues(t, 6*sol, c.lamports(c.stakeOf("ann")))
	require.EqualValues(t, sol, c.data(c.stakeOf("ann")).u64(40))
}

func TestUnstakeTakesTheProtocolsCooldown(t *testing.T) {
	c := newChain(t)
	p := defaults()
	p.cooldown = 3 * day
	c.ok(c.update("authority", p))
	c.ok(c.stake("ann", sol))
	c.ok(c.unstake("ann", sol))
	c.at(3*day - 1)
	c.fails(c.withdrawStake("ann"), 6024)
	c.at(3 * day)
	c.ok(c.withdrawStake("ann"))
}

// lying returns a chain with a finalized round of stake 2 SOL in which zoe was an outlier on the base and on tom.
func lying(t testing.TB) *chain {
	o := terms()
	o.stake = 2 * sol
	c := opened(t, o)
	c.profiles("tom")
	for _, v := range []string{"ann", "ben", "cat", "zoe"} {
		c.ok(c.stake(v, 2*sol))
		c.ok(c.prevalidate(v, 0, map[bool]uint32{false: 5000, true: 5501}[v == "zoe"]))
	}
	c.ok(c.submit("tom", 0, gradientCID))
	for _, v := range []string{"ann", "ben", "cat", "zoe"} {
		c.ok(c.postvalidate(v, 0, "tom", map[bool]uint32{false: 7000, true: 6499}[v == "zoe"]))
	}
	c.ok(c.finalize("creator", 0))
	return c
}

func TestSlashOutlier(t *testing.T) {
	c := lying(t)
	before := c.lamports(treasury)
	const share, taken = sol / 10 / 8, 2 * sol / 10
	require.EqualValues(t, taken/10, c.gain("eve", c.slash("eve", 0, c.pre(0, "zoe"), "zoe")))
	require.EqualValues(t, share+taken-taken/10, c.lamports(treasury)-before)
	s := c.data(c.stakeOf("zoe"))
	require.EqualValues(t, 2*sol-taken, s.u64(40))
	require.EqualValues(t, taken, s.u64(64))
	require.EqualValues(t, rent(81)+2*sol-taken, c.lamports(c.stakeOf("zoe")))
	c.fails(c.slash("eve", 0, c.pre(0, "zoe"), "zoe"), 6030)
	c.fails(c.claimPre("zoe", 0), 6010)
	c.ok(c.slash("eve", 0, c.post(0, "tom", "zoe"), "zoe"))
	v := c.data(c.vault(0))
	require.EqualValues(t, 2*share, v.u64(32))
	require.EqualValues(t, 2, v.u16(57))
}

func TestSlashOnlyOutliers(t *testing.T) {
	c := lying(t)
	c.fails(c.slash("eve", 0, c.pre(0, "ann"), "ann"), 6023)
	c.fails(c.slash("eve", 0, c.post(0, "tom", "ann"), "ann"), 6023)
	c.fails(c.slash("zoe", 0, c.pre(0, "zoe"), "zoe"), 6018)
	c.fails(c.slash("eve", 0, c.pre(0, "zoe"), "ann"), 2006)
}

// Exactly at the tolerance is no outlier, and fewer than three scores make none.
func TestOutlierTolerance(t *testing.T) {
	c := training(t)
	c.ok(c.prevalidate("ben", 0, 10_000))
	c.ok(c.submit("tom", 0, gradientCID))
	for i, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.postvalidate(v, 0, "tom", []uint32{7000, 7500, 6500}[i]))
	}
	c.ok(c.finalize("creator", 0))
	c.fails(c.slash("eve", 0, c.pre(0, "ben"), "ben"), 6023)
	c.fails(c.slash("eve", 0, c.post(0, "tom", "ben"), "ben"), 6023)
	c.fails(c.slash("eve", 0, c.post(0, "tom", "cat"), "cat"), 6023)
	require.Positive(t, c.gain("ben", c.claimPost("ben", 0, "tom")))
}

// Without a stake in the round's terms an outlier loses its reward only.
func TestSlashWithoutStake(t *testing.T) {
	c := finished(t)
	require.EqualValues(t, 0, c.gain("eve", c.slash("eve", 0, c.post(0, "tom", "cat"), "cat")))
	c.fails(c.claimPost("cat", 0, "tom"), 6010)
	require.EqualValues(t, eachV, c.data(c.vault(0)).u64(32))
	k := c.slash("eve", 0, c.post(0, "tom", "cat"), "cat")
	c.fails(k.with(2, c.pub("eve")), 2006) // not the validator's address
}

// What is unlocking is taken once the stake is used up; a stake that is gone can be taken no more.
func TestSlashReachesUnlockingStake(t *testing.T) {
	c := lying(t)
	c.ok(c.unstake("zoe", 2*sol-sol/10))
	c.ok(c.slash("eve", 0, c.pre(0, "zoe"), "zoe"))
	s := c.data(c.stakeOf("zoe"))
	require.Zero(t, s.u64(40))
	require.EqualValues(t, 2*sol-2*sol/10, s.u64(48))
	c.at(day)
	c.ok(c.withdrawStake("zoe"))
	require.EqualValues(t, 0, c.gain("eve", c.slash("eve", 0, c.post(0, "tom", "zoe"), "zoe")))
	require.EqualValues(t, rent(81), c.lamports(c.stakeOf("zoe")))
}

// An outlier that claims forfeits, and cannot escape its slash by that, not even once the vault is closed.
func TestSlashAfterTheVaultIsClosed(t *testing.T) {
	c := lying(t)
	c.ok(c.claim("tom", 0))
	for _, v := range []string{"ann", "ben", "cat", "zoe"} {
		c.ok(c.claimPre(v, 0), c.claimPost(v, 0, "tom"))
	}
	c.ok(c.withdraw("creator", 0))
	c.gone(c.vault(0))
	c.fails(c.slash("eve", 0, c.pre(0, "zoe"), "zoe").with(3, c.pub("zoe")), 2006)
	require.EqualValues(t, 2*sol/100, c.gain("eve", c.slash("eve", 0, c.pre(0, "zoe"), "zoe")))
	c.gone(c.vault(0))
}

// Where the treasury cannot take its part of a slash, only the reporter's is taken.
func TestSlashWithoutTreasury(t *testing.T) {
	c := newBank(t)
	c.ok(c.initialize())
	o := terms()
	o.stake = 1_000_000
	c.ok(c.create("creator", 0, 1_000_000), c.configure("creator", 0, o))
	for _, v := range []string{"ann", "ben", "zoe"} {
		c.ok(c.stake(v, 1_000_000))
		c.ok(c.prevalidate(v, 0, map[bool]uint32{false: 5000, true: 0}[v == "zoe"]))
	}
	c.at(7200)
	c.ok(c.force("eve", 0))
	require.EqualValues(t, 10_000, c.gain("eve", c.slash("eve", 0, c.pre(0, "zoe"), "zoe")))
	require.EqualValues(t, 990_000, c.data(c.stakeOf("zoe")).u64(40))
	require.EqualValues(t, 100_000/32, c.data(c.vault(0)).u64(40))
	c.gone(treasury)
}

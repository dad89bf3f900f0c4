package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFinalizeNeedsEverything(t *testing.T) {
	o := terms()
	o.minPost = 2
	c := opened(t, o)
	c.profiles("tom", "tim")
	c.fails(c.finalize("creator", 0), 6005)
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.finalize("creator", 0), 6006)
	c.ok(c.submit("tom", 0, gradientCID), c.submit("tim", 0, gradientCID))
	c.ok(c.postvalidate("ann", 0, "tom", 6000), c.postvalidate("ben", 0, "tom", 6000), c.postvalidate("ann", 0, "tim", 6000))
	c.fails(c.finalize("creator", 0), 6007)
	c.fails(c.finalize("eve", 0), 2001)
	c.ok(c.postvalidate("ben", 0, "tim", 6000))
	require.Zero(t, c.data(c.round(0)).u8(284))
	c.warp(5)
	c.ok(c.finalize("creator", 0))
	r := c.data(c.round(0))
	require.EqualValues(t, 1, r.u8(132))
	require.EqualValues(t, start+5, r.i64(264))
	c.fails(c.finalize("creator", 0), 6003)
	c.fails(c.force("eve", 0), 6003)
	c.fails(c.prevalidate("cat", 0, 1), 6003)
	c.fails(c.postvalidate("cat", 0, "tom", 1), 6003)
	c.profiles("tia")
	c.fails(c.submit("tia", 0, gradientCID), 6003)
	c.fails(c.cancel("creator", 0), 6003)
	c.fails(c.configure("creator", 0, terms()), 6003)
}

// Below its quorum a gradient has a consensus, which counts for nothing yet.
func TestImprovementNeedsTheQuorum(t *testing.T) {
	o := terms()
	o.minPost = 4
	c := opened(t, o)
	c.profiles("tom")
	c.ok(c.prevalidate("ann", 0, 5000))
	c.ok(c.submit("tom", 0, gradientCID))
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.postvalidate(v, 0, "tom", 6000))
	}
	require.EqualValues(t, 6000, c.data(c.gradient(0, "tom")).u16(142))
	require.Zero(t, c.data(c.gradient(0, "tom")).u64(122))
	require.Zero(t, c.data(c.round(0)).u64(145))
	require.EqualValues(t, 0xffff, c.data(c.round(0)).u16(334))
	c.at(7200)
	c.ok(c.force("eve", 0))
	c.ok(c.claim("tom", 0))
	require.EqualValues(t, 500, c.data(c.profile("tom")).u16(40), "without a quorum nothing is known")
	require.Zero(t, c.data(c.profile("tom")).u32(42))
	require.EqualValues(t, 1, c.data(c.gradient(0, "tom")).u8(131))
}

func TestForceFinalizeAtTheDeadline(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(7199)
	c.fails(c.force("eve", 0), 6012)
	c.fails(c.force("creator", 0), 6012)
	c.at(7200)
	c.ok(c.postvalidate("ann", 0, "tom", 6000)) // scores count until somebody finalizes
	c.ok(c.force("eve", 0))
	require.EqualValues(t, 1, c.data(c.round(0)).u8(132))
}

// A round in which nobody took part can be ended by anybody, and its creator gets the reward back.
func TestForceFinalizeAnEmptyRound(t *testing.T) {
	c := opened(t, terms())
	c.at(7200)
	c.ok(c.force("eve", 0))
	before := c.balance("creator")
	c.ok(c.withdraw("creator", 0))
	require.EqualValues(t, sol+rent(60), c.balance("creator")-before)
	c.gone(c.vault(0))
}

// rated plays a round in which tom's head scores so much, and returns tom's profile.
func rated(t *testing.T, c *chain, id uint64, base, score uint32) account {
	c.at(0)
	c.ok(c.create("creator", id, sol))
	c.ok(c.prevalidate("ann", id, base))
	c.ok(c.submit("tom", id, gradientCID))
	c.ok(c.postvalidate("ann", id, "tom", score))
	c.ok(c.finalize("creator", id))
	c.ok(c.settle("eve", id, "tom"))
	c.fails(c.settle("eve", id, "tom"), 6029)
	return c.data(c.profile("tom"))
}

func TestRating(t *testing.T) {
	c := newChain(t)
	c.profiles("tom")
	for i, test := range []struct {
		base, score uint32
		rating      uint16
		submitted   uint32
		successful  uint32
		slashed     uint16
	}{
		{5000, 6000, 500, 1, 1, 0}, // not above five stars
		{5000, 4999, 499, 2, 1, 1},
		{5000, 5000, 499, 3, 1, 1},
		{5000, 0, 498, 4, 1, 2},
		{5000, 5001, 499, 5, 2, 2},
	} {
		p := rated(t, c, uint64(i), test.base, test.score)
		require.Equal(t, test.rating, p.u16(40), i)
		require.Equal(t, test.submitted, p.u32(42), i)
		require.Equal(t, test.successful, p.u32(46), i)
		require.Equal(t, test.slashed, p.u16(50), i)
	}
	require.EqualValues(t, 499, c.data(c.profile("tom")).u16(40))
	c.ok(c.createWith("creator", 5, modelCID, 0, sol, 500))
	c.ok(c.prevalidate("ann", 5, 1))
	c.fails(c.submit("tom", 5, gradientCID), 6014)
	c.ok(c.createWith("creator", 6, modelCID, 0, sol, 499))
	c.ok(c.prevalidate("ann", 6, 1))
	c.ok(c.submit("tom", 6, gradientCID))
}

func TestRatingHasAFloor(t *testing.T) {
	c := newChain(t)
	c.profiles("tom")
	a, _ := c.bank.Account(c.profile("tom"))
	a = a.Clone()
	a.Data[40], a.Data[41] = 101, 0
	copy(a.Data[42:52], []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255})
	require.NoError(t, c.bank.SetAccount(c.profile("tom"), a))
	require.EqualValues(t, 100, rated(t, c, 0, 5000, 0).u16(40))
	p := rated(t, c, 1, 5000, 0)
	require.EqualValues(t, 100, p.u16(40))
	require.EqualValues(t, 0xffff, p.u16(50), "a full counter stops, and no claim fails over it")
	require.EqualValues(t, 0xffffffff, p.u32(42))
}

func TestSettleOnlyOnceFinalized(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.settle("eve", 0, "tom"), 6009)
	c.fails(c.claim("tom", 0), 6009)
	c.fails(c.claimPre("ann", 0), 6009)
	c.ok(c.postvalidate("ann", 0, "tom", 6000))
	c.fails(c.claimPost("ann", 0, "tom"), 6009)
	c.fails(c.withdraw("creator", 0), 6009)
	c.fails(c.slash("eve", 0, c.pre(0, "ann"), "ann"), 6009)
}

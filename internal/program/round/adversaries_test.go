package round_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// wealth is what a validator owns, its stake included.
func (c *chain) wealth(who string) int64 {
	s := c.data(c.stakeOf(who))
	return int64(c.balance(who) + s.u64(40) + s.u64(48))
}

// collusion plays a round with five validators, of whom the first so many praise a head that is no better than the base, and
// returns what its trainer, an honest trainer, and each validator gained.
func collusion(t *testing.T, liars int) (crony, honest int64, gains []int64) {
	o := terms()
	o.stake, o.minPre, o.minPost, o.rule = 2*sol, 3, 3, 1
	c := opened(t, o)
	c.profiles("tom", "eve")
	names := []string{"v0", "v1", "v2", "v3", "v4"}
	before := make([]int64, len(names))
	for i, v := range names {
		c.ok(c.stake(v, 2*sol), c.prevalidate(v, 0, 5000))
		before[i] = c.wealth(v)
	}
	c.ok(c.submit("tom", 0, gradientCID), c.submit("eve", 0, gradientCID))
	for i, v := range names {
		score := uint32(5000)
		if i < liars {
			score = 9000
		}
		c.ok(c.postvalidate(v, 0, "tom", 6000), c.postvalidate(v, 0, "eve", score))
		before[i] -= 2 * int64(rent(88))
	}
	c.ok(c.finalize("creator", 0))
	for _, v := range names {
		if code, _ := c.code(c.slash("ron", 0, c.post(0, "eve", v), v)); code == 6023 {
			c.ok(c.claimPost(v, 0, "eve"))
		}
		c.ok(c.claimPre(v, 0), c.claimPost(v, 0, "tom"))
	}
	crony, honest = c.gain("eve", c.claim("eve", 0)), c.gain("tom", c.claim("tom", 0))
	for i, v := range names {
		gains = append(gains, c.wealth(v)-before[i])
	}
	c.ok(c.withdraw("creator", 0))
	c.gone(c.vault(0))
	return crony, honest, gains
}

// As long as most validators are honest, those who praise a friend's head win it nothing and lose more than they earn; what
// the honest earn stays the same.
func TestColludingMinority(t *testing.T) {
	_, want, all := collusion(t, 0)
	for liars := 1; liars <= 2; liars++ {
		crony, honest, gains := collusion(t, liars)
		require.Zero(t, crony)
		require.Equal(t, want, honest)
		for i, gain := range gains {
			if i < liars {
				require.Negative(t, gain, "%d of %d lied", i, liars)
			} else {
				require.Equal(t, all[i], gain)
			}
		}
	}
}

// The limit of what a round can promise: a majority decides, and it is the honest who are outliers then.
func TestColludingMajority(t *testing.T) {
	crony, honest, gains := collusion(t, 3)
	require.Greater(t, crony, honest)
	require.Positive(t, gains[0])
	require.Negative(t, gains[4])
}

// Under the marginal rule many wallets earn no more than one: not with copies of somebody else's head, and not with one's own
// improvement handed in by steps.
func TestManyWallets(t *testing.T) {
	sum := func(c *chain, names []string) (gain int64) {
		for _, name := range names {
			gain += c.gain(name, c.claim(name, 0))
		}
		return gain
	}
	alone := sum(marginal(t, 7000), trainers[:1])
	require.EqualValues(t, net(sol-sol/10), alone)

	c := marginal(t, 7000, 7000, 7000, 7000)
	require.Equal(t, alone, sum(c, trainers[:1]))
	require.Zero(t, sum(c, trainers[1:]))
	require.LessOrEqual(t, sum(marginal(t, 5500, 6000, 6500, 7000), trainers[:4]), alone+4) // a lamport's floor of each fee
}

// Who commits and never reveals has no part in the round, and holds up nobody.
func TestNeverRevealing(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000), c.commit("eve", 0, "", 9000))
	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID), c.commit("ann", 0, "tom", 6000), c.commit("eve", 0, "tom", 0))
	c.at(1800)
	c.ok(c.revealPost("ann", 0, "tom", 6000))
	c.at(2400)
	c.ok(c.finalize("creator", 0))
	for _, k := range []call{c.claimPre("eve", 0), c.claimPost("eve", 0, "tom")} {
		c.fails(k, 3012)
	}
	const pool = sol / 10
	require.EqualValues(t, net(pool/2), c.gain("ann", c.claimPre("ann", 0)), "all of the pool is for those who revealed")
	require.EqualValues(t, net(sol-pool), c.gain("tom", c.claim("tom", 0)))
	c.ok(c.claimPost("ann", 0, "tom"))
	for _, subject := range []string{"", "tom"} {
		require.EqualValues(t, rent(129), c.gain("eve", c.closeCommitment("eve", 0, subject)), fmt.Sprintf("of %q", subject))
	}
}

package round_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// played returns a chain with a finalized round under a rule (base 50 %), in which trainers score so much in turn.
func played(t testing.TB, rule uint8, scores ...uint32) *chain {
	o := terms()
	o.rule, o.minPre, o.minPost = rule, 3, 3
	c := opened(t, o)
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.prevalidate(v, 0, 5000))
	}
	for i, score := range scores {
		c.ok(c.createProfile(trainers[i]), c.submit(trainers[i], 0, gradientCID))
		for _, v := range []string{"ann", "ben", "cat"} {
			c.ok(c.postvalidate(v, 0, trainers[i], score))
		}
	}
	c.ok(c.finalize("creator", 0))
	return c
}

// marginal is a round under rule 1.
func marginal(t testing.TB, scores ...uint32) *chain { return played(t, 1, scores...) }

// Under rule 1 a gradient is paid for what it adds to the best one before it: a copy, and what is worse, earns nothing.
func TestMarginalRule(t *testing.T) {
	c := marginal(t, 6000, 6000, 5500, 8000)
	r := c.data(c.round(0))
	require.EqualValues(t, 3000, r.u64(145))
	require.EqualValues(t, 2, r.u8(285))
	const pool = sol - sol/10
	require.EqualValues(t, net(pool*1000/3000), c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, 0, c.gain("tim", c.claim("tim", 0)))
	require.EqualValues(t, 0, c.gain("tia", c.claim("tia", 0)))
	require.EqualValues(t, net(pool*2000/3000), c.gain("ted", c.claim("ted", 0)))
	require.EqualValues(t, 2, c.data(c.vault(0)).u8(56), "only claims with an improvement count")
	require.EqualValues(t, 500, c.data(c.profile("tim")).u16(40), "better than the base is better than the base")
}

func TestMarginalRuleWithoutImprovement(t *testing.T) {
	c := marginal(t, 5000, 4000)
	r := c.data(c.round(0))
	require.Zero(t, r.u64(145))
	require.Zero(t, r.u8(285))
	require.EqualValues(t, 0, c.gain("tom", c.claim("tom", 0)))
	const each = sol / 10 / 32
	require.EqualValues(t, sol-9*each, c.gain("creator", c.withdraw("creator", 0)))
}

// A gradient that nobody scored counts for nothing, for those after it too.
func TestMarginalRuleSkipsWhatHasNoConsensus(t *testing.T) {
	o := terms()
	o.rule, o.minPre, o.minPost = 1, 3, 3
	c := opened(t, o)
	c.profiles("tom", "tim")
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.prevalidate(v, 0, 5000))
	}
	c.ok(c.submit("tom", 0, gradientCID), c.submit("tim", 0, gradientCID))
	c.ok(c.postvalidate("ann", 0, "tom", 9000))
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.postvalidate(v, 0, "tim", 6000))
	}
	c.at(7200)
	c.ok(c.force("eve", 0))
	require.EqualValues(t, 0, c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, net(sol-sol/10), c.gain("tim", c.claim("tim", 0)))
}

// The last of 255 gradients is paid for what it adds to all of them, within the compute budget of any other claim.
func TestMarginalRuleOver255Gradients(t *testing.T) {
	c, names := crowded(t, 1, func(i int) uint32 { return uint32(5001 + i) })
	res := c.ok(c.finalize("creator", 0))
	require.Less(t, res.ComputeUnits, uint64(30_000))
	require.EqualValues(t, 255, c.data(c.round(0)).u64(145))
	require.EqualValues(t, 255, c.data(c.round(0)).u8(285))
	before := c.balance(names[254])
	res = c.ok(c.claim(names[254], 0))
	require.Less(t, res.ComputeUnits, uint64(30_000))
	require.EqualValues(t, net((sol-sol/10)/255), c.balance(names[254])-before)
	t.Logf("finalize and claim with 255 gradients: the claim took %d compute units", res.ComputeUnits)
}

package round_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// winRate is a round under rule 2.
func winRate(t testing.TB, scores ...uint32) *chain { return played(t, 2, scores...) }

// Under rule 2 those with half of the best improvement share the pool by how many of each other they beat, not by how much.
func TestWinRate(t *testing.T) {
	c := winRate(t, 6000, 5500, 5500, 5499)
	r := c.data(c.round(0))
	require.EqualValues(t, 3, r.u8(285))
	require.EqualValues(t, 2000, r.u64(145), "of those who compete")
	const pool = sol - sol/10
	emits(t, c.ok(c.claim("ted", 0)), event("TrainerRewardClaimed", uint64(0), c.pub("ted"), uint64(0), uint32(0)),
		event("RatingSettled", uint64(0), c.pub("ted"), uint16(500), uint16(500)))
	require.EqualValues(t, net(pool*6/12), c.gain("tom", c.claim("tom", 0)))
	emits(t, c.ok(c.claim("tim", 0)), event("TrainerRewardClaimed", uint64(0), c.pub("tim"), uint64(net(pool*3/12)), uint32(500)),
		event("RatingSettled", uint64(0), c.pub("tim"), uint16(500), uint16(500)))
	require.EqualValues(t, net(pool*3/12), c.gain("tia", c.claim("tia", 0)))
	require.EqualValues(t, 3, c.data(c.vault(0)).u8(56), "only claims with a share count")
	require.EqualValues(t, 1, c.data(c.profile("ted")).u32(46), "better than the base is better than the base")
}

func TestWinRateWithoutImprovement(t *testing.T) {
	c := winRate(t, 5000, 4000)
	r := c.data(c.round(0))
	require.Zero(t, r.u64(145))
	require.Zero(t, r.u8(285))
	require.EqualValues(t, 0, c.gain("tom", c.claim("tom", 0)))
	const each = sol / 10 / 32
	require.EqualValues(t, sol-9*each, c.gain("creator", c.withdraw("creator", 0)))
}

// setConsensus writes the consensuses of a round's gradients, as if so much had been scored; 0 stands for none.
func (c *chain) setConsensus(id uint64, scores []uint16) {
	c.t.Helper()
	change := func(key solana.PublicKey, f func([]byte)) {
		a, ok := c.bank.Account(key)
		require.True(c.t, ok)
		a = a.Clone()
		f(a.Data)
		require.NoError(c.t, c.bank.SetAccount(key, a))
	}
	change(c.round(id), func(data []byte) {
		for i, s := range scores {
			if s == 0 {
				s = 65_535
			}
			binary.LittleEndian.PutUint16(data[334+2*i:], s)
		}
	})
	for i, s := range scores {
		change(c.gradient(id, trainers[i]), func(data []byte) {
			binary.LittleEndian.PutUint64(data[122:], uint64(max(int(s)-5000, 0)))
		})
	}
}

// Every pattern of four scores around a base of 50 %: what each is paid is what the definition says, to the lamport, in
// plain and in sealed rounds, and all of the reward goes out.
func TestEveryPatternOfTheWinRate(t *testing.T) {
	values := []uint16{0, 5000, 5001, 5002, 5003}
	plain := terms()
	plain.rule, plain.minPre, plain.minPost = 2, 3, 3
	p := opened(t, plain)
	for _, v := range validators[:3] {
		p.ok(p.prevalidate(v, 0, 5000))
	}
	p.profiles(trainers...)
	for _, name := range trainers {
		p.ok(p.submit(name, 0, gradientCID))
	}
	p.at(7200)
	o := sealedTerms()
	o.rule = 2
	s := sealedRound(t, o, sealedFair(), trainers...)
	s.scoreSealed(0, map[string]map[string]uint32{"": by(5000, 5000, 5000)})
	s.at(sealedEnds)
	for name, c := range map[string]*chain{"plain": p, "sealed": s} {
		t.Run(name, func(t *testing.T) {
			c = c.on(t)
			here := c.bank.Snapshot()
			bond := c.data(c.round(0)).u64(856)
			step := 1
			if testing.Short() {
				step = 17
			}
			for n := 0; n < 5*5*5*5; n += step {
				c.bank.Restore(here)
				scores := []uint16{values[n%5], values[n/5%5], values[n/25%5], values[n/125]}
				c.setConsensus(0, scores)
				c.ok(c.force("eve", 0))
				c.paysWins(scores, bond)
			}
		})
	}
}

// paysWins requires that claims pay what the definition makes of the scores of four gradients.
func (c *chain) paysWins(scores []uint16, bond uint64) {
	c.t.Helper()
	const pool = sol - sol/10
	gains, losers := make([]int, len(scores)), 0
	for i, s := range scores {
		gains[i] = max(int(s)-5000, 0)
		if s > 0 && s <= 5000 {
			losers++
		}
	}
	gains = competing(gains)
	weights, total := wins(gains)
	sum, n := 0, 0
	for _, g := range gains {
		sum += g
		if g > 0 {
			n++
		}
	}
	require.Equal(c.t, n*(n+1), total)
	r := c.data(c.round(0))
	require.EqualValues(c.t, sum, r.u64(145), "%v", scores)
	require.EqualValues(c.t, n, r.u8(285), "%v", scores)
	for i, w := range weights {
		want := int64(0)
		if w > 0 {
			want = net(int64(portion(pool, w, total)))
		}
		if s := scores[i]; s == 0 || s > 5000 {
			want += int64(bond)
		}
		require.EqualValues(c.t, want, c.gain(trainers[i], c.claim(trainers[i], 0)), "%s of %v", trainers[i], scores)
	}
	claims := n
	if bond > 0 {
		claims = len(scores) - losers
	}
	require.EqualValues(c.t, claims, c.data(c.vault(0)).u8(56), "%v", scores)
	c.paysTheRest(uint64(losers) * bond)
}

// paysTheRest requires that the scores of the base are all that is owed once the trainers have claimed.
func (c *chain) paysTheRest(lost uint64) {
	c.t.Helper()
	among := uint64(3)
	if c.data(c.round(0)).u8(285) == 0 {
		among = 32
	}
	v := sol/10/among + lost/3
	for _, name := range validators[:3] {
		require.EqualValues(c.t, v-v/50, c.gain(name, c.claimPre(name, 0)))
	}
	c.ok(c.withdraw("creator", 0))
	c.gone(c.vault(0))
}

// The last of 255 gradients beats all others; finalizing and claiming cost what other instructions do.
func TestWinRateOver255Gradients(t *testing.T) {
	c, names := crowded(t, 2, func(i int) uint32 { return uint32(7000 + i) })
	res := c.ok(c.finalize("creator", 0))
	require.Less(t, res.ComputeUnits, uint64(16_000))
	require.EqualValues(t, 255, c.data(c.round(0)).u8(285))
	const pool = sol - sol/10
	for _, i := range []int{0, 1, 127, 254} {
		before := c.balance(names[i])
		res = c.ok(c.claim(names[i], 0))
		require.Less(t, res.ComputeUnits, uint64(16_000))
		require.EqualValues(t, net(int64(portion(pool, 2*i+2, 255*256))), c.balance(names[i])-before)
	}
}

// crowded returns a chain whose round 0 has 255 scored gradients under a rule, and their trainers.
func crowded(t testing.TB, rule uint8, score func(i int) uint32) (*chain, []string) {
	o := terms()
	o.rule, o.minPre, o.minPost = rule, 3, 3
	c := opened(t, o)
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.prevalidate(v, 0, 5000))
	}
	names := make([]string, 255)
	for i := range names {
		names[i] = fmt.Sprint("trainer ", i)
		c.ok(c.createProfile(names[i]), c.submit(names[i], 0, gradientCID))
		for _, v := range []string{"ann", "ben", "cat"} {
			c.ok(c.postvalidate(v, 0, names[i], score(i)))
		}
	}
	return c, names
}

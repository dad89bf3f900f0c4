package round_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// opened returns a chain with round 0 under these terms.
func opened(t testing.TB, o options) *chain {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o))
	return c
}

// training returns a chain whose round 0 has a base of 50 % by one validator, and profiles of tom, tim and tia.
func training(t testing.TB) *chain {
	c := opened(t, terms())
	c.ok(c.prevalidate("ann", 0, 5000))
	c.profiles("tom", "tim", "tia")
	return c
}

func (c *chain) profiles(names ...string) {
	for _, name := range names {
		c.ok(c.createProfile(name))
	}
}

func TestPrevalidateWritesTheScore(t *testing.T) {
	c := opened(t, terms())
	c.ok(c.prevalidate("ann", 0, 8512))
	p := c.data(c.pre(0, "ann"))
	require.Len(t, p, 55)
	require.EqualValues(t, 0, p.u64(8))
	require.Equal(t, c.pub("ann"), p.key(16))
	require.EqualValues(t, 8512, p.u32(48))
	require.EqualValues(t, 0, p.u8(52))
	require.EqualValues(t, 0, p.u8(54))
	c.fails(c.prevalidate("ann", 0, 8512), 0)
}

func TestAccuracyRange(t *testing.T) {
	c := training(t)
	c.ok(c.prevalidate("ben", 0, 10_000))
	c.ok(c.prevalidate("cat", 0, 0))
	c.fails(c.prevalidate("dan", 0, 10_001), 6015)
	c.fails(c.prevalidate("dan", 0, math.MaxUint32), 6015)
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.postvalidate("ann", 0, "tom", 10_001), 6015)
	c.fails(c.postvalidate("ann", 0, "tom", 65_536), 6015)
	c.ok(c.postvalidate("ann", 0, "tom", 10_000))
}

// The median, of all numbers of validations, in any order of arrival.
func TestConsensusIsTheMedian(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	scores := []uint32{7000, 7000, 100, 10_000, 6999, 0, 5001, 8000, 7001, 2, 9999, 3000, 7500, 7499, 6000, 1, 4321, 7000, 6998, 8888, 10_000, 0, 5000, 5002}
	var sum uint64
	for i, score := range scores {
		c.ok(c.postvalidate(fmt.Sprint("v", i), 0, "tom", score))
		sum += uint64(score)
		sorted := slices.Sorted(slices.Values(scores[:i+1]))
		n := i + 1
		median := (sorted[(n-1)/2] + sorted[n/2]) / 2

		g, r := c.data(c.gradient(0, "tom")), c.data(c.round(0))
		require.EqualValues(t, n, g.u8(113))
		require.Equal(t, sum, g.u64(114))
		require.EqualValues(t, median, g.u16(142))
		for j, want := range sorted {
			require.EqualValues(t, want, g.u16(144+2*j))
		}
		improvement := uint64(max(int(median)-5000, 0))
		require.Equal(t, improvement, g.u64(122))
		require.Equal(t, improvement, r.u64(145))
		require.EqualValues(t, n+1, r.u16(143))
		improving := 0
		if improvement > 0 {
			improving = 1
		}
		require.EqualValues(t, improving, r.u8(285))
		kept := uint16(math.MaxUint16)
		if n >= 3 {
			kept = uint16(median)
		}
		require.Equal(t, kept, r.u16(334))
	}
	c.fails(c.postvalidate("late", 0, "tom", 5000), 6017)
}

func TestBaseConsensus(t *testing.T) {
	c := opened(t, terms())
	for i, want := range []uint64{10, 1010, 2010, 2005, 2000} {
		c.ok(c.prevalidate(fmt.Sprint("v", i), 0, []uint32{10, 2010, 9000, 2000, 0}[i]))
		require.Equal(t, want, c.data(c.round(0)).u64(153))
	}
	for i := 5; i < 24; i++ {
		c.ok(c.prevalidate(fmt.Sprint("v", i), 0, 5000))
	}
	c.fails(c.prevalidate("late", 0, 5000), 6017)
	r := c.data(c.round(0))
	require.EqualValues(t, 24, r.u8(133))
	require.EqualValues(t, 10+2010+9000+2000+19*5000, r.u64(134))
	require.EqualValues(t, 5000, r.u64(153))
}

func TestPrevalidationCloses(t *testing.T) {
	c := training(t)
	c.at(3599)
	c.ok(c.prevalidate("ben", 0, 5000))
	c.at(3600)
	c.fails(c.prevalidate("cat", 0, 5000), 6008)
	c.at(0)
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.prevalidate("cat", 0, 5000), 6008)
}

func TestConflictsOfInterest(t *testing.T) {
	c := training(t)
	c.profiles("creator")
	c.fails(c.prevalidate("creator", 0, 1), 6018)
	c.fails(c.submit("creator", 0, gradientCID), 6018)
	c.ok(c.submit("tom", 0, gradientCID), c.submit("tim", 0, gradientCID))
	c.fails(c.postvalidate("creator", 0, "tom", 9000), 6018)
	c.fails(c.postvalidate("tom", 0, "tom", 9000), 6018)
	c.ok(c.postvalidate("tom", 0, "tim", 9000))
}

func TestStakeMinimum(t *testing.T) {
	o := terms()
	o.stake = 2 * sol
	c := opened(t, o)
	c.fails(c.prevalidate("ann", 0, 5000), 6016)
	require.NoError(t, c.bank.Fund(c.stakeOf("ann"), 5*sol))
	c.fails(c.prevalidate("ann", 0, 5000), 6016) // lamports sent to the address are no stake
	c.ok(c.stake("ann", 2*sol-1))
	c.fails(c.prevalidate("ann", 0, 5000), 6016)
	c.ok(c.stake("ann", 1))
	c.ok(c.prevalidate("ann", 0, 5000))
	c.profiles("tom")
	c.ok(c.submit("tom", 0, gradientCID))
	c.ok(c.unstake("ann", 1))
	c.fails(c.postvalidate("ann", 0, "tom", 5000), 6016) // what is unlocking does not count
	c.ok(c.stake("ann", 1))
	c.ok(c.postvalidate("ann", 0, "tom", 5000))
}

// Whose stake account was never created may send its address with any lamports, but no other address.
func TestAbsentStakeAccount(t *testing.T) {
	c := opened(t, terms())
	require.NoError(t, c.bank.Fund(c.stakeOf("ann"), 7))
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.prevalidate("ben", 0, 5000).with(1, c.stakeOf("ann")), 2006)
	c.fails(c.prevalidate("ben", 0, 5000).with(1, c.pub("eve")), 2006)
	c.fails(c.prevalidate("ben", 0, 5000).with(1, treasury), 2006)
}

func TestSubmitWritesTheGradient(t *testing.T) {
	c := training(t)
	c.warp(10)
	c.ok(c.submit("tom", 0, gradientCID))
	c.ok(c.submit("tim", 0, gradientCID[:46]))
	g := c.data(c.gradient(0, "tim"))
	require.Len(t, g, 200)
	require.EqualValues(t, 0, g.u64(8))
	require.Equal(t, c.pub("tim"), g.key(16))
	require.Equal(t, gradientCID[:46], string(g[48:94]))
	require.EqualValues(t, 46, g.u8(112))
	require.Equal(t, make([]byte, 19), []byte(g[113:132]))
	require.EqualValues(t, 1, g.u8(133))
	require.EqualValues(t, start+10, g.i64(134))
	r := c.data(c.round(0))
	require.EqualValues(t, 2, r.u8(142))
	require.EqualValues(t, 2, r.u8(284))
	c.fails(c.submit("tom", 0, gradientCID), 0)
}

func TestSubmitNeedsAnotherCID(t *testing.T) {
	c := training(t)
	c.fails(c.submit("tom", 0, modelCID), 6001)
	c.fails(c.submit("tom", 0, ""), 6001)
	c.fails(c.submit("tom", 0, gradientCID[:45]), 6001)
	c.fails(c.submit("tom", 0, gradientCID+gradientCID), 6001)
	c.ok(c.submit("tom", 0, modelCID[:58])) // a prefix of the model's is another one
}

func TestSubmitNeedsTheBaseQuorum(t *testing.T) {
	o := terms()
	o.minPre, o.baseWindow = 2, 100
	c := opened(t, o)
	c.profiles("tom")
	c.at(100)
	c.fails(c.submit("tom", 0, gradientCID), 6005)
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.submit("tom", 0, gradientCID), 6005)
	c.ok(c.prevalidate("ben", 0, 5000))
	c.at(99)
	c.fails(c.submit("tom", 0, gradientCID), 6005)
	c.at(100)
	c.ok(c.submit("tom", 0, gradientCID))
}

func TestSubmissionsCloseBeforeTheDeadline(t *testing.T) {
	c := training(t)
	c.at(3599)
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(3600)
	c.fails(c.submit("tim", 0, gradientCID), 6019)
	c.at(20_000)
	c.fails(c.submit("tim", 0, gradientCID), 6019)
}

func TestSubmitNeedsAProfile(t *testing.T) {
	c := training(t)
	c.fails(c.submit("new", 0, gradientCID), 3012)
	c.fails(c.submit("new", 0, gradientCID).with(1, c.profile("tom")), 2006)
}

func TestGradientsOfOneRoundAreNotAnothers(t *testing.T) {
	c := training(t)
	c.ok(c.create("creator", 1, sol))
	c.ok(c.prevalidate("ann", 1, 5000))
	c.ok(c.submit("tom", 0, gradientCID), c.submit("tom", 1, gradientCID))
	mixed := c.postvalidate("ann", 0, "tom", 9000).with(2, c.gradient(1, "tom"))
	c.fails(mixed, 2006)
	c.fails(mixed.with(0, c.round(1)), 2006)
}

// The 256th trainer finds no place; the 255 others are counted exactly.
func TestTrainerSlots(t *testing.T) {
	c := training(t)
	for i := range 255 {
		name := fmt.Sprint("trainer", i)
		c.ok(c.createProfile(name), c.submit(name, 0, gradientCID))
	}
	c.fails(c.submit("tom", 0, gradientCID), 6028)
	r := c.data(c.round(0))
	require.EqualValues(t, 255, r.u8(142))
	require.EqualValues(t, 255, r.u8(284))
	require.EqualValues(t, 254, c.data(c.gradient(0, "trainer254")).u8(133))
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.postvalidate(v, 0, "trainer254", 9000))
	}
	require.EqualValues(t, 9000, c.data(c.round(0)).u16(334+2*254))
	require.EqualValues(t, 254, c.data(c.round(0)).u8(284))
	require.EqualValues(t, 0, c.data(c.round(0)).u64(844), "nothing is written behind the last place")
}

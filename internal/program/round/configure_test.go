package round_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

const day = 86_400

func TestConfigureWritesItsTerms(t *testing.T) {
	c := newChain(t)
	o := options{deadline: start + 20_000, baseWindow: 100, window: 200, commit: 300, minPre: 3, minPost: 24, stake: 5, rule: 1}
	res := c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o))
	require.NotEmpty(t, res.Logs)
	r := c.data(c.round(0))
	require.Equal(t, args("", int64(200), int64(100), int64(300), uint8(3), uint8(24), uint64(5))[8:], []byte(r[200:234]))
	require.EqualValues(t, start+20_000, r.i64(256))
	require.EqualValues(t, 0, r.u8(272))
	require.EqualValues(t, 1, r.u8(273))
	require.EqualValues(t, 0, r.i64(274))

	o.reveal, o.stake = true, 0
	c.ok(c.configure("creator", 0, o))
	r = c.data(c.round(0))
	require.EqualValues(t, 1, r.u8(272))
	require.EqualValues(t, start+600, r.i64(274), "nobody finalizes before the reveals of the base model are over")
	require.Zero(t, r.u64(226), "the creator may lower a stake again, down to the protocol's")
	o.reveal = false
	c.ok(c.configure("creator", 0, o))
	require.EqualValues(t, 0, c.data(c.round(0)).i64(274))
}

func TestConfigureRanges(t *testing.T) {
	const year = 365 * day
	for name, test := range map[string]struct {
		change func(*options)
		ok     bool
	}{
		"unchanged":                 {func(o *options) {}, true},
		"earliest deadline":         {func(o *options) { o.deadline = start + 60 + 3600 }, true},
		"deadline too early":        {func(o *options) { o.deadline = start + 59 + 3600 }, false},
		"opening counts":            {func(o *options) { o.baseWindow, o.deadline = 500, start+60+3600+499 }, false},
		"opening fits":              {func(o *options) { o.baseWindow, o.deadline = 500, start+60+3600+500 }, true},
		"reveals count":             {func(o *options) { o.reveal, o.deadline = true, start+60+3600+1199 }, false},
		"reveals fit":               {func(o *options) { o.reveal, o.deadline = true, start+60+3600+1200 }, true},
		"reveals without a window":  {func(o *options) { o.reveal, o.commit = true, 0 }, false},
		"latest deadline":           {func(o *options) { o.deadline = start + 30*day }, true},
		"deadline too late":         {func(o *options) { o.deadline = start + 30*day + 1 }, false},
		"deadline overflow":         {func(o *options) { o.deadline = math.MaxInt64 }, false},
		"negative deadline":         {func(o *options) { o.deadline = math.MinInt64 }, false},
		"negative window":           {func(o *options) { o.window = -1 }, false},
		"window overflow":           {func(o *options) { o.window = math.MaxInt64 }, false},
		"negative base window":      {func(o *options) { o.baseWindow = -1 }, false},
		"commit window of a year":   {func(o *options) { o.commit = year }, true},
		"commit window over a year": {func(o *options) { o.commit = year + 1 }, false},
		"no pre quorum":             {func(o *options) { o.minPre = 0 }, false},
		"pre quorum 24":             {func(o *options) { o.minPre = 24 }, true},
		"pre quorum 25":             {func(o *options) { o.minPre = 25 }, false},
		"no post quorum":            {func(o *options) { o.minPost = 0 }, false},
		"post quorum 25":            {func(o *options) { o.minPost = 25 }, false},
		"rule 1":                    {func(o *options) { o.rule, o.minPre, o.minPost = 1, 3, 3 }, true},
		"rule 1, pre quorum 2":      {func(o *options) { o.rule, o.minPre, o.minPost = 1, 2, 3 }, false},
		"rule 1, post quorum 2":     {func(o *options) { o.rule, o.minPre, o.minPost = 1, 3, 2 }, false},
		"rule 2":                    {func(o *options) { o.rule, o.minPre, o.minPost = 2, 3, 3 }, true},
		"rule 2, pre quorum 2":      {func(o *options) { o.rule, o.minPre, o.minPost = 2, 2, 3 }, false},
		"rule 2, post quorum 2":     {func(o *options) { o.rule, o.minPre, o.minPost = 2, 3, 2 }, false},
		"rule 3":                    {func(o *options) { o.rule, o.minPre, o.minPost = 3, 3, 3 }, false},
		"stake within the cooldown": {func(o *options) { o.stake, o.deadline = 1, start+day-43_200 }, true},
		"stake beyond the cooldown": {func(o *options) { o.stake, o.deadline = 1, start+day-43_199 }, false},
		"the largest stake":         {func(o *options) { o.stake = math.MaxUint64 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			c.ok(c.create("creator", 0, sol))
			o := terms()
			test.change(&o)
			if test.ok {
				c.ok(c.configure("creator", 0, o))
			} else {
				c.fails(c.configure("creator", 0, o), 6026)
			}
		})
	}
}

// Scores may be revealed after the deadline. An outlier that asks for its stake back the moment it revealed, in the
// longest round there can be, can still be slashed when that round is over.
func TestStakesOutlastTheReveals(t *testing.T) {
	c := newChain(t)
	p := defaults()
	p.cooldown = 8 * day
	c.ok(c.update("authority", p))
	c.ok(c.create("creator", 0, sol))
	const window = 2 * day
	o := terms()
	o.reveal, o.stake, o.commit, o.window, o.minPre, o.minPost = true, 2*sol, window, 3600, 3, 3
	o.deadline = start + 8*day - window + 3600 - 21_600 + 1
	c.fails(c.configure("creator", 0, o), 6026)
	o.reveal = false
	c.ok(c.configure("creator", 0, o)) // plain scores come before the deadline
	o.reveal = true
	o.deadline--
	c.ok(c.configure("creator", 0, o))

	c.profiles("tom")
	names := []string{"ann", "ben", "cat", "zoe"}
	base := map[string]uint32{"ann": 5000, "ben": 5000, "cat": 5000, "zoe": 9000}
	for _, v := range names {
		c.ok(c.stake(v, 2*sol), c.commit(v, 0, "", base[v]))
	}
	c.at(window)
	for _, v := range names {
		c.ok(c.revealPre(v, 0, base[v]))
	}
	c.ok(c.unstake("zoe", 2*sol))
	c.at(o.deadline - start - 3600 - 1) // the last second for a gradient
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(o.deadline - start - 3600 - 1 + 2*window - 1)
	c.fails(c.force("eve", 0), 6012)
	c.warp(1)
	c.ok(c.force("eve", 0))
	c.warp(21_600)
	c.fails(c.withdrawStake("zoe"), 6024)
	require.EqualValues(t, 2*sol/100, c.gain("eve", c.slash("eve", 0, c.pre(0, "zoe"), "zoe")))
	c.warp(1)
	require.EqualValues(t, 2*sol-2*sol/10, c.gain("zoe", c.withdrawStake("zoe")))
}

func TestConfigureFlagIsABool(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	k := c.configure("creator", 0, terms())
	k.data[len(k.data)-2] = 2
	c.fails(k, 102)
}

func TestConfigureNotBelowTheProtocolsStake(t *testing.T) {
	c := newChain(t)
	p := defaults()
	p.minStake = 10
	c.ok(c.update("authority", p))
	c.ok(c.create("creator", 0, sol))
	o := terms()
	c.fails(c.configure("creator", 0, o), 6026)
	o.stake = 9
	c.fails(c.configure("creator", 0, o), 6026)
	o.stake = 10
	c.ok(c.configure("creator", 0, o))
}

func TestConfigureOnlyWhileNobodyTookPart(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.configure("creator", 0, terms()), 6004)
	c.ok(c.create("creator", 1, sol))
	o := terms()
	o.reveal = true
	c.ok(c.configure("creator", 1, o))
	c.ok(c.commit("ann", 1, "", 5000))
	c.fails(c.configure("creator", 1, o), 6032)
	c.fails(c.cancel("creator", 1), 6004)
}

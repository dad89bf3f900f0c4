package round_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// What configure_fair writes, configure_round takes back: the round is plain again, byte for byte.
func TestConfigureFairUntilConfiguredAnew(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol), c.configure("creator", 0, terms()))
	plain := c.data(c.round(0))
	require.Equal(t, make([]byte, 992-852), []byte(plain[852:]))
	c.ok(c.configureFair("creator", 0, fair{tolerance: 20, deadline: start + 9000}))
	c.ok(c.configureFair("creator", 0, fair{tolerance: 30, deadline: start + 9100, task: 1, slots: 77}))
	r := c.data(c.round(0))
	require.EqualValues(t, 1, r.u8(853))
	require.EqualValues(t, 77, r.u32(868))
	require.EqualValues(t, 30, r.u16(242))
	require.EqualValues(t, start+9100, r.i64(256))
	require.NotZero(t, r.u64(872), "the slot")
	require.EqualValues(t, 500, r.u16(962), "the protocol's own, not what the first call set")
	require.EqualValues(t, 0, r.u8(852))
	c.ok(c.configure("creator", 0, terms()))
	require.Equal(t, plain, c.data(c.round(0)))
}

func TestConfigureFairRanges(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fair)
		ok     bool
	}{
		"unchanged":         {func(o *fair) {}, true},
		"tolerance 20":      {func(o *fair) { o.tolerance = 20 }, true},
		"tolerance 19":      {func(o *fair) { o.tolerance = 19 }, false},
		"tolerance 10,000":  {func(o *fair) { o.tolerance = 10_000 }, true},
		"tolerance 10,001":  {func(o *fair) { o.tolerance = 10_001 }, false},
		"earliest deadline": {func(o *fair) { o.deadline = start + 60 + 3600 }, true},
		"deadline too soon": {func(o *fair) { o.deadline = start + 59 + 3600 }, false},
		"latest deadline":   {func(o *fair) { o.deadline = start + 30*day }, true},
		"deadline too late": {func(o *fair) { o.deadline = start + 30*day + 1 }, false},
		"deadline overflow": {func(o *fair) { o.deadline = math.MaxInt64 }, false},
		"negative deadline": {func(o *fair) { o.deadline = math.MinInt64 }, false},
		"data":              {func(o *fair) { o.task = 1 }, true},
		"unknown task":      {func(o *fair) { o.task = 2 }, false},
		"a submission slot": {func(o *fair) { o.slots = 1 }, true},
		"all the slots":     {func(o *fair) { o.slots = math.MaxUint32 }, true},
		"open, committee":   {func(o *fair) { o.committee = 16 }, false},
		"open, bond":        {func(o *fair) { o.bond = 1 }, false},
		"open, publication": {func(o *fair) { o.publish = 1 }, false},
		"open, holdout":     {func(o *fair) { o.holdout[31] = 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			c.ok(c.create("creator", 0, sol), c.configure("creator", 0, terms()))
			o := fair{tolerance: 500, deadline: start + 9000}
			test.change(&o)
			if test.ok {
				c.ok(c.configureFair("creator", 0, o))
			} else {
				c.fails(c.configureFair("creator", 0, o), 6026)
			}
		})
	}
}

func TestConfigureFairOnlyWhileNobodyTookPart(t *testing.T) {
	c := newChain(t)
	o := fair{tolerance: 500, deadline: start + 9000}
	c.ok(c.create("creator", 0, sol))
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.configureFair("creator", 0, o), 6004)
	c.ok(c.create("creator", 1, sol))
	reveal := terms()
	reveal.reveal = true
	c.ok(c.configure("creator", 1, reveal))
	c.ok(c.commit("ann", 1, "", 5000))
	c.fails(c.configureFair("creator", 1, o), 6032)
	c.ok(c.create("creator", 2, sol))
	c.ok(c.cancel("creator", 2))
	c.fails(c.configureFair("creator", 2, o), 6003)
	k := c.configureFair("creator", 1, o)
	k.data[16] = 2
	c.fails(k, 102)
}

// The stake must stay locked beyond the new deadline too.
func TestConfigureFairKeepsStakesLocked(t *testing.T) {
	c := newChain(t)
	o := terms()
	o.stake = sol
	c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o))
	c.ok(c.configureFair("creator", 0, fair{tolerance: 20, deadline: start + day - 43_200}))
	c.fails(c.configureFair("creator", 0, fair{tolerance: 20, deadline: start + day - 43_199}), 6026)
}

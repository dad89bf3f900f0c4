package round_test

import (
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

func TestUpdateProtocolConcernsLaterRounds(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	before := c.data(c.round(0))
	p := params{1000, 10_000, 90_000, 10, 20, 30, 2, 3, 4, 5, 200_000, 6, 7, 8, 9}
	c.ok(c.update("authority", p))
	require.Equal(t, p.encode(), []byte(c.data(c.counter())[113:189]))
	require.Equal(t, before, c.data(c.round(0)))
	c.ok(c.create("creator", 1, sol))
	r := c.data(c.round(1))
	want := args("", p.fee, p.validatorShare, p.window, p.baseWindow, p.commitWindow, p.minPre, p.minPost, p.minStake, p.cooldown, p.tolerance, p.slash, p.reporterShare, p.claimPeriod, int64(start+90_000))[8:]
	require.Equal(t, want, []byte(r[196:264]))
	require.EqualValues(t, 5, r.u64(844))
	require.Equal(t, treasury, r.key(164), "the treasury stays")
}

func TestUpdateProtocolRanges(t *testing.T) {
	const year = 365 * day
	for name, test := range map[string]struct {
		change func(*params)
		ok     bool
	}{
		"fee":               {func(p *params) { p.fee = 1000 }, true},
		"fee over 10 %":     {func(p *params) { p.fee = 1001 }, false},
		"validators' share": {func(p *params) { p.validatorShare = 10_001 }, false},
		"tolerance":         {func(p *params) { p.tolerance = 10_001 }, false},
		"slash":             {func(p *params) { p.slash = 10_001 }, false},
		"reporter's share":  {func(p *params) { p.reporterShare = 10_001 }, false},
		"all of each": {func(p *params) {
			p.validatorShare, p.tolerance, p.slash, p.reporterShare = 10_000, 10_000, 10_000, 10_000
		}, true},
		"negative deadline":        {func(p *params) { p.forceAfter = -1 }, false},
		"window over a year":       {func(p *params) { p.window = year + 1 }, false},
		"base window overflow":     {func(p *params) { p.baseWindow = math.MaxInt64 }, false},
		"commit window negative":   {func(p *params) { p.commitWindow = math.MinInt64 }, false},
		"claim period of a year":   {func(p *params) { p.claimPeriod = year }, true},
		"claim period over":        {func(p *params) { p.claimPeriod = year + 1 }, false},
		"no times":                 {func(p *params) { p.forceAfter, p.window, p.commitWindow, p.claimPeriod = 0, 0, 0, 0 }, true},
		"no quorum":                {func(p *params) { p.minPre = 0 }, false},
		"quorum 25":                {func(p *params) { p.minPost = 25 }, false},
		"quorums 24":               {func(p *params) { p.minPre, p.minPost = 24, 24 }, true},
		"cooldown lowered":         {func(p *params) { p.cooldown = day - 1 }, false},
		"cooldown of a year":       {func(p *params) { p.cooldown = year }, true},
		"cooldown over":            {func(p *params) { p.cooldown = year + 1 }, false},
		"stake":                    {func(p *params) { p.minStake = math.MaxUint64 }, true},
		"stake that unlocks early": {func(p *params) { p.minStake, p.forceAfter = 1, 43_201 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			p := defaults()
			test.change(&p)
			if test.ok {
				c.ok(c.update("authority", p))
			} else {
				c.fails(c.update("authority", p), 6026)
			}
		})
	}
}

func TestUpdateProtocolTreasury(t *testing.T) {
	c := newChain(t)
	c.fails(c.updateTreasury("authority", defaults(), c.counter()), 3011)
	c.fails(c.updateTreasury("authority", defaults(), c.id).change(2, func(m *solana.AccountMeta) {
		m.PublicKey, m.IsWritable = c.pub("next"), false
	}), 2000)
	c.ok(c.update("authority", defaults()))
	k := c.updateTreasury("authority", defaults(), c.id)
	c.ok(k.change(2, func(m *solana.AccountMeta) { m.IsWritable = false })) // Anchor's placeholder for none
	require.Equal(t, treasury, c.data(c.counter()).key(81))
	fresh := solana.MustPublicKeyFromBase58("3yZe7d4BKJZ6uWRBZbWyMbMPAMVCPhYHqtUyqoRRv4ce")
	c.ok(c.updateTreasury("authority", defaults(), fresh))
	require.Equal(t, fresh, c.data(c.counter()).key(81))
}

func TestAuthorityHandOver(t *testing.T) {
	c := newChain(t)
	c.fails(c.update("eve", defaults()), 2001)
	c.fails(c.propose("eve", c.pub("eve")), 2001)
	c.fails(c.accept("eve"), 2001)
	c.ok(c.propose("authority", c.pub("next")))
	require.Equal(t, c.pub("next"), c.data(c.counter()).key(49))
	c.fails(c.accept("eve"), 2001)
	c.fails(c.update("next", defaults()), 2001)
	c.ok(c.propose("authority", solana.PublicKey{}))
	c.fails(c.accept("next"), 2001)
	c.ok(c.propose("authority", c.pub("next")))
	c.ok(c.accept("next"))
	require.Equal(t, c.pub("next"), c.data(c.counter()).key(17))
	require.Equal(t, solana.PublicKey{}, c.data(c.counter()).key(49))
	c.fails(c.accept("next"), 2001)
	c.fails(c.update("authority", defaults()), 2001)
	c.ok(c.update("next", defaults()))
}

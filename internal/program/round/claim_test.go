package round_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// finished returns a chain whose round 0 (reward 1 SOL + 77 lamports, base 50 %) is finalized: tom improved by 20 %, tim
// by 10 %, tia got worse. ann, ben and cat scored everything alike, but cat was 30 % off on tom.
func finished(t testing.TB) *chain {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol+77))
	play(c)
	return c
}

func play(c *chain) {
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.prevalidate(v, 0, 5000))
	}
	for trainer, score := range map[string]uint32{"tom": 7000, "tim": 6000, "tia": 4000} {
		c.profiles(trainer)
		c.ok(c.submit(trainer, 0, gradientCID))
		c.ok(c.postvalidate("ann", 0, trainer, score), c.postvalidate("ben", 0, trainer, score))
		if trainer == "tom" {
			score -= 3000
		}
		c.ok(c.postvalidate("cat", 0, trainer, score))
	}
	c.ok(c.finalize("creator", 0))
}

// gain runs a call and returns what an actor has more afterwards.
func (c *chain) gain(who string, k call) int64 {
	before := c.balance(who)
	c.ok(k)
	return int64(c.balance(who) - before)
}

const (
	poolV = (sol + 77) / 10
	poolT = sol + 77 - poolV
	eachV = poolV / 12 // three scores of the base, nine of gradients
)

func net(gross int64) int64 { return gross - gross/50 }

func TestClaimsFollowImprovement(t *testing.T) {
	c := finished(t)
	before := c.lamports(treasury)
	require.EqualValues(t, net(poolT*2000/3000), c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, net(poolT*1000/3000), c.gain("tim", c.claim("tim", 0)))
	require.EqualValues(t, 0, c.gain("tia", c.claim("tia", 0)), "nothing to pay is no error")
	for _, v := range []string{"ann", "ben", "cat"} {
		require.EqualValues(t, net(eachV), c.gain(v, c.claimPre(v, 0)))
		for _, trainer := range []string{"tom", "tim", "tia"} {
			want := net(eachV)
			if v == "cat" && trainer == "tom" {
				want = 0
			}
			require.EqualValues(t, want, c.gain(v, c.claimPost(v, 0, trainer)))
		}
	}
	fees := int64(poolT*2000/3000/50) + poolT*1000/3000/50 + 11*(eachV/50) + eachV
	require.EqualValues(t, fees, c.lamports(treasury)-before, "an outlier's share goes to the treasury")
	dust := int64(sol+77) - poolT*2000/3000 - poolT*1000/3000 - 12*eachV
	require.EqualValues(t, dust+int64(rent(60)), c.gain("creator", c.withdraw("creator", 0)))
	c.gone(c.vault(0))
	require.EqualValues(t, 500, c.data(c.profile("tom")).u16(40))
	require.EqualValues(t, 499, c.data(c.profile("tia")).u16(40))
}

func TestClaimTwice(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0), c.claimPre("ann", 0), c.claimPost("ann", 0, "tom"), c.claimPost("cat", 0, "tom"))
	c.fails(c.claim("tom", 0), 6010)
	c.fails(c.claimPre("ann", 0), 6010)
	c.fails(c.claimPost("ann", 0, "tom"), 6010)
	c.fails(c.claimPost("cat", 0, "tom"), 6010)
	vault := c.data(c.vault(0))
	require.EqualValues(t, 1, vault.u8(56))
	require.EqualValues(t, 3, vault.u16(57))
}

func TestClaimTwiceInOneTransaction(t *testing.T) {
	c := finished(t)
	res := c.send(c.claim("tom", 0), c.claim("tom", 0))
	require.EqualValues(t, 6010, res.Err.Instruction.Code)
	require.EqualValues(t, 0, c.data(c.gradient(0, "tom")).u8(130), "the first one is undone too")
}

func TestClaimSettlesTheRatingOnce(t *testing.T) {
	c := finished(t)
	c.ok(c.settle("eve", 0, "tia"))
	c.ok(c.claim("tia", 0))
	require.EqualValues(t, 499, c.data(c.profile("tia")).u16(40))
	c.ok(c.claim("tom", 0))
	c.fails(c.settle("eve", 0, "tom"), 6029)
}

func TestClaimsOfOthers(t *testing.T) {
	c := finished(t)
	c.profiles("eve")
	c.fails(c.claim("eve", 0).with(1, c.gradient(0, "tom")), 2006)
	c.fails(c.claim("tim", 0).with(2, c.profile("tom")), 2006)
	c.fails(c.claimPre("eve", 0).with(1, c.pre(0, "ann")), 2006)
	c.fails(c.claimPost("eve", 0, "tom").with(1, c.post(0, "tom", "ann")), 2006)
	c.fails(c.withdraw("eve", 0), 2001)
}

// A pre-validation is no post-validation, though both are a validator's of this round.
func TestClaimCosplay(t *testing.T) {
	c := finished(t)
	c.fails(c.claimPre("ann", 0).with(1, c.post(0, "tom", "ann")), 3002)
	c.fails(c.claimPost("ann", 0, "tom").with(1, c.pre(0, "ann")), 3002)
	c.fails(c.claim("tom", 0).with(1, c.profile("tom")), 3002)
	c.fails(c.claim("tom", 0).with(3, c.gradient(0, "tom")), 3002)
	c.fails(c.claim("tom", 0).with(0, c.counter()), 3002)
}

func TestClaimInACancelledRound(t *testing.T) {
	c := finished(t)
	c.ok(c.create("creator", 1, sol))
	c.ok(c.cancel("creator", 1))
	k := c.claimPre("ann", 0)
	k.data = args("claim_validator_pre", uint64(1))
	c.fails(k, 2006)
	c.fails(k.with(0, c.round(1)), 2006)
}

// A treasury that cannot hold the fee, because it does not exist, gets none; who could not be paid otherwise is.
func TestFeeIsWaivedWhereTheTreasuryCannotHoldIt(t *testing.T) {
	c := newBank(t)
	c.ok(c.initialize())
	c.ok(c.create("creator", 0, 1_000_077))
	play(c)
	const t0 = 1_000_077 - 100_007
	require.EqualValues(t, t0*2000/3000, c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, 0, c.gain("cat", c.claimPost("cat", 0, "tom")))
	v := c.data(c.vault(0))
	require.EqualValues(t, 100_007/12, v.u64(40), "a forfeited share stays in the vault")
	require.Zero(t, v.u64(32))
	c.gone(treasury)

	require.NoError(t, c.bank.Fund(treasury, rent(0)-1))
	require.EqualValues(t, 100_007/12-100_007/12/50, c.gain("ann", c.claimPre("ann", 0)), "166 lamports make it exempt")
	require.EqualValues(t, 100_007/12/50, c.data(c.vault(0)).u64(32))
}

// One lamport of reward: every share is 0, all of it is dust, and no claim fails.
func TestRewardOfOneLamport(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, 1))
	play(c)
	for _, k := range []call{c.claim("tom", 0), c.claim("tim", 0), c.claim("tia", 0), c.claimPre("ann", 0), c.claimPost("cat", 0, "tom")} {
		c.ok(k)
	}
	require.EqualValues(t, 0, c.data(c.vault(0)).u64(16), "two thirds of a lamport")
	require.EqualValues(t, 1, c.gain("creator", c.withdraw("creator", 0)))
	c.fails(c.withdraw("creator", 0), 6025)
	c.ok(c.claimPre("ben", 0))
}

// 2^63 lamports are split as exactly as one.
func TestRewardOf2To63(t *testing.T) {
	c := newChain(t)
	require.NoError(t, c.bank.Fund(c.pub("creator"), 1<<63))
	c.ok(c.create("creator", 0, 1<<63))
	play(c)
	const v = (1 << 63) / 10
	gross := mulDiv((1<<63)-v, 2000, 3000)
	before := c.balance("tom")
	c.ok(c.claim("tom", 0))
	require.Equal(t, gross-gross/50, c.balance("tom")-before)
	before = c.balance("ann")
	c.ok(c.claimPre("ann", 0))
	share := uint64(v / 12)
	require.Equal(t, share-share/50, c.balance("ann")-before)

	// What is reserved for claims to come is as exact: nothing goes back before, and all of the trainers' dust after.
	other := mulDiv((1<<63)-v, 1000, 3000)
	require.EqualValues(t, v, 12*share)
	c.fails(c.withdraw("creator", 0), 6025)
	c.ok(c.claim("tim", 0), c.claimPre("ben", 0), c.claimPre("cat", 0))
	for _, trainer := range []string{"tom", "tim", "tia"} {
		c.ok(c.claimPost("ann", 0, trainer), c.claimPost("ben", 0, trainer), c.claimPost("cat", 0, trainer))
	}
	before = c.balance("creator")
	c.ok(c.withdraw("creator", 0))
	require.Equal(t, (1<<63)-v-gross-other+rent(60), c.balance("creator")-before)
	c.gone(c.vault(0))
}

func TestTreasuryMayBeTheClaimant(t *testing.T) {
	c := newChain(t)
	c.ok(c.updateTreasury("authority", defaults(), c.pub("ann")))
	c.ok(c.create("creator", 0, sol+77))
	play(c)
	k := c.claimPre("ann", 0).with(3, c.pub("ann"))
	require.EqualValues(t, eachV, c.gain("ann", k))
	require.EqualValues(t, eachV/50, c.data(c.vault(0)).u64(32))
	require.EqualValues(t, net(eachV), c.data(c.vault(0)).u64(24))
}

// A treasury that is another account of the claim is refused, not paid twice.
func TestTreasuryIsNoOtherAccount(t *testing.T) {
	c := newChain(t)
	for _, who := range []string{"creator", "ann", "ben", "cat", "tom", "tim", "tia"} {
		c.key(who) // before the snapshot
	}
	for _, victim := range []solana.PublicKey{c.vault(0), c.gradient(0, "tom"), c.profile("tom"), c.round(0)} {
		snapshot := c.bank.Snapshot()
		c.ok(c.updateTreasury("authority", defaults(), victim))
		c.ok(c.create("creator", 0, sol))
		play(c)
		k := c.claim("tom", 0).with(4, victim)
		if victim == c.round(0) {
			k = k.change(0, func(m *solana.AccountMeta) { m.IsWritable = true })
		}
		c.fails(k, 2040)
		c.bank.Restore(snapshot)
	}
}

func TestWrongTreasury(t *testing.T) {
	c := finished(t)
	c.fails(c.claim("tom", 0).with(4, c.pub("tom")), 2012)
	c.ok(c.updateTreasury("authority", defaults(), c.pub("next")))
	c.fails(c.claim("tom", 0).with(4, c.pub("next")), 2012) // the round's own terms hold
	c.ok(c.claim("tom", 0))
}

// Lamports that somebody sends to the vault change no share, and go to the creator in the end.
func TestDonatedLamports(t *testing.T) {
	c := finished(t)
	require.NoError(t, c.bank.Fund(c.vault(0), 5*sol))
	require.EqualValues(t, net(poolT*2000/3000), c.gain("tom", c.claim("tom", 0)))
	dust := int64(sol+77) - poolT - 12*eachV
	require.EqualValues(t, dust, c.gain("creator", c.withdraw("creator", 0)))
	c.at(200 * day)
	rest := int64(c.lamports(c.vault(0)))
	require.EqualValues(t, rest, c.gain("creator", c.withdraw("creator", 0)))
}

// Nobody improved anything: no validation earns more than a 32nd of the pool, and the rest is the creator's at once.
func TestRoundWithoutImprovement(t *testing.T) {
	c := training(t)
	c.ok(c.submit("tom", 0, gradientCID))
	c.ok(c.postvalidate("ann", 0, "tom", 5000))
	c.ok(c.finalize("creator", 0))
	const each = sol / 10 / 32
	require.EqualValues(t, sol-2*each, c.gain("creator", c.withdraw("creator", 0)))
	c.fails(c.withdraw("creator", 0), 6025)
	require.EqualValues(t, net(each), c.gain("ann", c.claimPre("ann", 0)))
	require.EqualValues(t, 0, c.gain("tom", c.claim("tom", 0)))
	c.fails(c.withdraw("creator", 0), 6025)
	require.EqualValues(t, net(each), c.gain("ann", c.claimPost("ann", 0, "tom")))
	require.EqualValues(t, rent(60), c.gain("creator", c.withdraw("creator", 0)), "nothing is left but the rent")
}

func TestClaimPeriod(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0))
	c.at(180*day - 1)
	dust := int64(sol+77) - poolT - 12*eachV
	require.EqualValues(t, dust, c.gain("creator", c.withdraw("creator", 0)))
	c.fails(c.withdraw("creator", 0), 6025)
	c.at(180 * day)
	left := int64(sol+77) - poolT*2000/3000 - dust
	require.EqualValues(t, left+int64(rent(60)), c.gain("creator", c.withdraw("creator", 0)))
	c.fails(c.claim("tim", 0), 3012)
	c.fails(c.claimPre("ann", 0), 3012)
	c.ok(c.settle("eve", 0, "tim")) // the rating does not need the vault
}

// The end of the claim period takes nothing from anybody before the creator does.
func TestClaimAfterTheClaimPeriod(t *testing.T) {
	c := finished(t)
	c.at(400 * day)
	require.EqualValues(t, net(poolT*2000/3000), c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, net(eachV), c.gain("ann", c.claimPre("ann", 0)))
	left := int64(sol+77) - poolT*2000/3000 - eachV
	require.EqualValues(t, left+int64(rent(60)), c.gain("creator", c.withdraw("creator", 0)))
}

// Who improved nothing does not keep the vault open, and may claim that nothing after it was closed: the rating settles, and
// the rent of the gradient comes back. Who was owed something may not: that is the creator's then.
func TestClaimOfNothingFromAClosedVault(t *testing.T) {
	c := finished(t)
	c.ok(c.claim("tom", 0), c.claim("tim", 0))
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.claimPre(v, 0), c.claimPost(v, 0, "tom"), c.claimPost(v, 0, "tim"), c.claimPost(v, 0, "tia"))
	}
	c.ok(c.withdraw("creator", 0))
	c.gone(c.vault(0))
	c.fails(c.claim("tia", 0).with(3, c.pub("eve")), 2006)
	c.fails(c.claim("tia", 0).with(4, c.pub("eve")), 2012)
	fees := c.lamports(treasury)
	require.NoError(t, c.bank.Fund(c.vault(0), 3*sol)) // what stands there now is nobody's to claim
	require.EqualValues(t, 0, c.gain("tia", c.claim("tia", 0)))
	require.EqualValues(t, 3*sol, c.lamports(c.vault(0)))
	require.Equal(t, fees, c.lamports(treasury))
	require.EqualValues(t, 499, c.data(c.profile("tia")).u16(40))
	c.fails(c.claim("tia", 0), 6010)
	c.fails(c.claim("tom", 0), 6010)
	c.at(day)
	require.EqualValues(t, rent(200), c.gain("tia", c.closeGradient("eve", 0, "tia")))
}

// mulDiv is ⌊a·b/c⌋ by shift and add, unlike the program's.
func mulDiv(a, b, c uint64) uint64 {
	var quotient, rest uint64
	for i := 63; i >= 0; i-- {
		quotient, rest = 2*quotient, 2*rest
		if b>>i&1 == 1 {
			quotient, rest = quotient+a/c, rest+a%c
		}
		quotient, rest = quotient+rest/c, rest%c
	}
	return quotient
}

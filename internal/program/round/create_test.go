package round_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

func TestInitializeSetsTheDefaults(t *testing.T) {
	c := newChain(t)
	counter := c.data(c.counter())
	require.Len(t, counter, 256)
	require.Zero(t, counter.u64(8))
	require.Equal(t, c.pub("authority"), counter.key(17))
	require.Equal(t, solana.PublicKey{}, counter.key(49))
	require.Equal(t, treasury, counter.key(81))
	require.Equal(t, defaults().encode(), []byte(counter[113:189]))
}

func TestInitializeOnlyOnce(t *testing.T) {
	c := newChain(t)
	c.fails(c.initialize(), 0)
	c.fails(c.initializeBy("eve"), 0)
}

func TestInitializeOnlyByTheUpgradeAuthority(t *testing.T) {
	c := newBank(t)
	require.NoError(t, c.bank.AddUpgradeableProgram(c.id, suite.ELF, c.pub("authority")))
	c.fails(c.initializeBy("eve"), 2003)
	c.fails(c.initialize().with(3, c.pub("eve")), 2006)
	c.ok(c.initialize())
}

// Nobody may upgrade a program whose authority was given up, so anybody may initialize it, once.
func TestInitializeAProgramWithoutAuthority(t *testing.T) {
	c := newBank(t)
	require.NoError(t, c.bank.AddUpgradeableProgram(c.id, suite.ELF, c.pub("authority")))
	data, _, err := solana.FindProgramAddress([][]byte{c.id.Bytes()}, loader)
	require.NoError(t, err)
	a, ok := c.bank.Account(data)
	require.True(t, ok)
	a = a.Clone()
	a.Data[12] = 0 // Option::None in place of the authority
	require.NoError(t, c.bank.SetAccount(data, a))
	c.ok(c.initializeBy("eve"))
	require.Equal(t, c.pub("eve"), c.data(c.counter()).key(17))
	c.fails(c.initialize(), 0)
}

func TestInitializeUnderAnotherProgramID(t *testing.T) {
	c := newBank(t)
	id := sha256.Sum256(fmt.Appendf(nil, "program of chain %d", c.number))
	c.id = solana.PublicKeyFromBytes(id[:])
	require.NoError(t, c.bank.AddProgram(c.id, suite.ELF))
	c.ok(c.initialize())
	require.Equal(t, c.pub("authority"), c.data(c.counter()).key(81), "fees go to the deployer, not to the kits")
	c.ok(c.create("creator", 0, sol))
}

func TestCreateRoundWritesItsTerms(t *testing.T) {
	c := newChain(t)
	before := c.balance("creator")
	c.ok(c.createWith("creator", 0, modelCID, 200, 7*sol, 450))

	r := c.data(c.round(0))
	require.Len(t, r, 992)
	require.EqualValues(t, 0, r.u64(8))
	require.Equal(t, c.pub("creator"), r.key(16))
	require.Equal(t, modelCID+strings.Repeat("\x00", 64-len(modelCID)), string(r[48:112]))
	require.EqualValues(t, len(modelCID), r.u8(112))
	require.EqualValues(t, 200, r.u8(113), "an unknown data set is carried through")
	require.EqualValues(t, 7*sol, r.u64(114))
	require.EqualValues(t, 450, r.u16(122))
	require.EqualValues(t, start, r.i64(124))
	require.Equal(t, make([]byte, 29), []byte(r[132:161]))
	_, bump, _ := solana.FindProgramAddress([][]byte{[]byte("round"), make([]byte, 8)}, c.id)
	require.Equal(t, bump, r.u8(161))
	require.EqualValues(t, 1, r.u8(163))
	require.Equal(t, treasury, r.key(164))
	d := defaults()
	terms := args("", d.fee, d.validatorShare, d.window, d.baseWindow, d.commitWindow, d.minPre, d.minPost, d.minStake,
		d.cooldown, d.tolerance, d.slash, d.reporterShare, d.claimPeriod, int64(start+43_200), int64(0), false, uint8(0), int64(0), uint16(0), uint8(0), uint8(0))[8:]
	require.Equal(t, terms, []byte(r[196:286]))
	require.Equal(t, make([]byte, 48), []byte(r[286:334]))
	require.Equal(t, []byte(strings.Repeat("\xff", 510)), []byte(r[334:844]))
	require.Equal(t, make([]byte, 148), []byte(r[844:]))

	v := c.data(c.vault(0))
	require.Len(t, v, 60)
	require.Equal(t, make([]byte, 51), []byte(v[8:59]))
	require.Equal(t, r.u8(162), v.u8(59))
	require.EqualValues(t, rent(60)+7*sol, c.lamports(c.vault(0)))
	require.Equal(t, before-7*sol-rent(60)-rent(992), c.balance("creator"))
	require.Less(t, rent(60)+rent(992), uint64(sol/100), "the kits check for the reward and 0.01 SOL")
	require.EqualValues(t, 1, c.data(c.counter()).u64(8))
}

func TestCreateRoundRefusesArguments(t *testing.T) {
	long := "b" + strings.Repeat("a", 63)
	for name, test := range map[string]struct {
		id     uint64
		cid    string
		reward uint64
		rating uint16
		code   uint32
	}{
		"id ahead":          {1, modelCID, sol, 100, 6000},
		"id at the end":     {math.MaxUint64, modelCID, sol, 100, 6000},
		"short cid":         {0, modelCID[:45], sol, 100, 6001},
		"empty cid":         {0, "", sol, 100, 6001},
		"long cid":          {0, long + "a", sol, 100, 6001},
		"cid of 200":        {0, strings.Repeat("a", 200), sol, 100, 6001},
		"cid not ascii":     {0, "é" + modelCID[:50], sol, 100, 6001},
		"cid not utf-8":     {0, "\xff" + modelCID[:50], sol, 100, 102},
		"no reward":         {0, modelCID, 0, 100, 6002},
		"rating 0.99":       {0, modelCID, sol, 99, 6013},
		"rating 5.01":       {0, modelCID, sol, 501, 6013},
		"more than it has":  {0, modelCID, 2000 * sol, 100, 1},
		"lamports overflow": {0, modelCID, math.MaxUint64, 100, 6027},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			c.fails(c.createWith("creator", test.id, test.cid, 0, test.reward, test.rating), test.code)
		})
	}
	c := newChain(t)
	c.ok(c.createWith("creator", 0, modelCID[:46], 0, 1, 100))
	c.ok(c.createWith("creator", 1, long, 0, 1, 500))
}

func TestCreateRoundBelowTheMinimumReward(t *testing.T) {
	c := newChain(t)
	p := defaults()
	p.minReward = 1000
	c.ok(c.update("authority", p))
	c.fails(c.create("creator", 0, 999), 6026)
	c.fails(c.create("creator", 0, 0), 6002)
	c.ok(c.create("creator", 0, 1000))
}

func TestCreateRoundLostRace(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.fails(c.create("rival", 0, sol), 6000)
	c.ok(c.create("rival", 1, sol))
}

func TestCreateRoundEscrowsAllOfAHugeReward(t *testing.T) {
	c := newChain(t)
	const reward = 1 << 63
	require.NoError(t, c.bank.Fund(c.pub("creator"), reward))
	c.ok(c.create("creator", 0, reward))
	require.EqualValues(t, rent(60)+reward, c.lamports(c.vault(0)))
}

// Lamports that somebody sent to the vault before pay its rent, and never a part of the reward.
func TestCreateRoundOnFundedAddresses(t *testing.T) {
	for _, gift := range []uint64{1, rent(60) - 1, rent(60), 3 * sol} {
		c := newChain(t)
		require.NoError(t, c.bank.Fund(c.vault(0), gift))
		require.NoError(t, c.bank.Fund(c.round(0), gift))
		before := c.balance("creator")
		c.ok(c.create("creator", 0, sol))
		require.EqualValues(t, max(rent(60), gift)+sol, c.lamports(c.vault(0)))
		require.GreaterOrEqual(t, before-c.balance("creator"), uint64(sol))
		c.ok(c.cancel("creator", 0))
		require.GreaterOrEqual(t, c.balance("creator")+rent(992), before, "a surplus goes to the creator")
	}
}

func TestCancelReturnsEverything(t *testing.T) {
	c := newChain(t)
	before := c.balance("creator")
	c.ok(c.create("creator", 0, sol))
	require.NoError(t, c.bank.Fund(c.vault(0), 5))
	c.ok(c.cancel("creator", 0))
	c.gone(c.vault(0))
	require.Equal(t, before+5-rent(992), c.balance("creator"))
	require.EqualValues(t, 2, c.data(c.round(0)).u8(132))
	c.fails(c.cancel("creator", 0), 3012)
	c.fails(c.configure("creator", 0, terms()), 6003)
	c.fails(c.prevalidate("ann", 0, 1), 6003)
	c.fails(c.finalize("creator", 0), 6003)
	c.at(50_000)
	c.fails(c.force("eve", 0), 6003)
	c.fails(c.withdraw("creator", 0), 3012)
}

// A cancelled round's vault is gone for good: nobody can put another one in its place.
func TestCancelledVaultCannotBeRevived(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.ok(c.cancel("creator", 0))
	require.NoError(t, c.bank.Fund(c.vault(0), sol))
	c.fails(c.cancel("creator", 0), 3012)
	c.fails(c.create("creator", 0, sol), 6000)
}

func TestCancelNotOnceSomebodyTookPart(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.ok(c.prevalidate("ann", 0, 5000))
	c.fails(c.cancel("creator", 0), 6004)
}

// In one slot, the first of a cancellation and a submission wins, and the other one fails as a whole.
func TestCancelRacesAScore(t *testing.T) {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol))
	c.ok(c.cancel("creator", 0))
	c.fails(c.prevalidate("ann", 0, 5000), 6003)
	c.gone(c.pre(0, "ann"))
}

func TestProfileStartsAtFiveStars(t *testing.T) {
	c := newChain(t)
	c.ok(c.createProfile("tom"))
	p := c.data(c.profile("tom"))
	require.Len(t, p, 53)
	require.Equal(t, c.pub("tom"), p.key(8))
	require.EqualValues(t, 500, p.u16(40))
	require.Equal(t, make([]byte, 10), []byte(p[42:52]))
	c.fails(c.createProfile("tom"), 0)
}

func rent(size int) uint64 { return uint64(128+size) * 6960 }

// Only the canonical bump's address will do, though others lie off the curve too.
func TestNonCanonicalAddress(t *testing.T) {
	c := newChain(t)
	seeds := [][]byte{[]byte("trainer_profile"), c.pub("tom").Bytes()}
	_, bump, err := solana.FindProgramAddress(seeds, c.id)
	require.NoError(t, err)
	for other := int(bump) - 1; ; other-- {
		require.Positive(t, other)
		key, err := solana.CreateProgramAddress(append(seeds, []byte{byte(other)}), c.id)
		if err != nil {
			continue // on the curve
		}
		c.fails(c.createProfile("tom").with(0, key), 2006)
		return
	}
}

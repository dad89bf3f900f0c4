package round_test

import (
	"fmt"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// commitReveal returns a chain whose round 0 takes scores by commit and reveal only, in windows of 600 s.
func commitReveal(t testing.TB) *chain {
	o := terms()
	o.reveal = true
	c := opened(t, o)
	c.profiles("tom")
	return c
}

func TestCommitAndReveal(t *testing.T) {
	c := commitReveal(t)
	before := c.balance("ann")
	c.ok(c.commit("ann", 0, "", 5000))
	k := c.data(c.commitment(0, "", "ann"))
	require.Len(t, k, 129)
	require.EqualValues(t, 0, k.u64(8))
	require.Equal(t, solana.PublicKey{}, k.key(16))
	require.Equal(t, c.pub("ann"), k.key(48))
	require.Equal(t, c.hash("ann", 0, "", 5000), []byte(k[80:112]))
	require.EqualValues(t, start, k.i64(112))
	require.EqualValues(t, start+1200, k.i64(121))
	require.EqualValues(t, 1, c.data(c.round(0)).u16(282))

	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.gone(c.commitment(0, "", "ann"))
	require.Equal(t, before-rent(55), c.balance("ann"), "the commitment's rent is back")
	require.EqualValues(t, 5000, c.data(c.round(0)).u64(153))

	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
	require.EqualValues(t, start+2400, c.data(c.round(0)).i64(274))
	c.ok(c.commit("ben", 0, "tom", 7000))
	c.at(1800)
	c.ok(c.revealPost("ben", 0, "tom", 7000))
	require.EqualValues(t, 7000, c.data(c.gradient(0, "tom")).u16(142))
	c.at(2399)
	c.fails(c.finalize("creator", 0), 6012)
	c.at(2400)
	c.ok(c.finalize("creator", 0))
	c.ok(c.claim("tom", 0), c.claimPre("ann", 0), c.claimPost("ben", 0, "tom"))
}

func TestPlainScoresAreRefusedInCommitRevealRounds(t *testing.T) {
	c := commitReveal(t)
	c.fails(c.prevalidate("ann", 0, 5000), 6020)
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.postvalidate("ben", 0, "tom", 5000), 6020)
}

func TestCommitWindow(t *testing.T) {
	c := commitReveal(t)
	c.at(599)
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.fails(c.commit("ben", 0, "", 5000), 6021)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(1799)
	c.ok(c.commit("ann", 0, "tom", 5000))
	c.at(1800)
	c.fails(c.commit("ben", 0, "tom", 5000), 6021)
}

func TestCommitNotInPlainRounds(t *testing.T) {
	c := opened(t, terms())
	c.fails(c.commit("ann", 0, "", 5000), 6021)
}

func TestRevealWindow(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000), c.commit("ben", 0, "", 5000))
	c.at(599)
	c.fails(c.revealPre("ann", 0, 5000), 6031)
	c.at(1199)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1200)
	c.fails(c.revealPre("ben", 0, 5000), 6031)
	c.ok(c.submit("tom", 0, gradientCID))
	c.ok(c.commit("ann", 0, "tom", 5000))
	c.at(1799)
	c.fails(c.revealPost("ann", 0, "tom", 5000), 6031)
	c.at(2400)
	c.fails(c.revealPost("ann", 0, "tom", 5000), 6031)
}

func TestRevealMustMatch(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.fails(c.revealPre("ann", 0, 5001), 6022)
	k := c.revealPre("ann", 0, 5000)
	k.data[len(k.data)-1] ^= 1
	c.fails(k, 6022)
	c.fails(c.revealPre("ann", 0, 10_001), 6015)
	c.ok(c.revealPre("ann", 0, 5000))
	c.fails(c.revealPre("ann", 0, 5000), 3012) // the commitment is gone
}

// A commitment is bound to its validator: copying somebody's hash proves nothing.
func TestRevealOfACopiedHash(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000))
	k := c.commit("eve", 0, "", 5000)
	copy(k.data[48:], c.hash("ann", 0, "", 5000))
	c.ok(k)
	c.at(600)
	c.fails(c.revealPre("eve", 0, 5000), 6022)
}

func TestCommitOnlyOnce(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000))
	c.fails(c.commit("ann", 0, "", 6000), 0)
}

func TestCommitConflicts(t *testing.T) {
	c := commitReveal(t)
	c.fails(c.commit("creator", 0, "", 5000), 6018)
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
	c.fails(c.commit("tom", 0, "tom", 9000), 6018)
	c.fails(c.commit("creator", 0, "tom", 9000), 6018)
	c.fails(c.commit("ann", 0, "tom", 9000).with(1, c.id), 3007) // the placeholder is for the base model only
}

func TestCommitRevealRoundTakesGradientsAfterTheReveals(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1199)
	c.fails(c.submit("tom", 0, gradientCID), 6005)
	c.at(1200)
	c.ok(c.submit("tom", 0, gradientCID))
}

func TestCommitRevealRoundAsksForTheStakeTwice(t *testing.T) {
	o := terms()
	o.reveal, o.stake = true, sol
	c := opened(t, o)
	c.fails(c.commit("ann", 0, "", 5000), 6016)
	c.ok(c.stake("ann", sol))
	c.ok(c.commit("ann", 0, "", 5000))
	c.ok(c.unstake("ann", 1))
	c.at(600)
	c.fails(c.revealPre("ann", 0, 5000), 6016)
}

// A validator that never reveals costs nobody anything: the round goes on without, and the rent comes back later.
func TestCommitmentThatIsNeverRevealed(t *testing.T) {
	c := commitReveal(t)
	before := c.balance("ann")
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(1199)
	c.fails(c.closeCommitment("ann", 0, ""), 6012)
	c.at(1200)
	k := c.closeCommitment("eve", 0, "").with(0, c.commitment(0, "", "ann"))
	c.fails(k, 2006)
	c.ok(c.closeCommitment("ann", 0, ""))
	c.gone(c.commitment(0, "", "ann"))
	require.Equal(t, before, c.balance("ann"))
	c.fails(c.commit("ann", 0, "", 5000), 6021)
	c.fails(c.cancel("creator", 0), 6004)
	c.at(7200)
	c.ok(c.force("eve", 0))
	require.EqualValues(t, sol+rent(60), c.gain("creator", c.withdraw("creator", 0)))
}

// Force-finalizing waits for the reveals of a gradient that came in just before submissions closed.
func TestForceFinalizeWaitsForReveals(t *testing.T) {
	o := terms()
	o.reveal, o.window, o.commit, o.deadline = true, 0, 600, start+1300
	c := opened(t, o)
	c.profiles("tom")
	c.ok(c.commit("ann", 0, "", 5000))
	c.at(600)
	c.ok(c.revealPre("ann", 0, 5000))
	c.at(1299)
	c.ok(c.submit("tom", 0, gradientCID))
	c.at(2498)
	c.fails(c.force("eve", 0), 6012)
	c.at(2499)
	c.ok(c.force("eve", 0))
}

// Any number may commit, and the first 24 who reveal are the model's validators; the others get their rent back.
func TestRevealSlots(t *testing.T) {
	c := commitReveal(t)
	for i := range 25 {
		c.ok(c.commit(fmt.Sprint("v", i), 0, "", 5000))
	}
	require.EqualValues(t, 25, c.data(c.round(0)).u16(282))
	c.at(600)
	for i := range 24 {
		c.ok(c.revealPre(fmt.Sprint("v", i), 0, 5000))
	}
	c.fails(c.revealPre("v24", 0, 5000), 6017)
	c.at(1200)
	require.EqualValues(t, rent(129), c.gain("v24", c.closeCommitment("v24", 0, "")))
	c.fails(c.closeCommitment("v0", 0, ""), 3012)
}

// The counter of commitments stops at its end: nobody wraps it to make a round cancellable again, and nobody is kept out.
func TestCommitmentCounterStops(t *testing.T) {
	c := commitReveal(t)
	a, _ := c.bank.Account(c.round(0))
	a = a.Clone()
	a.Data[282], a.Data[283] = 255, 255
	require.NoError(t, c.bank.SetAccount(c.round(0), a))
	c.ok(c.commit("ann", 0, "", 5000))
	require.EqualValues(t, 65_535, c.data(c.round(0)).u16(282))
	c.fails(c.cancel("creator", 0), 6004)
}

// Of a commitment and a cancellation in one slot the first one wins, and the other fails as a whole.
func TestCancelRacesACommitment(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.cancel("creator", 0))
	c.fails(c.commit("ann", 0, "", 5000), 6003)
	c.gone(c.commitment(0, "", "ann"))
	o := terms()
	o.reveal = true
	c.ok(c.create("creator", 1, sol), c.configure("creator", 1, o), c.commit("ann", 1, "", 5000))
	c.fails(c.cancel("creator", 1), 6004)
}

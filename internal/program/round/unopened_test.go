package round_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// neverRevealed returns a chain with a finalized sealed round of stake 2 SOL in which zoe committed to scores of the base, of
// tom's and of tim's head, and revealed none.
func neverRevealed(t testing.TB) *chain {
	o := sealedTerms()
	o.stake = 2 * sol
	c := sealedRound(t, o, sealedFair(), "tom", "tim")
	for _, v := range validators {
		c.ok(c.stake(v, 2*sol))
	}
	c.at(sealedScored)
	for _, subject := range []string{"", "tom", "tim"} {
		c.ok(c.commitSealed("zoe", 0, subject, 5000))
	}
	c.scoreSealed(0, map[string]map[string]uint32{"": by(5000, 5000, 5000), "tom": by(7000, 7000, 7000), "tim": by(6000, 6000, 6000)})
	c.warp(sitting / 2)
	return c
}

// Who never reveals is slashed once in a round, and gets all the rent back.
func TestSlashCommitment(t *testing.T) {
	c := neverRevealed(t)
	c.fails(c.slashCommitment("eve", 0, "tom", "zoe"), 6009)
	c.ok(c.finalize("creator", 0))
	require.Len(t, c.data(c.commitment(0, "tom", "zoe")), 130)
	require.EqualValues(t, 1, c.data(c.commitment(0, "tom", "zoe")).u8(129))
	c.fails(c.slashCommitment("zoe", 0, "tom", "zoe"), 6018)
	c.fails(c.slashCommitment("eve", 0, "tom", "ann"), 3012)

	const taken = 2 * sol / 10
	fees, wealth, total := c.lamports(treasury), c.balance("zoe"), c.data(c.counter()).u64(189)
	eve := c.balance("eve")
	res := c.ok(c.slashCommitment("eve", 0, "tom", "zoe"))
	require.EqualValues(t, taken/10-int64(rent(89)), int64(c.balance("eve")-eve))
	require.EqualValues(t, taken-taken/10, c.lamports(treasury)-fees)
	require.EqualValues(t, rent(130), c.balance("zoe")-wealth)
	require.EqualValues(t, taken, total-c.data(c.counter()).u64(189))
	s := c.data(c.stakeOf("zoe"))
	require.EqualValues(t, 2*sol-taken, s.u64(40))
	require.EqualValues(t, taken, s.u64(64))
	emits(t, res, event("StakeChanged", c.pub("zoe"), uint64(2*sol-taken), uint64(0)),
		event("CommitmentSlashed", uint64(0), c.pub("tom"), c.pub("zoe"), c.pub("eve"), uint64(taken), uint64(taken/10)))
	u := c.data(c.unopened(0, "zoe"))
	require.Equal(t, c.pub("zoe"), u.key(16))
	require.Equal(t, c.pub("eve"), u.key(48))
	require.EqualValues(t, taken, u.u64(81))
	c.gone(c.commitment(0, "tom", "zoe"))
	c.fails(c.slashCommitment("eve", 0, "tom", "zoe"), 3012)

	res = c.ok(c.slashCommitment("ann", 0, "tim", "zoe")) // later ones are only closed
	emits(t, res, event("CommitmentSlashed", uint64(0), c.pub("tim"), c.pub("zoe"), c.pub("ann"), uint64(0), uint64(0)))
	require.EqualValues(t, rent(130), c.gain("zoe", c.slashCommitment("zoe", 0, "", "zoe")), "also by their validator")
	require.EqualValues(t, 2*sol-taken, c.data(c.stakeOf("zoe")).u64(40))
}

// A commitment of a sealed round stays as long as it may be slashed; then its validator closes it, and the reporter the mark.
func TestUnopenedCommitmentsOnceTheRoundIsClosed(t *testing.T) {
	c := neverRevealed(t)
	c.fails(c.closeCommitment("zoe", 0, "tom"), 3005)
	c.fails(c.closeCommitmentSealed("zoe", 0, "tom"), 6012)
	c.ok(c.finalize("creator", 0))
	c.ok(c.slashCommitment("eve", 0, "tom", "zoe"))
	c.fails(c.closeCommitmentSealed("zoe", 0, "tim"), 6012)
	c.fails(c.closeCommitmentSealed("zoe", 0, "tim").with(2, c.vault(0)), 3002)
	c.fails(c.closeCommitmentSealed("zoe", 0, "tim").with(2, c.pub("eve")), 2006)
	mark := c.closeValidation("ron", 0, c.unopened(0, "zoe"), "eve")
	c.fails(mark, 6012)
	c.at(181 * day)
	c.ok(c.withdraw("creator", 0))
	c.ok(c.closeRound("ron", 0, "creator"))
	c.fails(c.slashCommitment("eve", 0, "tim", "zoe"), 3012)
	require.EqualValues(t, rent(130), c.gain("zoe", c.closeCommitmentSealed("zoe", 0, "tim")))
	c.fails(c.closeValidation("ron", 0, c.unopened(0, "zoe"), "zoe"), 2001)
	require.EqualValues(t, rent(89), c.gain("eve", mark))
	c.gone(c.unopened(0, "zoe"))
}

// In a plain round nobody is slashed for what was not revealed, and its commitments are what they were.
func TestSlashCommitmentOfAPlainRound(t *testing.T) {
	c := commitReveal(t)
	c.ok(c.commit("ann", 0, "", 5000))
	require.Len(t, c.data(c.commitment(0, "", "ann")), 129)
	c.at(7200)
	c.ok(c.force("eve", 0))
	c.fails(c.slashCommitment("eve", 0, "", "ann"), 6023)
	require.EqualValues(t, rent(129), c.gain("ann", c.closeCommitment("ann", 0, "")))
}

// Whatever the order in which a validator is slashed for its scores and for what it did not reveal, asks for its stake back
// and adds to it: stakes, their sum, what reporter and treasury get, add up to the lamport, after every step.
func TestEveryOrderOfSlashes(t *testing.T) {
	o := sealedTerms()
	o.stake = 2 * sol
	c := sealedRound(t, o, sealedFair(), "tom", "tim")
	for _, v := range validators {
		c.ok(c.stake(v, 2*sol))
	}
	c.ageStake("dan")
	c.at(sealedScored)
	c.ok(c.commitSealed("zoe", 0, "tim", 5000), c.commitSealed("dan", 0, "tim", 5000))
	c.scoreSealed(0, map[string]map[string]uint32{"": by(5000, 5000, 5000, 4000, 9000), "tom": by(7000, 7000, 7000)})
	c.at(sealedEnds)
	c.ok(c.force("ron", 0))
	unstakeNearlyAll := call{name: "request_unstake"}
	steps := []call{c.slash("eve", 0, c.pre(0, "zoe"), "zoe"), c.slash("eve", 0, c.pre(0, "dan"), "dan"), c.slashCommitment("eve", 0, "tim", "zoe"),
		c.slashCommitment("eve", 0, "tim", "dan"), unstakeNearlyAll, c.stake("dan", 5)}
	snapshot := c.bank.Snapshot()
	permute(steps, func(order []call) {
		c.bank.Restore(snapshot)
		for _, k := range order {
			if k.name == unstakeNearlyAll.name {
				k = c.unstake("zoe", c.data(c.stakeOf("zoe")).u64(40)-1)
			}
			c.ok(k)
			c.stakesAddUp()
		}
		for _, v := range []string{"zoe", "dan"} {
			require.EqualValues(t, 2*2*sol/10, c.data(c.stakeOf(v)).u64(64), "two slashes of a tenth")
		}
	})
}

// permute calls f with every order of a list.
func permute(list []call, f func([]call)) {
	if len(list) == 0 {
		f(nil)
	}
	for i, first := range list {
		rest := slices.Delete(slices.Clone(list), i, i+1)
		permute(rest, func(order []call) { f(append([]call{first}, order...)) })
	}
}

// stakesAddUp requires that every stake account holds what it says beside its rent, and that the counter has their sum.
func (c *chain) stakesAddUp() {
	c.t.Helper()
	var sum uint64
	for _, change := range c.bank.ProgramAccounts(c.id) {
		s := account(change.Account.Data)
		if len(s) != 81 && len(s) != 73 {
			continue
		}
		require.Equal(c.t, rent(len(s))+s.u64(40)+s.u64(48), change.Account.Lamports)
		if len(s) == 81 {
			sum += s.u64(40)
		}
	}
	require.Equal(c.t, sum, c.data(c.counter()).u64(189))
}

// Where the treasury cannot take its part, only the reporter's is taken; and a treasury that is one of the call's other
// accounts takes nothing.
func TestSlashCommitmentAndTheTreasury(t *testing.T) {
	c := newBank(t)
	c.ok(c.initialize())
	o := sealedTerms()
	o.stake = 1_000_000
	mark := c.unopened(1, "zoe")
	require.NoError(t, c.bank.Fund(mark, sol))
	c.profiles("tom")
	c.ok(c.stake("zoe", 1_000_000))
	for id := range uint64(2) {
		c.ok(c.create("creator", id, 1_000_000), c.configure("creator", id, o), c.configureFair("creator", id, sealedFair()))
		c.ok(c.submitSealed("tom", id, gradientCID))
		c.ok(c.updateTreasury("authority", defaults(), mark))
	}
	c.at(sealedScored)
	c.ok(c.commitSealed("zoe", 0, "tom", 5000), c.commitSealed("zoe", 1, "tom", 5000))
	c.at(sealedEnds)
	c.ok(c.force("eve", 0), c.force("eve", 1))
	c.fails(c.slashCommitment("eve", 1, "tom", "zoe").with(6, mark), 2040)
	c.fails(c.slashCommitment("eve", 1, "tom", "zoe"), 2012)
	require.EqualValues(t, 10_000-int64(rent(89)), c.gain("eve", c.slashCommitment("eve", 0, "tom", "zoe")))
	require.EqualValues(t, 990_000, c.data(c.stakeOf("zoe")).u64(40))
	c.gone(treasury)
	c.stakesAddUp()
}

// Without a stake there is nothing to take; the commitment is closed all the same.
func TestSlashCommitmentWithoutStake(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.at(sealedScored)
	c.ok(c.commitSealed("zoe", 0, "tom", 5000))
	c.at(sealedEnds)
	c.ok(c.force("eve", 0))
	c.fails(c.slashCommitment("eve", 0, "tom", "zoe").with(3, c.stakeOf("ann")), 2006)
	require.EqualValues(t, -int64(rent(89)), c.gain("eve", c.slashCommitment("eve", 0, "tom", "zoe")))
	c.gone(c.stakeOf("zoe"))
}

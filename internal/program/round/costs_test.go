package round_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/round"
)

// tryUnits is what one try of a bump costs.
const tryUnits = 1500

// TestCosts compares COSTS.md with what the instructions take on the local chain; COSTS=write writes it.
func TestCosts(t *testing.T) {
	first, second := costs(t, ""), costs(t, "other ")
	require.Equal(t, first, second, "the costs depend on who plays")
	programtest.CheckCosts(t, first+crowdTable(t)+accountsTable(t))
}

// costs returns the document, measured with actors of their own.
func costs(t *testing.T, prefix string) string {
	c := newChain(t)
	who := func(name string) string { return prefix + name }
	var rows strings.Builder
	run := func(k call, derived ...solana.PublicKey) {
		t.Helper()
		tries := 0
		for _, key := range derived {
			tries += 255 - int(c.bumps[key])
		}
		units := c.ok(k).ComputeUnits
		require.Less(t, units, uint64(30_000), k.name)
		fmt.Fprintf(&rows, "| %s | %d | %d | 5000 |\n", k.name, units-uint64(tries*tryUnits), len(derived))
	}

	fresh := newBank(t)
	_, bump, _ := solana.FindProgramAddress([][]byte{c.id.Bytes()}, loader)
	_, counterBump, _ := solana.FindProgramAddress([][]byte{[]byte("round_counter")}, c.id)
	res := fresh.ok(fresh.initialize())
	fmt.Fprintf(&rows, "| initialize | %d | 2 | 5000 |\n", res.ComputeUnits-uint64(tryUnits*(510-int(bump)-int(counterBump))))

	creator, ann, tom, eve := who("creator"), who("ann"), who("tom"), who("eve")
	o := terms()
	o.stake = 1000
	run(c.update("authority", defaults()))
	run(c.propose("authority", c.pub(who("next"))))
	run(c.accept(who("next")))
	run(c.create(creator, 0, sol+77), c.round(0), c.vault(0))
	run(c.configure(creator, 0, o))
	run(c.configureFair(creator, 0, fair{tolerance: 500, deadline: o.deadline}))
	run(c.assertTerms(0, c.terms(0)))
	run(c.createProfile(tom), c.profile(tom))
	run(c.stake(ann, 5*sol), c.stakeOf(ann))
	for _, v := range []string{who("ben"), who("cat"), who("zoe")} {
		c.ok(c.stake(v, sol), c.prevalidate(v, 0, 5000))
	}
	run(c.prevalidate(ann, 0, 9000), c.pre(0, ann))
	run(c.submit(tom, 0, gradientCID), c.gradient(0, tom))
	run(c.setSource(tom, 0, longSource), c.source(0, tom))
	for _, v := range []string{who("ben"), who("cat"), who("zoe")} {
		c.ok(c.postvalidate(v, 0, tom, 7000))
	}
	run(c.postvalidate(ann, 0, tom, 7000), c.post(0, tom, ann))
	run(c.finalize(creator, 0))
	run(c.claim(tom, 0))
	run(c.claimPre(who("ben"), 0))
	run(c.claimPost(ann, 0, tom))
	run(c.slash(eve, 0, c.pre(0, ann), ann))
	run(c.withdraw(creator, 0))
	run(c.unstake(ann, sol))
	c.at(2 * day)
	run(c.withdrawStake(ann))
	run(c.closeGradient(eve, 0, tom))
	run(c.closeSource(eve, 0, tom))
	run(c.closeValidation(eve, 0, c.pre(0, ann), ann))
	c.at(180 * day)
	c.ok(c.withdraw(creator, 0))
	run(c.closeRound(eve, 0, creator), c.vault(0))

	c.at(0)
	c.ok(c.create(creator, 1, sol))
	run(c.cancel(creator, 1))
	o = terms()
	o.reveal = true
	c.ok(c.create(creator, 2, sol), c.configure(creator, 2, o))
	run(c.commit(ann, 2, "", 5000), c.commitment(2, "", ann))
	c.ok(c.commit(who("ben"), 2, "", 5000))
	c.at(600)
	run(c.revealPre(ann, 2, 5000), c.pre(2, ann))
	c.at(1200)
	run(c.closeCommitment(who("ben"), 2, ""))
	c.ok(c.submit(tom, 2, gradientCID), c.commit(ann, 2, tom, 6000))
	c.at(1800)
	run(c.revealPost(ann, 2, tom, 6000), c.post(2, tom, ann))
	c.at(7200)
	run(c.force(eve, 2))
	run(c.settle(eve, 2, tom))
	sealed := sealedFair()
	sealed.holdout = sha256.Sum256(holdoutKey[:])
	c.at(0)
	c.ok(c.create(creator, 3, sol), c.configure(creator, 3, sealedTerms()), c.configureFair(creator, 3, sealed))
	c.at(sealedCloses)
	run(c.revealHoldout(eve, 3, holdoutKey))
	drawn := sealedTerms()
	drawn.stake, sealed.committee = 1000, 3
	c.at(0)
	c.ok(c.create(creator, 4, sol), c.configure(creator, 4, drawn), c.configureFair(creator, 4, sealed))
	c.ok(c.stake(ann, sol), c.submitSealed(tom, 4, gradientCID))
	c.at(sealedCloses)
	c.bank.WarpSlots(1000)
	c.ok(c.draw(eve, 4))
	c.fullSlotHashes(c.data(c.round(4)).u64(888))
	run(c.draw(eve, 4))
	c.at(sealedScored)
	c.ok(c.commitSealed(ann, 4, "", 5000))
	c.at(sealedEnds)
	c.ok(c.force(eve, 4))
	run(c.slashCommitment(eve, 4, "", ann), c.unopened(4, ann))
	require.Equal(t, 36, strings.Count(rows.String(), "\n"))
	return costsHead + rows.String()
}

// fullSlotHashes gives the sysvar all of its 512 entries, about half of them from a slot on.
func (c *chain) fullSlotHashes(slot uint64) {
	slots := make([]uint64, 512)
	for i := range slots {
		slots[i] = slot + 255 - uint64(i)
	}
	c.setSlotHashes(slots...)
}

const costsHead = `# Costs

Written by TestCosts, which fails where it is not true any more. Compute units are those of one top-level instruction
whose addresses all have bump 255; each further try of a bump costs 1,500 more, for each of the addresses that the
instruction derives (half of all addresses need none, a quarter one, and so on). Scores by a validator who never staked
derive the address of its stake account too. A transaction may use 200,000 units per instruction without asking for more.
Fees are in lamports: 5,000 a signature, and no priority fee.

| instruction | compute units | addresses derived | fee |
|---|---|---|---|
`

// longSource is as long as a source can be.
var longSource = "hf:" + strings.Repeat("x", 125)

// crowdTable lists what grows with the number of gradients, for 255 of them.
func crowdTable(t *testing.T) string {
	var rows strings.Builder
	rows.WriteString("\nWith 255 gradients, all of which improve the base:\n\n| rule | finalize_round | claim_trainer of the last one |\n|---|---|---|\n")
	for rule, name := range []string{"proportional", "marginal", "win rate"} {
		c, names := crowded(t, uint8(rule), func(i int) uint32 { return uint32(7000 + i) })
		finalize := c.ok(c.finalize("creator", 0)).ComputeUnits
		claim := c.ok(c.claim(names[254], 0)).ComputeUnits
		fmt.Fprintf(&rows, "| %s | %d | %d |\n", name, finalize, claim)
	}
	return rows.String()
}

// accountsTable lists the accounts and their rent-exempt minimum.
func accountsTable(t *testing.T) string {
	var rows strings.Builder
	rows.WriteString("\nRent comes back when an account is closed; a trainer's profile, a stake account and the counter stay.\n\n| account | bytes | rent (lamports) |\n|---|---|---|\n")
	idl := programtest.ParseIDL(t, round.IDL())
	for _, a := range idl.Accounts {
		bytes := idl.AccountSize(t, a.Name)
		fmt.Fprintf(&rows, "| %s | %d | %d |\n", a.Name, bytes, rent(bytes))
	}
	return rows.String()
}

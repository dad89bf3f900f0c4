package round_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A step of the story that leads through every instruction, and what is particular about its accounts.
type step struct {
	call   call
	before func() // moves the clock or prepares something
	// by account: the error for another, valid account of the same kind in its place. Accounts without an entry are
	// wallets or are not looked at.
	substitute map[int]substitute
	creates    []int // accounts that do not exist yet
}

type substitute struct {
	key  solana.PublicKey
	code uint32
}

// story returns steps that cover every instruction, on rounds that other rounds stand beside to take accounts from.
func story(c *chain) []step {
	const r, other = 1, 0
	open := terms()
	open.deadline, open.minPre, open.minPost = start+10_000, 3, 3
	reveal := terms()
	reveal.reveal = true

	// The other round: the same actors, so that its accounts differ in nothing but the round.
	c.ok(c.create("creator", other, sol))
	for _, v := range []string{"ann", "ben", "cat"} {
		c.ok(c.prevalidate(v, other, 5000))
	}
	c.ok(c.createProfile("other"), c.createProfile("tom"), c.stake("other", sol))
	c.ok(c.submit("tom", other, gradientCID))
	c.ok(c.postvalidate("ann", other, "tom", 7000), c.setSource("tom", other, "hf:tom/heads@0"))
	c.ok(c.submit("other", other, gradientCID))
	otherRound := substitute{c.round(other), 2006}
	otherVault := substitute{c.vault(other), 2006}

	var steps []step
	add := func(s step) { steps = append(steps, s) }
	at := func(seconds int64) func() { return func() { c.at(seconds) } }

	add(step{call: c.stake("zoe", 5*sol), creates: []int{0}, substitute: map[int]substitute{0: {c.stakeOf("other"), 2006}}})
	add(step{call: c.unstake("zoe", sol), substitute: map[int]substitute{0: {c.stakeOf("other"), 2006}}})
	add(step{call: c.withdrawStake("zoe"), before: at(86_400), substitute: map[int]substitute{0: {c.stakeOf("other"), 2006}}})
	add(step{call: c.update("authority", defaults()), before: at(0)})
	add(step{call: c.propose("authority", c.pub("next"))})
	add(step{call: c.accept("next")})
	add(step{call: c.create("creator", r, sol+77), creates: []int{1, 2},
		substitute: map[int]substitute{1: otherRound, 2: otherVault}})
	add(step{call: c.configure("creator", r, open), substitute: map[int]substitute{0: otherRound, 1: {c.pub("eve"), 2001}}})
	add(step{call: c.configureFair("creator", r, fair{tolerance: 500, deadline: open.deadline}),
		substitute: map[int]substitute{0: otherRound, 1: {c.pub("eve"), 2001}}})
	add(step{call: c.createProfile("tim"), creates: []int{0}, substitute: map[int]substitute{0: {c.profile("other"), 2006}}})
	add(step{call: c.prevalidate("zoe", r, 9000), creates: []int{2},
		substitute: map[int]substitute{0: otherRound, 1: {c.stakeOf("other"), 2006}, 2: {c.pre(other, "ann"), 2006}}})
	for _, v := range []string{"ann", "ben", "cat"} {
		add(step{call: c.prevalidate(v, r, 5000)})
	}
	add(step{call: c.submit("tom", r, gradientCID), creates: []int{2},
		substitute: map[int]substitute{0: otherRound, 1: {c.profile("other"), 2006}, 2: {c.gradient(other, "tom"), 2006}}})
	add(step{call: c.setSource("tom", r, "hf:tom/heads@1"), creates: []int{2},
		substitute: map[int]substitute{0: otherRound, 1: {c.gradient(other, "tom"), 2006}, 2: {c.source(other, "tom"), 2006}}})
	add(step{call: c.setSource("tom", r, "hf:tom/heads@22"), substitute: map[int]substitute{2: {c.source(other, "tom"), 2006}}})
	add(step{call: c.postvalidate("zoe", r, "tom", 2000), creates: []int{3}, substitute: map[int]substitute{
		0: otherRound, 1: {c.stakeOf("other"), 2006}, 2: {c.gradient(other, "tom"), 2006}, 3: {c.post(other, "tom", "ann"), 2006}}})
	for _, v := range []string{"ann", "ben", "cat"} {
		add(step{call: c.postvalidate(v, r, "tom", 7000)})
	}
	add(step{call: c.finalize("creator", r), substitute: map[int]substitute{0: otherRound, 1: {c.pub("eve"), 2001}}})
	add(step{call: c.settle("eve", r, "tom"),
		substitute: map[int]substitute{0: otherRound, 1: {c.gradient(other, "tom"), 2006}, 2: {c.profile("other"), 2006}}})
	add(step{call: c.claim("tom", r), substitute: map[int]substitute{0: otherRound, 1: {c.gradient(other, "tom"), 2006},
		2: {c.profile("other"), 2006}, 3: otherVault, 4: {c.pub("eve"), 2012}}})
	add(step{call: c.claimPre("ann", r), substitute: map[int]substitute{0: otherRound, 1: {c.pre(other, "ann"), 2006},
		2: otherVault, 3: {c.pub("eve"), 2012}}})
	add(step{call: c.claimPost("ann", r, "tom"), substitute: map[int]substitute{0: otherRound,
		1: {c.post(other, "tom", "ann"), 2006}, 2: otherVault, 3: {c.pub("eve"), 2012}}})
	add(step{call: c.slash("eve", r, c.pre(r, "zoe"), "zoe"), substitute: map[int]substitute{0: otherRound,
		1: {c.pre(other, "ann"), 2006}, 2: {c.stakeOf("other"), 2006}, 3: otherVault, 4: {c.pub("ann"), 2012}}})
	add(step{call: c.withdraw("creator", r), substitute: map[int]substitute{0: otherRound, 1: otherVault, 2: {c.pub("eve"), 2001}}})
	add(step{call: c.force("eve", other), before: at(43_200), substitute: map[int]substitute{0: {c.round(r), 2006}}})
	add(step{call: c.closeGradient("eve", r, "tom"), before: at(200_000),
		substitute: map[int]substitute{0: otherRound, 1: {c.gradient(other, "tom"), 2006}, 2: {c.pub("ann"), 2001}}})
	add(step{call: c.closeSource("eve", r, "tom"),
		substitute: map[int]substitute{0: otherRound, 1: {c.source(other, "tom"), 2006}, 2: {c.pub("ann"), 2001}}})
	add(step{call: c.closeValidation("eve", r, c.pre(r, "ann"), "ann"),
		substitute: map[int]substitute{0: otherRound, 1: {c.pre(other, "ann"), 2006}, 2: {c.pub("ben"), 2001}}})
	add(step{call: c.withdraw("creator", r), before: at(20_000_000)})
	add(step{call: c.closeRound("eve", r, "creator"),
		substitute: map[int]substitute{0: {c.round(other), 2006}, 1: {c.pub("ann"), 2001}}})

	add(step{call: c.create("creator", 2, sol), before: at(0)})
	add(step{call: c.configure("creator", 2, reveal)})
	add(step{call: c.commit("ann", 2, "", 5000), creates: []int{3},
		substitute: map[int]substitute{0: otherRound, 1: {c.pub("eve"), 2012}, 2: {c.stakeOf("other"), 2006}}})
	add(step{call: c.commit("ben", 2, "", 5000)})
	add(step{call: c.revealPre("ann", 2, 5000), before: at(600), creates: []int{2}, substitute: map[int]substitute{
		0: otherRound, 1: {c.stakeOf("other"), 2006}, 2: {c.pre(other, "ann"), 2006}, 3: {c.commitment(2, "", "ben"), 2006}}})
	add(step{call: c.submit("tom", 2, gradientCID), before: at(1200)})
	add(step{call: c.closeCommitment("ben", 2, "")})
	add(step{call: c.commit("ann", 2, "tom", 6000), creates: []int{3},
		substitute: map[int]substitute{0: otherRound, 1: {c.gradient(other, "tom"), 2006}, 2: {c.stakeOf("other"), 2006}}})
	add(step{call: c.commit("ben", 2, "tom", 6000)})
	add(step{call: c.revealPost("ann", 2, "tom", 6000), before: at(1800), creates: []int{3}, substitute: map[int]substitute{
		0: otherRound, 1: {c.stakeOf("other"), 2006}, 2: {c.gradient(other, "tom"), 2006}, 3: {c.post(other, "tom", "ann"), 2006},
		4: {c.commitment(2, "tom", "ben"), 2006}}})
	add(step{call: c.create("creator", 3, sol)})
	add(step{call: c.cancel("creator", 3), substitute: map[int]substitute{0: otherRound, 1: otherVault, 2: {c.pub("eve"), 2001}}})
	sealed := sealedFair()
	sealed.holdout = sha256.Sum256(holdoutKey[:])
	add(step{call: c.create("creator", 4, sol), before: at(0)})
	add(step{call: c.configure("creator", 4, sealedTerms())})
	add(step{call: c.configureFair("creator", 4, sealed)})
	add(step{call: c.revealHoldout("eve", 4, holdoutKey), before: at(sealedCloses), substitute: map[int]substitute{0: otherRound}})
	steps = append(steps, drawnStory(c, 5, otherRound)...)
	add(step{call: c.assertTerms(other, c.terms(other)), substitute: map[int]substitute{0: {c.round(2), 2006}}})
	return steps
}

// drawnStory leads through a sealed round with a committee, in which zoe commits to two scores and reveals none.
func drawnStory(c *chain, id uint64, otherRound substitute) []step {
	o, f := sealedTerms(), sealedFair()
	o.stake, f.committee = 1_000_000, 3
	at := func(seconds int64) func() { return func() { c.at(seconds) } }
	slotsOn := func() { c.bank.WarpSlots(2) }
	return []step{
		{call: c.create("creator", id, sol), before: at(0)},
		{call: c.configure("creator", id, o)},
		{call: c.configureFair("creator", id, f)},
		{call: c.submitSealed("tom", id, gradientCID)},
		{call: c.draw("eve", id), before: at(sealedCloses), substitute: map[int]substitute{0: otherRound}},
		{call: c.draw("eve", id), before: slotsOn, substitute: map[int]substitute{0: otherRound}},
		{call: c.commitSealed("zoe", id, "", 5000), before: at(sealedScored)},
		{call: c.commitSealed("zoe", id, "tom", 5000), creates: []int{3, 6}, substitute: map[int]substitute{0: otherRound,
			1: {c.gradient(0, "tom"), 2006}, 2: {c.stakeOf("other"), 2006}, 6: {c.pre(id, "zoe"), 2006}}},
		{call: c.force("eve", id), before: at(sealedEnds)},
		{call: c.slashCommitment("eve", id, "tom", "zoe"), creates: []int{2}, substitute: map[int]substitute{0: otherRound,
			1: {c.commitment(2, "tom", "ben"), 2006}, 2: {c.unopened(id, "ann"), 2006}, 3: {c.stakeOf("other"), 2006},
			4: {c.pub("ann"), 2006}, 6: {c.pub("ann"), 2012}}},
		{call: c.slashCommitment("eve", id, "", "zoe"), substitute: map[int]substitute{1: {c.commitment(2, "tom", "ben"), 2006}}},
	}
}

// TestAccountChecks spoils every account of every instruction in every way, one at a time.
func TestAccountChecks(t *testing.T) {
	c := newChain(t)
	covered := map[string]bool{}
	init := newBank(t)
	spoil(t, init, step{call: init.initialize(), creates: []int{0}})
	for i, s := range story(c) {
		if s.before != nil {
			s.before()
		}
		if !covered[s.call.name] || s.substitute != nil {
			t.Run(fmt.Sprintf("%02d %s", i, s.call.name), func(t *testing.T) { spoil(t, c.on(t), s) })
			covered[s.call.name] = true
		}
		c.ok(s.call)
	}
	require.Len(t, covered, 35, "every instruction but initialize") // which has a chain of its own
}

// spoil tries the step with each of its accounts spoiled, and leaves the chain as it was.
func spoil(t *testing.T, c *chain, s step) {
	snapshot := c.bank.Snapshot()
	try := func(k call, code uint32, what string, i int) {
		t.Helper()
		got, res := c.code(k)
		require.Equal(t, code, got, "%s, account %d: %s: %v", k.name, i, what, res.Logs)
		c.bank.Restore(snapshot)
	}
	typed := func(i int) bool { // an account of the program that exists
		a, ok := c.bank.Account(s.call.metas[i].PublicKey)
		return ok && a.Owner == c.id
	}
	short := s.call
	short.metas = short.metas[:len(short.metas)-1]
	if s.call.name != "update_protocol" {
		try(short, 3005, "missing", len(short.metas))
	}
	for i, m := range s.call.metas {
		if m.IsSigner {
			unsigned := s.call.change(i, func(m *solana.AccountMeta) { m.IsSigner = false })
			unsigned.signers = nil
			try(unsigned, 3010, "does not sign", i)
		}
		if m.IsWritable {
			try(s.call.change(i, func(m *solana.AccountMeta) { m.IsWritable = false }), 2000, "read-only", i)
		}
		if m.PublicKey == solana.SystemProgramID {
			try(s.call.with(i, solana.TokenProgramID), 3008, "another program", i)
		}
		if sub, ok := s.substitute[i]; ok {
			k := s.call.with(i, sub.key)
			k.signers = append(append([]string{}, k.signers...), "eve")
			try(k, sub.code, "another of its kind", i)
		}
		if typed(i) && !(s.call.name == "close_round" && i == 3) {
			spoilData(t, c, s.call, i, try)
		}
	}
	for _, i := range s.creates {
		key := s.call.metas[i].PublicKey
		require.NoError(t, c.bank.Fund(key, 1))
		c.ok(s.call)
		c.bank.Restore(snapshot)
		require.NoError(t, c.bank.Fund(key, 50*sol))
		c.ok(s.call)
		c.bank.Restore(snapshot)
		code := uint32(0)
		if s.call.name == "stake" || s.call.name == "slash_commitment" || s.call.name == "set_source" {
			code = 3002 // the account of an earlier call is no error
		}
		require.NoError(t, c.bank.SetAccount(key, svm.Account{Lamports: sol, Owner: c.id, Data: make([]byte, 300)}))
		try(s.call, code, "exists already", i)
	}
	spoilArguments(t, c, s.call, try)
}

// spoilData puts accounts of other owners, types and sizes in place of account i.
func spoilData(t *testing.T, c *chain, k call, i int, try func(call, uint32, string, int)) {
	key := k.metas[i].PublicKey
	original, _ := c.bank.Account(key)
	set := func(a svm.Account) { require.NoError(t, c.bank.SetAccount(key, a)) }
	change := func(f func(*svm.Account)) {
		a := original.Clone()
		f(&a)
		set(a)
	}
	change(func(a *svm.Account) { a.Owner = solana.TokenProgramID })
	try(k, 3007, "of another program", i)
	change(func(a *svm.Account) { a.Data = a.Data[:7] })
	try(k, 3001, "without discriminator", i)
	change(func(a *svm.Account) { a.Data[0] ^= 1 })
	try(k, 3002, "of another type", i)
	change(func(a *svm.Account) { a.Data = a.Data[:52] })
	try(k, 3003, "too short", i)
	if programtest.Discriminator("Round") == [8]byte(original.Data[:8]) {
		change(func(a *svm.Account) { a.Data[163] = 0 })
		try(k, 3003, "a round of the kits' program", i)
	}
	// Where a stake, round or vault may be absent, so may what stands here; the rule about that has tests of its own.
	mayBeAbsent := programtest.Discriminator("ValidatorStake") == [8]byte(original.Data[:8]) ||
		k.name == "slash_validator" && i == 3 || (k.name == "slash_commitment" || k.name == "set_source") && i == 2 ||
		(k.name == "close_gradient" || k.name == "close_source" || k.name == "close_validation") && i == 0
	if mayBeAbsent {
		return
	}
	set(svm.Account{Lamports: sol, Owner: solana.SystemProgramID})
	try(k, 3012, "not initialized", i)
}

// spoilArguments cuts the data short everywhere, and makes it longer.
func spoilArguments(t *testing.T, c *chain, k call, try func(call, uint32, string, int)) {
	full := k.data
	for n := range full {
		k.data = full[:n]
		code := uint32(102)
		if n < 8 {
			code = 100
		}
		try(k, code, fmt.Sprintf("%d bytes of data", n), -1)
	}
	k.data = append([]byte{full[0] ^ 1}, full[1:]...)
	try(k, 101, "an unknown discriminator", -1)
	k.data = append(append([]byte{}, full...), 1, 2, 3)
	if k.name != "update_protocol" { // its third account is a treasury
		k.metas = append(append([]*solana.AccountMeta{}, k.metas...), solana.NewAccountMeta(c.pub("eve"), true, false))
	}
	try(k, none, "trailing bytes and accounts", -1)
}

package run_test

import (
	"fmt"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
)

type (
	step       = programtest.Step
	substitute = programtest.Substitute
)

// subs gives the places of a call's accounts to those of another run.
func subs(pairs ...any) map[int]substitute {
	out := map[int]substitute{}
	for i := 0; i < len(pairs); i += 3 {
		out[pairs[i].(int)] = substitute{Key: pairs[i+1].(solana.PublicKey), Code: uint32(pairs[i+2].(int))}
	}
	return out
}

// story returns steps that lead through every instruction but initialize, beside another run to take accounts from.
func story(w *world) (steps []step) {
	o := w.another("other")
	o.open(plain(), 0)
	for _, who := range []string{"ann", "ben"} {
		o.OK(o.join(who, 1, 5*sol))
	}
	anybody := solana.PublicKey{}
	add := func(k programtest.Call, s map[int]substitute, more ...func(*step)) {
		next := step{Call: k, Substitutes: s}
		for _, f := range more {
			f(&next)
		}
		steps = append(steps, next)
	}
	before := func(f func()) func(*step) { return func(s *step) { s.Before = f } }
	creates := func(i ...int) func(*step) { return func(s *step) { s.Creates = i } }
	unchecked := func(i ...int) func(*step) { return func(s *step) { s.Unchecked = append(s.Unchecked, i...) } }
	optional := func(n int) func(*step) { return func(s *step) { s.Optional = n } }

	add(w.updateProtocol("protocol", roundProgram), subs(1, w.Pub("eve"), 2001))
	add(w.proposeProtocol("protocol", w.Pub("next")), subs(1, w.Pub("eve"), 2001))
	add(w.acceptProtocol("next"), subs(1, w.Pub("eve"), 2001))
	add(w.createRun("a run", 0, anybody), subs(1, o.run(), 2006, 2, o.roster(), 2006, 3, o.ballots(), 2006, 4, o.vault(), 2006),
		before(func() { w.OK(w.makeRoster()...) }), creates(1, 3, 4), unchecked(2, 8, 9), optional(2))
	add(w.updateConfig(plain(), 0), subs(1, w.Pub("eve"), 2001))
	add(w.updateModel(digest(1)), subs(1, w.Pub("eve"), 2001))
	add(w.updateMetadata("name", "description"), subs(1, w.Pub("eve"), 2001))
	add(w.propose("authority", w.Pub("heir")), subs(1, w.Pub("eve"), 2001))
	add(w.accept("heir"), subs(1, w.Pub("eve"), 2001))
	add(w.propose("heir", w.Pub("authority")), nil)
	add(w.accept("authority"), nil)
	add(w.setRates(1000, 10, false), subs(1, w.Pub("eve"), 2001))
	add(w.topUp("payer", sol), subs(1, o.vault(), 2006), unchecked(1))
	add(w.setPaused(false), subs(1, o.roster(), 2006, 2, w.Pub("eve"), 2001))
	add(w.authorize(w.Pub("ann")), subs(0, w.authorization(anybody), 2006), creates(0), unchecked(2))
	add(w.granteeUpdate("ann", true, w.Pub("ben")), subs(1, w.Pub("eve"), 2001))
	add(w.grantorUpdate(w.Pub("ann"), true), subs(1, w.Pub("eve"), 2001))
	add(w.joinBy("ben", w.Pub("ann"), 1, 5*sol), subs(1, o.roster(), 2006, 2, o.member("ann"), 2006, 6, o.vault(), 2006),
		creates(2), unchecked(6))
	add(w.join("ann", 1, 5*sol), nil)
	add(w.closeAuthorization(w.Pub("ann")), subs(1, w.Pub("eve"), 2001, 2, w.Pub("eve"), 2001))
	add(w.addStake("ann", sol), subs(1, o.roster(), 2006, 2, w.member("ben"), 2006, 4, o.vault(), 2006), unchecked(4))
	add(w.tick(), subs(1, o.roster(), 2006, 2, o.ballots(), 2006), before(func() { w.Warp(3) }))
	add(w.ready("ann"), subs(1, o.roster(), 2006, 2, o.ballots(), 2006, 3, w.member("ben"), 2006))
	train := func() { w.goTo(3, 1) }
	add(w.submit("ann", 0, 1, digest(3)), subs(1, o.ballots(), 2006, 2, w.member("ben"), 2006), before(train))
	set := bits(1)
	add(w.seen("ann", 1, set), subs(1, o.ballots(), 2006, 2, w.member("ben"), 2006), before(func() { w.goTo(4, 0) }))
	add(w.seen("ben", 1, set), nil)
	b := ballot{digest: digest(60), included: set}
	hash := func(who string) [32]byte { return w.hashIn(who, 0, 1, b) }
	add(w.commit("ann", 1, hash("ann")), subs(1, o.ballots(), 2006, 2, w.member("ben"), 2006), before(func() { w.goTo(4, 1) }))
	add(w.commit("ben", 1, hash("ben")), nil)
	add(w.reveal("ann", 1, b), subs(1, o.ballots(), 2006, 2, w.member("ben"), 2006), before(func() { w.goTo(4, 2) }))
	add(w.leave("ann"), subs(1, o.roster(), 2006, 2, w.member("ben"), 2006), before(func() {
		w.OK(w.reveal("ben", 1, b))
		w.OK(w.setPaused(true))
		w.goTo(7, 0)
	}))
	add(w.claim("ann", 1), subs(1, o.roster(), 2006, 2, w.member("ben"), 2006, 4, o.vault(), 2006), unchecked(4))
	add(w.withdrawStake("ann", "ann", sol), subs(1, o.roster(), 2006, 2, w.member("ben"), 2006, 4, w.Pub("eve"), 2001, 5, o.vault(), 2006), unchecked(5))
	add(w.withdrawSurplus(1), subs(1, o.vault(), 2006, 2, w.Pub("eve"), 2001), unchecked(1))
	add(w.slash("ben", "eve"), subs(1, o.roster(), 2006, 2, o.member("ben"), 2006, 4, o.vault(), 2006), unchecked(4),
		before(func() { w.setSlot("ben", 70, sol) }))
	add(w.prune("ann", "eve", 1), subs(1, o.roster(), 2006, 2, w.member("ben"), 2006), before(func() { w.Warp(600) }))
	add(w.closeMember("ann", "eve"), subs(0, o.run(), 2006, 2, w.Pub("eve"), 2001), unchecked(0), before(func() {
		w.OK(w.claim("ann", w.dueOf("ann")), w.withdrawStake("ann", "ann", 5*sol))
	}))
	add(w.closeRun(), subs(1, o.roster(), 2006, 2, o.ballots(), 2006, 3, o.vault(), 2006, 4, w.Pub("eve"), 2001, 5, w.Pub("eve"), 2001), unchecked(3), before(func() {
		w.Warp(366 * day)
		w.OK(w.tick())
		w.OK(w.withdrawStake("ben", "eve", 4*sol))
		w.Warp(180 * day)
	}))
	return steps
}

// dueOf is what a member without a slot may claim.
func (w *world) dueOf(who string) uint64 {
	m := data(w.Data(w.member(who)))
	return m.u64(201) - m.u64(209) - m.u64(217)
}

// setSlot changes a number in a member's slot, as no transaction could.
func (w *world) setSlot(who string, at int, n uint64) {
	a, ok := w.Bank.Account(w.roster())
	require.True(w.T, ok)
	a = a.Clone()
	for i := range 8 {
		a.Data[40+86*w.slotOf(who)+at+i] = byte(n >> (8 * i))
	}
	require.NoError(w.T, w.Bank.SetAccount(w.roster(), a))
}

// walk goes through the story, and tries each instruction when it first comes up.
func walk(t *testing.T, w *world, steps []step, try func(c *programtest.Chain, t *testing.T, s step)) {
	w.Fees = "fees" // nobody else, so that every flag counts
	for _, name := range append([]string{"fees", "next", "heir", "joiner"}, players...) {
		w.Key(name)
	}
	covered := map[string]bool{}
	for i, s := range steps {
		if s.Before != nil {
			s.Before()
		}
		if !covered[s.Call.Name] {
			t.Run(fmt.Sprintf("%02d %s", i, s.Call.Name), func(t *testing.T) { try(w.On(t), t, s) })
			covered[s.Call.Name] = true
		}
		w.OK(s.Call)
	}
	require.Len(t, covered, 32, "every instruction but initialize")
}

// TestAccountChecks spoils every account of every instruction in every way, one at a time.
func TestAccountChecks(t *testing.T) {
	fresh := &world{Chain: suite.NewChain(t, programID), id: "tiny", authority: "authority"}
	fresh.Spoil(t, step{Call: fresh.initialize(), Creates: []int{0}, Unchecked: []int{3}})
	w := newWorld(t)
	w.treasury = 1
	walk(t, w, story(w), (*programtest.Chain).Spoil)
}

// TestTokenAccountChecks does so with the flags of the accounts that runs with tokens add, on the real token programs.
func TestTokenAccountChecks(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := withTokens(t, dir, append([]string{"payer"}, players...)...)
		steps := story(w)
		checkAccounts(t, w, steps)
		walk(t, w, steps, (*programtest.Chain).SpoilFlags)
	})
}

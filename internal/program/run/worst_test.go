package run_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// The tests that would find the worst.

// funded opens a run with SOL in which some members have joined with five SOL each.
func funded(t *testing.T, c config, verification uint8, members ...string) *world {
	w := newWorld(t)
	w.treasury = 1
	w.open(c, verification)
	w.OK(w.setRates(1000, 10, false), w.topUp("payer", 10*sol))
	for _, who := range members {
		w.OK(w.join(who, 1, 5*sol))
	}
	return w
}

// runOf is the run's account.
func (w *world) runOf() *model.Run { return decode[model.Run](w, w.run()) }

// of is a member's slot.
func (w *world) of(who string) model.Slot {
	return decode[model.Roster](w, w.roster()).Slots[w.slotOf(who)]
}

// A playbook says what members do in a round, if it is not what everybody does.
type playbook struct {
	submit   []string
	included []string            // by the ballots; nil: all
	ballots  map[string]*ballot  // nil: that verifier reveals nothing
	seen     map[string][]string // what a verifier has, if not all
}

// set is the set of some members' slots.
func (w *world) set(members ...string) [32]byte {
	var slots []int
	for _, who := range members {
		slots = append(slots, w.slotOf(who))
	}
	return bits(slots...)
}

// follow plays a round, which ends with a tick.
func (w *world) follow(p playbook, members ...string) {
	w.T.Helper()
	w.goTo(train, 1)
	verifiers := w.verifiers(members...)
	for i, who := range p.submit {
		w.OK(w.submit(who, w.epoch(), w.round(), digest(byte(10+i))))
	}
	w.goTo(witness, 0)
	for _, who := range verifiers {
		held := [32]byte(decode[model.Ballots](w, w.ballots()).Submitted)
		if some, ok := p.seen[who]; ok {
			held = w.set(some...)
		}
		w.OK(w.seen(who, w.round(), held))
	}
	w.goTo(witness, 1)
	included := p.included
	if included == nil {
		included = p.submit
	}
	votes := map[string]*ballot{}
	for _, who := range verifiers {
		votes[who] = &ballot{digest: digest(byte(100 + w.round())), included: w.set(included...)}
		if b, ok := p.ballots[who]; ok {
			votes[who] = b
		}
		if votes[who] != nil {
			w.OK(w.commit(who, w.round(), w.hash(who, *votes[who])))
		}
	}
	w.goTo(witness, 2)
	for _, who := range verifiers {
		if b := votes[who]; b != nil {
			w.OK(w.reveal(who, w.round(), *b))
		}
	}
	w.Warp(10)
	w.OK(w.tick())
}

func TestAFailedRoundDropsNoSubmitter(t *testing.T) {
	c := plain()
	c.MaxMissed = 1
	w := funded(t, c, 0, "ann", "ben", "cat")
	odd := func(n byte) *ballot { return &ballot{digest: digest(n)} }
	w.follow(playbook{
		submit:  []string{"ann", "ben", "cat"},
		ballots: map[string]*ballot{"ann": odd(1), "ben": odd(2), "cat": odd(3)}, // nobody agrees with anybody
	}, "ann", "ben", "cat")
	require.EqualValues(t, 1, w.runOf().FailedRounds)
	for _, who := range []string{"ann", "ben", "cat"} {
		require.EqualValues(t, active, w.status(who))
		require.Zero(t, w.of(who).Missed)
	}
}

func TestJunkFromOneWhoLeavesAtTheLastRoundIsEjectedAndSlashed(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben", "cat")
	all := []string{"ann", "ben", "cat"}
	w.follow(playbook{submit: all, included: []string{"ann", "ben"}}, all...)
	w.OK(w.leave("cat"))
	require.EqualValues(t, leaving, w.status("cat"))
	w.follow(playbook{submit: all, included: []string{"ann", "ben"}}, all...)
	require.EqualValues(t, cooldown, w.state())
	cat := w.of("cat")
	require.Equal(t, model.Ejected, cat.Status)
	require.Zero(t, cat.Earned)
	require.EqualValues(t, 10, cat.Slashed)
	require.EqualValues(t, sol/2, cat.SlashDue, "a tenth of the stake")
	require.EqualValues(t, 1000, w.of("ann").Earned)
	w.Warp(20)
	w.OK(w.tick())
	w.Fails(w.withdrawStake("cat", "cat", 1), uint32(model.StakeLocked))
	before := w.Balance("eve")
	w.OK(w.slash("cat", "eve"))
	require.Equal(t, before+sol/20, w.Balance("eve"))
	require.EqualValues(t, 5*sol-sol/2, w.of("cat").Stake)
}

func TestClosedAndCreatedAgainOldMembersClaimNothing(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben")
	w.playRound(digest(100), "ann", "ben")
	w.playRound(digest(101), "ann", "ben")
	w.OK(w.setPaused(true))
	w.goTo(paused, 0)
	for _, who := range []string{"ann", "ben"} {
		w.OK(w.leave(who))
		w.OK(w.withdrawStake(who, who, 5*sol))
	}
	w.Warp(366 * day)
	w.OK(w.tick())
	w.OK(w.prune("ann", "eve", 0)) // her points are in her account, ben's stay in his slot
	w.Fails(w.closeRun(), uint32(model.NotEmpty))
	w.Warp(180 * day)
	w.OK(w.closeRun())

	w.open(plain(), 0)
	w.OK(w.topUp("payer", 10*sol))
	for _, who := range []string{"ann", "ben"} {
		w.Fails(w.claim(who, 1), uint32(model.NotAMember))
		w.Fails(w.withdrawStake(who, who, 1), uint32(model.NotAMember))
		w.Fails(w.leave(who), uint32(model.NotAMember))
	}
	w.OK(w.join("cat", 1, 5*sol)) // takes slot 0, which was ann's
	w.Fails(w.leave("ann"), uint32(model.NotAMember))
	w.OK(w.join("ann", 1, 5*sol))
	require.Zero(t, w.of("ann").Earned)
	w.Fails(w.claim("ann", 1), uint32(model.InsufficientPoints))
	w.OK(w.closeMember("ben", "eve"))
}

// A run is not closed in the slot of its creation: its namesake would have the same one.
func TestNoTwoRunsInASlot(t *testing.T) {
	w := newWorld(t)
	res := w.Send(append(w.create(), w.closeRun())...)
	require.NotNil(t, res.Err)
	require.EqualValues(t, model.InvalidState, res.Err.Instruction.Code)
	w.OK(w.create()...)
	w.OK(w.closeRun())
	w.OK(w.create()...)
}

func TestDropPruneAndJoinWithinAnEpochGivesNoSeat(t *testing.T) {
	c := plain()
	c.MaxMissed, c.PruneAfter, c.RoundsPerEpoch = 1, 0, 3
	w := funded(t, c, 0, "ann", "ben", "cat")
	w.follow(playbook{submit: []string{"ann", "ben"}}, "ann", "ben", "cat")
	require.EqualValues(t, dropped, w.status("cat"))
	slot := uint8(w.slotOf("cat"))
	w.Fails(w.prune("cat", "eve", slot), uint32(model.InvalidState))
	w.Fails(w.join("cat", 1, 0), uint32(model.InvalidState))
	w.goTo(train, 1)
	w.Fails(w.submit("cat", 0, 2, digest(5)), uint32(model.NotActive))
	w.follow(playbook{submit: []string{"ann", "ben"}}, "ann", "ben")
	w.follow(playbook{submit: []string{"ann", "ben"}}, "ann", "ben")
	w.Warp(20)
	w.OK(w.tick())
	require.EqualValues(t, waiting, w.state())
	w.OK(w.prune("cat", "eve", slot))
	w.OK(w.join("cat", 1, 0))
	require.EqualValues(t, joined, w.status("cat"))
}

func TestWhoServesHalfOfTheVerifiersHarmsOnlyHimself(t *testing.T) {
	c := plain()
	c.MinClients, c.InitMinClients = 4, 4
	all := []string{"ann", "ben", "cat", "dan"}
	w := funded(t, c, 0, all...)
	without := []string{"ann", "ben", "cat"}
	w.follow(playbook{
		submit:   all,
		seen:     map[string][]string{"ann": without, "ben": without}, // dan served cat and himself only
		included: without,
	}, all...)
	r := w.runOf()
	require.EqualValues(t, 1, r.Step)
	require.Zero(t, r.FailedRounds)
	require.EqualValues(t, 1, w.of("ann").Included)
	require.EqualValues(t, 1, w.of("dan").Rejected)
}

func TestWhatTwoOfThreeHaveSeenMayBeIncluded(t *testing.T) {
	all := []string{"ann", "ben", "cat"}
	w := funded(t, plain(), 0, all...)
	w.goTo(train, 1)
	w.OK(w.submit("ann", 0, 1, digest(3)), w.submit("ben", 0, 1, digest(4)))
	w.goTo(witness, 0)
	w.Fails(w.seen("ann", 1, w.set("cat")), uint32(model.InvalidBitmap))
	w.OK(w.seen("ann", 1, w.set("ann", "ben")), w.seen("ben", 1, w.set("ann")))
	w.goTo(witness, 1)
	require.Equal(t, model.Bitmap(w.set("ann")), decode[model.Ballots](w, w.ballots()).Accepted)
}

func TestLeavingBetweenSeedSlotAndDrawChangesNothing(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben", "cat")
	w.goTo(train, 0)
	drawnFrom := w.runOf().DrawnFrom
	w.Bank.WarpSlots(20) // the seed is known
	w.OK(w.leave("cat"))
	w.OK(w.tick())
	require.Equal(t, drawnFrom, w.runOf().DrawnFrom)
	require.EqualValues(t, 3, w.runOf().Drawn)
	w.OK(w.submit("cat", 0, 1, digest(5)))
	w.follow(playbook{submit: []string{"ann", "ben"}, included: []string{"ann", "ben", "cat"}}, "ann", "ben", "cat")
	require.EqualValues(t, 1, w.of("cat").Included)
	require.False(t, w.runOf().DrawnFrom.Has(w.slotOf("cat")), "not drawn from the next round on")
}

// setSlotHashes puts these slots, newest first, into the sysvar.
func (w *world) setSlotHashes(slots ...uint64) {
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(slots)))
	for _, slot := range slots {
		hash := digest(byte(slot))
		data = append(binary.LittleEndian.AppendUint64(data, slot), hash[:]...)
	}
	data = append(data, make([]byte, 8+512*40-len(data))...)
	require.NoError(w.T, w.Bank.SetAccount(solana.SysVarSlotHashesPubkey, svm.Account{Lamports: 1, Owner: svm.SysvarOwnerID, Data: data}))
}

func TestASkippedSeedSlot(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben")
	w.goTo(train, 0)
	seed := w.runOf().SeedSlot
	w.Bank.WarpSlots(20)
	w.setSlotHashes(seed-1, seed-2)
	w.OK(w.tick())
	require.EqualValues(t, 0, w.phase(), "no block yet at or after the seed slot")
	w.setSlotHashes(seed+5, seed+3, seed-1)
	w.OK(w.tick())
	require.EqualValues(t, 1, w.phase())
	require.Equal(t, model.Seed(w.run(), 0, 1, digest(byte(seed+3))), w.runOf().Seed, "the first block after it decides")
}

func TestFiveHundredTwelveSilentSlots(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben")
	w.goTo(train, 0)
	seed := w.runOf().SeedSlot
	w.Bank.WarpSlots(600)
	w.OK(w.tick())
	require.EqualValues(t, 0, w.phase())
	require.Greater(t, w.runOf().SeedSlot, seed+500, "armed anew")
	w.Bank.WarpSlots(9)
	w.OK(w.tick())
	require.EqualValues(t, 1, w.phase())
}

func TestPausingAfterRoundOneAgainAndAgainPaysInProportion(t *testing.T) {
	c := plain()
	c.RoundsPerEpoch = 4
	w := funded(t, c, 0, "ann", "ben")
	for i := range 3 {
		if i > 0 {
			w.OK(w.setPaused(false))
			w.OK(w.join("ann", uint32(i+1), 0), w.join("ben", uint32(i+1), 0))
		}
		w.goTo(train, 1)
		w.OK(w.setPaused(true))
		w.playRound(digest(byte(100+i)), "ann", "ben")
		require.EqualValues(t, cooldown, w.state())
		require.EqualValues(t, 250*(i+1), w.of("ann").Earned, "a quarter of the rate each time")
		w.Warp(20)
		w.OK(w.tick())
		require.EqualValues(t, paused, w.state())
	}
	require.EqualValues(t, 1500, w.runOf().Owed)
}

func TestADigestFrontRunPaysItsOwner(t *testing.T) {
	w := funded(t, plain(), 0, "ann", "ben", "cat")
	all := []string{"ann", "ben", "cat"}
	for range 2 {
		w.goTo(train, 1)
		round := w.round()
		w.OK(w.submit("cat", 0, round, digest(5))) // she saw it in ann's transaction; what it stands for names ann
		w.OK(w.submit("ann", 0, round, digest(5)))
		w.follow(playbook{submit: []string{"ben"}, included: []string{"ann", "ben"}}, all...)
	}
	require.EqualValues(t, 1000, w.of("ann").Earned)
	require.Zero(t, w.of("cat").Earned)
	require.EqualValues(t, ejected, w.status("cat"))
}

// TestProductsAtTheExtremes pays points near the largest number: nothing overflows, nothing wraps.
func TestProductsAtTheExtremes(t *testing.T) {
	w := newWorld(t)
	c := plain()
	w.open(c, 0)
	w.OK(w.setRates(math.MaxUint64, math.MaxUint64, false))
	w.OK(w.join("ann", 1, 0), w.join("ben", 1, 0))
	for epoch := range 2 {
		w.playRound(digest(byte(100+epoch)), "ann", "ben")
		w.playRound(digest(byte(110+epoch)), "ann", "ben")
		require.EqualValues(t, uint64(math.MaxUint64), w.of("ann").Earned)
		w.Warp(20)
		w.OK(w.tick())
	}
	require.Zero(t, w.runOf().Owed, "points only: the run owes nothing")
	w.Fails(w.claim("ann", 1), uint32(model.NoTreasury))
}

func TestAVoteAtTheExtremesOfStakes(t *testing.T) {
	c := voting()
	c.SlashBps, c.MinStake = 10_000, 1
	c.TotalSteps = 1
	w := newWorld(t)
	w.treasury = 1
	w.open(c, 1)
	const huge = 1 << 62
	require.NoError(t, w.Bank.Fund(w.Pub("payer"), huge))
	for _, who := range []string{"ann", "ben"} {
		require.NoError(t, w.Bank.Fund(w.Pub(who), huge))
		w.OK(w.join(who, 1, huge))
	}
	w.OK(w.join("cat", 1, 1))
	w.OK(w.topUp("payer", huge))
	w.playRound(digest(100), "ann", "ben", "cat")
	sum := uint64(0)
	for _, who := range []string{"ann", "ben", "cat"} {
		sum += w.of(who).Earned
	}
	require.InDelta(t, float64(uint64(huge)), float64(sum), 3)
	require.Equal(t, sum, w.runOf().Owed)
	require.Equal(t, huge-sum, w.runOf().Pool)
}

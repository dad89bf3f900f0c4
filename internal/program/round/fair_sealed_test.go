package round_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The times of the sealed rounds in these tests, in seconds after their creation: submissions close, scoring starts, and
// it ends after six sittings of 200.
const (
	sealedCloses = 1500
	sealedScored = 1600
	sitting      = 200
	sealedEnds   = sealedScored + 6*sitting
)

func sealedTerms() options {
	o := terms()
	o.reveal, o.minPre, o.minPost, o.commit, o.window, o.deadline = true, 3, 3, sitting/2, 500, start+2000
	return o
}

func sealedFair() fair {
	return fair{sealed: true, tolerance: 20, publish: 100, bond: 1000, deadline: start + 2000}
}

// sealedRound returns a chain whose round 0 is a sealed one, with the heads of some trainers in it.
func sealedRound(t testing.TB, o options, f fair, trainers ...string) *chain {
	c := newChain(t)
	c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o), c.configureFair("creator", 0, f))
	c.profiles(trainers...)
	for _, name := range trainers {
		c.ok(c.submitSealed(name, 0, gradientCID))
	}
	return c
}

// scoreSealed lets validators commit and reveal in one sitting: their names, the subject and the scores.
func (c *chain) scoreSealed(sittingIndex int64, scores map[string]map[string]uint32) {
	c.t.Helper()
	c.at(sealedScored + sittingIndex*sitting)
	for subject, by := range scores {
		for v, accuracy := range by {
			c.ok(c.commitSealed(v, 0, subject, accuracy))
		}
	}
	c.warp(sitting / 2)
	for subject, by := range scores {
		for v, accuracy := range by {
			c.ok(c.revealSealed(v, subject, accuracy))
		}
	}
}

func (c *chain) revealSealed(v, subject string, accuracy uint32) call {
	if subject == "" {
		return c.revealPre(v, 0, accuracy)
	}
	return c.revealPost(v, 0, subject, accuracy)
}

// by gives validators the scores of one subject.
func by(scores ...uint32) map[string]uint32 {
	out := map[string]uint32{}
	for i, s := range scores {
		out[validators[i]] = s
	}
	return out
}

// A sealed round from its creation to its end: nobody scores the base before submissions, what is scored is the lower
// middle, who improved the base gets the bond back, and the others' bonds are the validators'.
func TestSealedRound(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom", "tim", "tia")
	require.EqualValues(t, rent(60)+sol+3000, c.lamports(c.vault(0)))
	require.EqualValues(t, 0, c.data(c.round(0)).i64(274), "nothing to wait for yet")
	c.fails(c.commitSealed("ann", 0, "", 5000), 6021)
	c.at(sealedCloses)
	c.profiles("ted")
	c.fails(c.submitSealed("ted", 0, gradientCID), 6019)
	c.at(sealedScored - 1)
	c.fails(c.commitSealed("ann", 0, "", 5000), 6021)

	c.scoreSealed(0, map[string]map[string]uint32{
		"": by(5000, 5002, 5001, 5004), "tom": by(7000, 7000, 7001), "tim": by(5001, 5001, 5001, 5001)})
	r := c.data(c.round(0))
	require.EqualValues(t, 5001, r.u64(153), "the lower of the two in the middle")
	require.EqualValues(t, start+sealedScored+sitting, r.i64(274), "the end of the sitting")
	require.Zero(t, r.u64(145), "improvement is counted at the end")
	require.EqualValues(t, 1, r.u8(284))
	c.fails(c.finalize("creator", 0), 6007)
	c.at(sealedScored + sitting)
	c.fails(c.commitSealed("dan", 0, "tom", 7000), 6021) // it has its quorum
	c.fails(c.commitSealed("zoe", 0, "", 5000), 6021)
	c.at(2000)
	c.fails(c.force("eve", 0), 6012) // tia may still be scored
	c.scoreSealed(5, map[string]map[string]uint32{"tia": by(9000, 9000)})
	c.at(sealedEnds - 1)
	c.fails(c.force("eve", 0), 6012)
	c.at(sealedEnds)
	c.fails(c.commitSealed("cat", 0, "tia", 9000), 6021)
	c.ok(c.force("eve", 0))

	r = c.data(c.round(0))
	require.EqualValues(t, 1999, r.u64(145))
	require.EqualValues(t, 1, r.u8(285))
	require.EqualValues(t, 1, r.u8(855), "tim's")
	n := uint64(r.u16(143))
	v := sol/10/n + 1000/n
	require.EqualValues(t, v-v*200/10_000, c.gain("ann", c.claimPre("ann", 0)))
	require.EqualValues(t, sol/10*9-sol/10*9*200/10_000+1000, c.gain("tom", c.claim("tom", 0)))
	require.EqualValues(t, 0, c.gain("tim", c.claim("tim", 0)))
	require.EqualValues(t, 1000, c.gain("tia", c.claim("tia", 0)), "nobody scored it: the bond is no one else's")
	require.EqualValues(t, 2, c.data(c.vault(0)).u8(56))
	require.EqualValues(t, 1999, c.data(c.gradient(0, "tom")).u64(122))
}

// Each rule of a sealed round, violated once.
func TestSealedRules(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.profiles("tim")
	c.fails(c.submit("tim", 0, gradientCID), 3005)
	other := c.submitSealed("tim", 0, gradientCID)
	c.fails(other.with(5, c.round(0)), 3002)
	c.ok(c.create("creator", 1, sol))
	c.fails(other.with(5, c.vault(1)), 2006)
	c.fails(c.prevalidate("ann", 0, 5000), 6020)
	c.fails(c.postvalidate("ann", 0, "tom", 5000), 6020)
	c.at(sealedScored)
	c.fails(c.commit("ann", 0, "tom", 5000), 2000)
	c.fails(c.commitSealed("tom", 0, "tom", 5000), 6018)
	c.fails(c.commitSealed("creator", 0, "tom", 5000), 6018)
	c.ok(c.commitSealed("ann", 0, "tom", 5000))
	c.fails(c.revealPost("ann", 0, "tom", 5000), 6031)
	c.at(sealedScored + sitting/2)
	c.fails(c.commitSealed("ben", 0, "tom", 5000), 6021)
	c.fails(c.revealPost("ann", 0, "tom", 5001), 6022)
	c.at(sealedScored + sitting)
	c.fails(c.revealPost("ann", 0, "tom", 5000), 6031)
	c.ok(c.commitSealed("ben", 0, "tom", 5000))
	c.at(sealedScored + sitting + sitting/2)
	c.fails(c.revealPost("ann", 0, "tom", 5000), 6031) // a commitment is for its own sitting
	c.ok(c.revealPost("ben", 0, "tom", 5000))
	c.at(sealedEnds)
	c.ok(c.force("eve", 0))
	require.EqualValues(t, 1000, c.gain("tom", c.claim("tom", 0)), "the base has no quorum: no bond is lost")
	require.EqualValues(t, 0, c.data(c.round(0)).u8(855))
}

// Without a gradient nothing is scored, and the round ends at its deadline.
func TestSealedRoundWithoutGradients(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair())
	c.at(sealedScored)
	c.fails(c.commitSealed("ann", 0, "", 5000), 6006)
	c.at(1999)
	c.fails(c.force("eve", 0), 6012)
	c.at(2000)
	c.ok(c.force("eve", 0))
	require.EqualValues(t, sol, c.gain("creator", c.withdraw("creator", 0))-int64(rent(60)))
}

// What nobody could fetch: who says so is paid where most say so, and nobody is slashed over it.
func TestSealedZeros(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom", "tim")
	c.scoreSealed(0, map[string]map[string]uint32{
		"": by(5000, 5000, 5000, 0), "tom": by(0, 0, 0, 15), "tim": by(6000, 6000, 6000, 0, 7000)})
	c.warp(sitting / 2)
	c.ok(c.finalize("creator", 0))
	for name, call := range map[string]struct {
		call call
		paid bool
	}{
		"base, found":       {c.claimPre("ann", 0), true},
		"base, not found":   {c.claimPre("dan", 0), false},
		"ghost, not found":  {c.claimPost("ann", 0, "tom"), true},
		"ghost, found":      {c.claimPost("dan", 0, "tom"), false},
		"head, found":       {c.claimPost("ann", 0, "tim"), true},
		"head, not found":   {c.claimPost("dan", 0, "tim"), false},
		"head, outlier":     {c.claimPost("zoe", 0, "tim"), false},
		"head, found again": {c.claimPost("ben", 0, "tim"), true},
	} {
		who := call.call.signers[0]
		require.Equal(t, call.paid, c.gain(who, call.call) > 0, name)
	}
	c.fails(c.slash("eve", 0, c.pre(0, "dan"), "dan"), 6023)
	c.fails(c.slash("eve", 0, c.post(0, "tom", "dan"), "dan"), 6023)
	c.fails(c.slash("eve", 0, c.post(0, "tim", "dan"), "dan"), 6023)
	c.ok(c.slash("eve", 0, c.post(0, "tim", "zoe"), "zoe"))
}

// Revealed scores and commitments of a sitting together are 24 at most: every commitment can be revealed.
func TestSealedSlots(t *testing.T) {
	o := sealedTerms()
	o.minPost = 24
	c := sealedRound(t, o, sealedFair(), "tom")
	names := make([]string, 29)
	for i := range names {
		names[i] = fmt.Sprint("validator ", i)
	}
	c.at(sealedScored)
	for _, v := range names[:24] {
		c.ok(c.commitSealed(v, 0, "tom", 5000))
	}
	c.fails(c.commitSealed(names[24], 0, "tom", 5000), 6017)
	c.warp(sitting / 2)
	for _, v := range names[:20] {
		c.ok(c.revealPost(v, 0, "tom", 5000))
	}
	c.warp(sitting / 2)
	c.fails(c.commitSealed(names[23], 0, "tom", 5000), 0) // who never revealed does not get another try
	for _, v := range names[24:28] {
		c.ok(c.commitSealed(v, 0, "tom", 5000))
	}
	c.fails(c.commitSealed(names[28], 0, "tom", 5000), 6017)
	require.EqualValues(t, []uint8{4, 1}, []uint8(c.data(c.gradient(0, "tom"))[192:194]))
}

// Who has scored a subject cannot commit to another score of it in a later sitting, which it could never reveal.
func TestNoCommitmentOnTopOfAScore(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.scoreSealed(0, map[string]map[string]uint32{"": by(5000, 5000), "tom": by(6000, 6000)})
	c.at(sealedScored + sitting)
	for _, subject := range []string{"", "tom"} {
		c.fails(c.commitSealed("ann", 0, subject, 5000), 0)
		k := c.commitSealed("ann", 0, subject, 5000)
		c.fails(k.with(6, c.pre(0, "zoe")), 2006)
		k.metas = k.metas[:6]
		c.fails(k, 3005)
		c.ok(c.commitSealed("zoe", 0, subject, 5000))
	}
	require.EqualValues(t, 1, c.data(c.round(0)).u8(960), "no place was taken")
}

// Slots bound submissions and nothing else: the first that closes them is that of configure_fair and so many more.
func TestSubmissionSlots(t *testing.T) {
	for name, sealed := range map[string]bool{"plain": false, "sealed": true} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			c.profiles(trainers...)
			o, f := terms(), fair{task: 1, tolerance: 20, deadline: start + 7200, slots: 50}
			submit := c.submit
			if sealed {
				o, f = sealedTerms(), sealedFair()
				f.slots, f.task, submit = 50, 1, c.submitSealed
			}
			c.ok(c.create("creator", 0, sol), c.configure("creator", 0, o), c.configureFair("creator", 0, f))
			first := c.data(c.round(0)).u64(872)
			require.EqualValues(t, 50, c.data(c.round(0)).u32(868))
			if !sealed {
				c.ok(c.prevalidate("ann", 0, 5000))
			}
			c.ok(submit("tom", 0, gradientCID))
			c.bank.WarpSlots(first + 49 - c.bank.Slot())
			here := c.bank.Snapshot()
			c.ok(submit("tim", 0, gradientCID))
			c.bank.Restore(here)
			c.bank.WarpSlots(1)
			c.fails(submit("tim", 0, gradientCID), 6034)
			c.bank.WarpSlots(1 << 40)
			c.fails(submit("tim", 0, gradientCID), 6034)
			c.warp(7200)
			c.fails(submit("tim", 0, gradientCID), 6019) // the time is looked at first
		})
	}
}

func TestConfigureSealedRanges(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*options, *fair)
		ok     bool
	}{
		"unchanged":                 {func(*options, *fair) {}, true},
		"without commitments":       {func(o *options, _ *fair) { o.reveal = false }, false},
		"base quorum 2":             {func(o *options, _ *fair) { o.minPre = 2 }, false},
		"quorum 2":                  {func(o *options, _ *fair) { o.minPost = 2 }, false},
		"committee without stakes":  {func(_ *options, f *fair) { f.committee = 16 }, false},
		"committee of 16":           {func(o *options, f *fair) { o.stake, f.committee = 1, 16 }, true},
		"committee of the quorum":   {func(o *options, f *fair) { o.stake, o.minPre, f.committee = 1, 5, 5 }, true},
		"committee below it":        {func(o *options, f *fair) { o.stake, o.minPre, f.committee = 1, 5, 4 }, false},
		"below the other quorum":    {func(o *options, f *fair) { o.stake, o.minPost, f.committee = 1, 5, 4 }, false},
		"committee of 24":           {func(o *options, f *fair) { o.stake, f.committee = 1, 24 }, true},
		"committee of 25":           {func(o *options, f *fair) { o.stake, f.committee = 1, 25 }, false},
		"a holdout":                 {func(_ *options, f *fair) { f.holdout[0] = 1 }, true},
		"no publication":            {func(_ *options, f *fair) { f.publish = 0 }, false},
		"publication for a day":     {func(_ *options, f *fair) { f.publish = day }, true},
		"publication over a day":    {func(_ *options, f *fair) { f.publish = day + 1 }, false},
		"bond of 2^55":              {func(_ *options, f *fair) { f.bond = 1 << 55 }, true},
		"bond over 2^55":            {func(_ *options, f *fair) { f.bond = 1<<55 + 1 }, false},
		"earliest deadline":         {func(_ *options, f *fair) { f.deadline = start + 560 }, true},
		"deadline too early":        {func(_ *options, f *fair) { f.deadline = start + 559 }, false},
		"30 days":                   {func(o *options, f *fair) { o.stake, f.deadline = 1, start+30*day }, true},
		"over 30 days":              {func(_ *options, f *fair) { f.deadline = start + 30*day + 1 }, false},
		"stakes outlast scoring":    {func(o *options, _ *fair) { o.stake, o.commit, o.deadline = 1, 5400, start+12_000 }, true},
		"stakes unlock too early":   {func(o *options, _ *fair) { o.stake, o.commit, o.deadline = 1, 5401, start+12_000 }, false},
		"stakes outlast the end":    {func(o *options, f *fair) { o.window, f.deadline, o.stake = day-21_600+100, start+2*day, 1 }, true},
		"stakes unlock before that": {func(o *options, f *fair) { o.window, f.deadline, o.stake = day-21_600+101, start+2*day, 1 }, false},
		"rule 1":                    {func(o *options, _ *fair) { o.rule = 1 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain(t)
			o, f := sealedTerms(), sealedFair()
			test.change(&o, &f)
			plain := o // the stake's own limits there are others
			plain.window, plain.deadline = 500, start+12_000
			c.ok(c.create("creator", 0, sol), c.configure("creator", 0, plain))
			if o.window != 500 {
				long := o
				long.stake, long.deadline = 0, start+2*day
				c.ok(c.configure("creator", 0, long))
				a, _ := c.bank.Account(c.round(0))
				a = a.Clone()
				a.Data[226] = byte(o.stake) // configure_round has a limit of its own
				require.NoError(t, c.bank.SetAccount(c.round(0), a))
			}
			if test.ok {
				c.ok(c.configureFair("creator", 0, f))
			} else {
				c.fails(c.configureFair("creator", 0, f), 6026)
			}
		})
	}
}

// The accounts that only calls in sealed rounds have.
func TestSealedAccountChecks(t *testing.T) {
	c := sealedRound(t, sealedTerms(), sealedFair(), "tom")
	c.profiles("tim")
	c.ok(c.create("creator", 1, sol))
	spoil(t, c, step{call: c.submitSealed("tim", 0, gradientCID), creates: []int{2},
		substitute: map[int]substitute{0: {c.round(1), 2006}, 5: {c.vault(1), 2006}}})
	c.at(sealedScored)
	spoil(t, c, step{call: c.commitSealed("ann", 0, "tom", 5000), creates: []int{3},
		substitute: map[int]substitute{0: {c.round(1), 2006}, 2: {c.stakeOf("ben"), 2006}}})
}

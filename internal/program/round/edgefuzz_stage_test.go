package round_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/stretchr/testify/require"
)

// everything is every call that somebody might make about a round.
func everything(c *chain, id uint64) []call {
	list := []call{c.create("creator", id, sol), c.configure("creator", id, terms()), c.cancel("creator", id), c.finalize("creator", id),
		c.force("eve", id), c.withdraw("creator", id), c.closeRound("eve", id, "creator"), c.updateTreasury("authority", defaults(), c.pub("next"))}
	subjects := append([]string{""}, trainers[:2]...)
	for _, v := range validators {
		list = append(list, c.prevalidate(v, id, 5000), c.revealPre(v, id, 5000), c.claimPre(v, id),
			c.slash("eve", id, c.pre(id, v), v), c.closeValidation("eve", id, c.pre(id, v), v), c.unstake(v, 1), c.withdrawStake(v))
		for _, trainer := range subjects {
			list = append(list, c.commit(v, id, trainer, 5000), c.closeCommitment(v, id, trainer))
		}
		for _, trainer := range subjects[1:] {
			post := c.post(id, trainer, v)
			list = append(list, c.postvalidate(v, id, trainer, 6000), c.revealPost(v, id, trainer, 6000), c.claimPost(v, id, trainer),
				c.slash("eve", id, post, v), c.closeValidation("eve", id, post, v))
		}
	}
	list = append(list, c.prevalidate("creator", id, 1), c.commit("creator", id, "", 1), c.submit("creator", id, gradientCID),
		c.createProfile("creator"), c.postvalidate("tom", id, "tom", 1), c.commit("tom", id, "tom", 1))
	for _, trainer := range trainers {
		list = append(list, c.setSource(trainer, id, "hf:a/b@"+trainer), c.closeSource("eve", id, trainer))
		list = append(list, c.submit(trainer, id, gradientCID), c.claim(trainer, id), c.settle("eve", id, trainer), c.closeGradient("eve", id, trainer))
	}
	return list
}

// crowds plays a round with as many validators and trainers as there can be.
func (a *arena) crowds() {
	o := terms()
	o.rule, o.minPre, o.minPost = 1, 3, 3
	a.ok(a.create("creator", 0, sol), a.configure("creator", 0, o))
	for i := range 24 {
		a.ok(a.prevalidate(fmt.Sprint("validator ", i), 0, uint32(4990+i)))
		if i == 22 {
			a.keep("23 scores of the base")
		}
	}
	a.keep("24 scores of the base")
	a.ok(a.createProfile("tom"))
	for i := range 255 {
		name := fmt.Sprint("trainer ", i)
		if i == 254 {
			a.keep("254 gradients")
			name = "tom"
		} else {
			a.ok(a.createProfile(name))
		}
		a.ok(a.submit(name, 0, gradientCID))
		for _, v := range validators[:3] {
			a.ok(a.postvalidate(v, 0, name, uint32(5100+i)))
		}
	}
	a.ok(a.createProfile("tim"))
	a.keep("255 gradients")
	for i := 3; i < 24; i++ {
		a.ok(a.postvalidate(fmt.Sprint("validator ", i), 0, "tom", uint32(i*400)))
	}
	a.keep("24 scores of a gradient")
	a.ok(a.finalize("creator", 0))
	a.keep("255 gradients, finalized")
}

// game plays a random round and keeps some of its states.
func (a *arena) game(seed uint64) {
	g := &game{chain: a.chain, rand: rand.New(rand.NewPCG(seed, 7))}
	g.setUp()
	g.score()
	a.keep(fmt.Sprintf("game %d, scored", seed))
	g.at(7200)
	g.ok(g.force("eve", 0))
	a.keep(fmt.Sprintf("game %d, finalized", seed))
	for n := 0; ; n++ {
		moves := g.moves()
		if len(moves) == 0 {
			break
		}
		moves[g.rand.IntN(len(moves))]()
		if n%6 == 5 {
			a.keep(fmt.Sprintf("game %d, %d moves", seed, n+1))
		}
		if n%4 == 3 {
			g.withdrawSome()
		}
	}
}

// winRate plays a fair round about data that is paid by the win rate and takes submissions in a few slots.
func (a *arena) winRate() {
	play := func(calls ...call) {
		for _, k := range calls {
			a.models = append(a.models, a.model(k))
			a.ok(k)
		}
	}
	o := terms()
	o.rule, o.minPre, o.minPost = 2, 3, 3
	a.profiles(trainers...)
	a.ok(a.create("creator", 0, sol))
	play(a.configure("creator", 0, o), a.configureFair("creator", 0, fair{task: 1, tolerance: 20, slots: 1000, deadline: o.deadline}))
	for _, v := range validators[:3] {
		a.ok(a.prevalidate(v, 0, 5000))
	}
	a.keep("win rate, open")
	for i, name := range trainers {
		play(a.submit(name, 0, gradientCID), a.setSource(name, 0, "hf:"+name+"/data@0123456789abcdef"))
		for _, v := range validators[:3] {
			a.ok(a.postvalidate(v, 0, name, []uint32{6000, 5500, 5499, 6000}[i]))
		}
	}
	a.keep("win rate, scored")
	open := a.bank.Snapshot()
	a.bank.WarpSlots(2000)
	a.keep("win rate, slots over")
	a.bank.Restore(open)
	a.ok(a.finalize("creator", 0))
	a.keep("win rate, finalized")
	play(a.claim("tom", 0), a.claim("tia", 0))
	a.keep("win rate, claimed")
	a.at(2 * day)
	play(a.closeSource("eve", 0, "tom"))
	a.keep("win rate, closing")
}

// commitReveal plays a commit-reveal round with a stake that only trainers may enter who were never slashed.
func (a *arena) commitReveal() {
	a.ok(a.create("creator", 0, sol), a.createProfile("tom"), a.createProfile("tim"))
	a.ok(a.prevalidate("ann", 0, 5000))
	a.ok(a.submit("tom", 0, gradientCID))
	a.ok(a.postvalidate("ann", 0, "tom", 4000))
	a.ok(a.finalize("creator", 0))
	a.ok(a.settle("eve", 0, "tom"))
	o := terms()
	o.reveal, o.minPre, o.minPost, o.stake, o.deadline = true, 2, 2, 1_000_000, start+10_000
	a.ok(a.createWith("creator", 1, modelCID, 3, sol, 500), a.configure("creator", 1, o))
	for _, v := range validators {
		a.ok(a.stake(v, 1_000_000))
	}
	a.keep("commit-reveal, open")
	for _, v := range validators[:4] {
		a.ok(a.commit(v, 1, "", 5000))
	}
	a.keep("commit-reveal, committed")
	a.at(600)
	a.ok(a.unstake("dan", 500_000))
	a.keep("commit-reveal, one left")
	for _, v := range validators[:2] {
		a.ok(a.revealPre(v, 1, 5000))
	}
	a.keep("commit-reveal, revealed")
	a.at(1200)
	a.ok(a.submit("tim", 1, gradientCID))
	a.keep("commit-reveal, submitted")
	for _, v := range validators[:3] {
		a.ok(a.commit(v, 1, "tim", 6000))
	}
	a.ok(a.unstake("cat", 500_000))
	a.at(1800)
	a.keep("commit-reveal, committed again")
	a.ok(a.revealPost("ann", 1, "tim", 6000))
	a.ok(a.revealPost("ben", 1, "tim", 6000))
	a.at(10_000)
	a.ok(a.force("eve", 1))
	a.keep("commit-reveal, finalized")
}

// sealed plays a sealed round with bonds, and makes its calls models.
func (a *arena) sealed() {
	play := func(calls ...call) {
		for _, k := range calls {
			a.models = append(a.models, a.model(k))
			a.ok(k)
		}
	}
	a.ok(a.create("creator", 0, sol), a.configure("creator", 0, sealedTerms()))
	a.ok(a.createProfile("tom"), a.createProfile("tim"))
	a.keep("sealed, to come")
	play(a.configureFair("creator", 0, sealedFair()))
	a.keep("sealed, open")
	play(a.submitSealed("tom", 0, gradientCID), a.submitSealed("tim", 0, gradientCID))
	a.at(sealedScored)
	a.keep("sealed, closed")
	for _, v := range validators[:4] {
		play(a.commitSealed(v, 0, "", 5000), a.commitSealed(v, 0, "tom", 6000), a.commitSealed(v, 0, "tim", 4000))
	}
	a.keep("sealed, committed")
	a.at(sealedScored + sitting/2)
	for _, v := range validators[:3] {
		play(a.revealPre(v, 0, 5000), a.revealPost(v, 0, "tom", 6000))
	}
	play(a.revealPost("ann", 0, "tim", 4000))
	a.keep("sealed, revealed")
	a.at(sealedScored + sitting)
	a.keep("sealed, second sitting")
	for _, v := range []string{"zoe", "eve", "other"} {
		play(a.commitSealed(v, 0, "tim", 0))
	}
	a.at(sealedScored + sitting + sitting/2)
	play(a.revealPost("zoe", 0, "tim", 0), a.revealPost("eve", 0, "tim", 0))
	a.keep("sealed, scored")
	a.at(sealedEnds)
	play(a.force("eve", 0))
	a.keep("sealed, finalized")
	play(a.claim("tom", 0))
	a.keep("sealed, claimed")
}

// drawn plays a sealed round with a committee of which some never reveal, and makes its calls models.
func (a *arena) drawn() {
	play := func(calls ...call) {
		for _, k := range calls {
			a.models = append(a.models, a.model(k))
			a.ok(k)
		}
	}
	o, f := sealedTerms(), sealedFair()
	o.stake, f.committee = 1_000_000, 3
	a.ok(a.create("creator", 0, sol), a.configure("creator", 0, o), a.createProfile("tom"))
	for _, v := range validators {
		play(a.stake(v, 1_000_000))
	}
	a.ageStake("dan")
	play(a.configureFair("creator", 0, f), a.submitSealed("tom", 0, gradientCID))
	a.keep("drawn, to come")
	a.at(sealedCloses)
	a.keep("drawn, closed")
	play(a.draw("eve", 0))
	a.bank.WarpSlots(2)
	a.keep("drawn, begun")
	begun := a.bank.Snapshot()
	a.bank.WarpSlots(600)
	a.keep("drawn, forgotten")
	a.bank.Restore(begun)
	play(a.draw("eve", 0))
	a.keep("drawn")
	a.at(sealedScored)
	a.keep("drawn, scored")
	for _, v := range validators {
		for _, subject := range []string{"", "tom"} {
			k := a.commitSealed(v, 0, subject, 5000)
			a.models = append(a.models, a.model(k), a.model(a.slashCommitment("eve", 0, subject, v)), a.model(a.closeCommitmentSealed(v, 0, subject)),
				a.model(a.closeValidation("eve", 0, a.unopened(0, v), "eve")))
			a.code(k)
		}
	}
	a.keep("drawn, committed")
	a.at(sealedEnds)
	play(a.force("eve", 0))
	a.keep("drawn, finalized")
	for _, v := range validators {
		a.code(a.slashCommitment("eve", 0, "tom", v))
	}
	a.keep("drawn, slashed")
	a.at(sealedEnds + 180*day)
	play(a.withdraw("creator", 0), a.closeRound("eve", 0, "creator"))
	a.keep("drawn, over")
}

// treasuryInTheWay plays a round whose treasury becomes one of its gradients.
func (a *arena) treasuryInTheWay() {
	require.NoError(a.t, a.bank.Fund(a.gradient(0, "tom"), sol))
	a.ok(a.updateTreasury("authority", defaults(), a.gradient(0, "tom")))
	a.ok(a.create("creator", 0, sol), a.createProfile("tom"))
	a.ok(a.prevalidate("ann", 0, 5000))
	a.ok(a.submit("tom", 0, gradientCID))
	a.ok(a.postvalidate("ann", 0, "tom", 6000))
	a.ok(a.finalize("creator", 0))
	a.keep("a treasury in the way")
}

// spoilt are worlds that no transaction leads to: accounts of the program that are too short, of another type, or as
// another version of it would leave them.
func (a *arena) spoilt() {
	for i, n := 0, len(a.worlds); i < n; i += 9 {
		a.bank.Restore(a.worlds[i].snapshot)
		r := rand.New(rand.NewPCG(uint64(i), 5))
		for _, change := range a.bank.ProgramAccounts(a.id) {
			acc := change.Account.Clone()
			switch r.IntN(6) {
			case 0:
				acc.Data = acc.Data[:r.IntN(8)]
			case 1:
				acc.Data = acc.Data[:8+r.IntN(len(acc.Data)-8)]
			case 2:
				acc.Data[r.IntN(8)] ^= 1
			case 3:
				if len(acc.Data) == sizeRound {
					acc.Data[163] = 0 // a round of the kits' program
				}
			}
			require.NoError(a.t, a.bank.SetAccount(change.Key, acc))
		}
		a.keep("spoilt " + a.worlds[i].name)
	}
}

package run_test

import (
	"fmt"
	"testing"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// What a member may do in a round, of which the enumerated runs try every combination.
type conduct struct {
	submits bool
	vote    int // none, the common ballot with score 1, 0 or -1, another digest, nothing included
}

const conducts = 2 * 6

func conductOf(n int) conduct { return conduct{submits: n%2 == 1, vote: n / 2} }

// TestEverySmallRun plays one epoch of one round with combinations of what the members may do, in the program and in the model: every
// 23rd of them with voters, or every PROGRAM_STRIDEth; with -short a few.
func TestEverySmallRun(t *testing.T) {
	for name, verification := range map[string]uint8{"witnesses": 0, "voters": 1} {
		for _, started := range []bool{true, false} {
			if verification == 0 && !started {
				continue // a run by witnesses begins with a model
			}
			t.Run(fmt.Sprint(name, " model ", started), func(t *testing.T) { everyRun(t, verification, started) })
		}
	}
}

func everyRun(t *testing.T, verification uint8, started bool) {
	w := newWorld(t)
	w.treasury = 1
	c := plain()
	c.RoundsPerEpoch, c.MaxMissed, c.WitnessNodes = 1, 1, 2
	members := []string{"ann", "ben"}
	if verification == 1 {
		c = voting()
		c.RoundsPerEpoch, c.MaxMissed, c.Voters = 1, 1, 2
		members = []string{"ann", "ben", "cat"}
	}
	w.open(c, verification)
	if !started {
		w.OK(w.setPaused(true), w.updateModel([32]byte{}), w.setPaused(false))
	}
	generation := w.runOf().Generation
	w.OK(w.setRates(1000, 10, false), w.topUp("payer", sol))
	for i, who := range members {
		w.OK(w.join(who, generation, uint64(i+1)*sol))
	}
	w.goTo(train, 1)
	snapshot := w.Bank.Snapshot()
	total := 1
	for range members {
		total *= conducts
	}
	stride := 1
	if verification == 1 {
		stride = number(t, "PROGRAM_STRIDE", 23)
	}
	if testing.Short() {
		stride = total/20 + 1
	}
	for n := 0; n < total; n += stride {
		w.Bank.Restore(snapshot)
		playConducts(w, members, n)
	}
}

// playConducts plays the round in which n says what each member does.
func playConducts(w *world, members []string, n int) {
	g := newGame(w)
	what := map[string]conduct{}
	for _, who := range members {
		*g.memberOf(who) = *decode[model.Member](w, w.member(who))
		what[who] = conductOf(n % conducts)
		n /= conducts
	}
	tick := func() { g.play(g.tick(), func() error { return g.Tick(g.clock()) }) }
	past := func() { w.Warp(100); tick() }
	for _, who := range members {
		if what[who].submits {
			g.play(g.submit(who, g.Run.Epoch, g.Run.Round, digest(5)), func() error {
				return g.Submit(g.memberOf(who), g.Run.Epoch, g.Run.Round, digest(5))
			})
		}
	}
	past()
	held := g.Ballots.Submitted
	for _, who := range members {
		g.play(g.seen(who, g.Run.Round, held), func() error { return g.Seen(g.memberOf(who), g.Run.Round, held) })
	}
	past()
	votes := map[string]ballot{}
	for _, who := range members {
		b, any := what[who].ballot(g.Ballots.Accepted)
		if !any {
			continue
		}
		hash := w.hash(who, b)
		g.play(g.commit(who, g.Run.Round, hash), func() error { return g.CommitVote(g.memberOf(who), g.Run.Round, hash) })
		votes[who] = b
	}
	past()
	for _, who := range members {
		if b, ok := votes[who]; ok {
			v := model.Vote{Digest: b.digest, Included: b.included, Score: b.score}
			g.play(g.reveal(who, g.Run.Round, b), func() error { return g.RevealVote(g.memberOf(who), g.Run.Round, v) })
		}
	}
	past() // the tally, and the epoch's pay
	past() // cooldown
	for _, who := range members {
		g.play(g.world.slash(who, "eve"), func() error {
			_, err := g.Slash(g.memberOf(who), false)
			return err
		})
	}
}

// ballot is what the member votes for, if anything.
func (c conduct) ballot(accepted model.Bitmap) (b ballot, any bool) {
	b = ballot{digest: digest(60), included: accepted}
	switch c.vote {
	case 0:
		return b, false
	case 1, 2, 3:
		b.score = int8(2 - c.vote)
	case 4:
		b.digest = digest(61)
	case 5:
		b.included = [32]byte{}
	}
	return b, true
}

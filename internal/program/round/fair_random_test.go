package round_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRandomSealedRounds plays sealed rounds with random terms, bonds, sittings, scores and orders of claims and
// withdrawals. Every claim pays what the specification says, to the lamport; after each the vault holds exactly what came
// in less what went out; at the end nothing is left.
func TestRandomSealedRounds(t *testing.T) {
	c := newChain(t)
	for _, name := range slices.Concat([]string{"creator"}, stakers, trainers) {
		c.key(name)
	}
	snapshot := c.bank.Snapshot()
	for seed := range rounds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c.bank.Restore(snapshot)
			g := &sealedGame{chain: c.on(t), rand: rand.New(rand.NewPCG(uint64(seed), 9)), heads: map[string]map[string]uint32{}, done: map[[2]string]bool{}}
			g.play()
		})
	}
}

// A sealedGame is one random sealed round, and what the test knows of it. heads holds the revealed scores of each
// subject by validator, those of the base under "".
type sealedGame struct {
	*chain
	rand    *rand.Rand
	fee     uint16
	share   uint16
	rule    uint8
	reward  uint64
	bond    uint64
	entered []string // trainers in order of submission
	heads   map[string]map[string]uint32
	in, out uint64 // lamports beside rent, as the test expects them
	// what the specification makes of the scores
	gain             map[string]uint64
	weight           map[string]uint64 // by which the trainers share their part
	weights          uint64
	total, per, lost uint64
	returned         map[string]bool
	validations      int
	open             int // validations not claimed
	openTrainers     int // trainers that have something to claim
	paidTrainers     uint64
	done             map[[2]string]bool // scores, by subject and validator, that are claimed or slashed
	stakes           stakeBook
}

func (g *sealedGame) play() {
	g.setUp()
	g.at(sealedCloses)
	g.drawSome()
	g.scoreAll()
	g.at(sealedEnds)
	g.ok(g.force("eve", 0))
	g.settleUp()
	g.vaultHolds()
	moves := g.moves()
	g.rand.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	for _, move := range moves {
		move()
		g.vaultHolds()
		g.stakesHold()
		if g.rand.IntN(3) == 0 && g.open+g.openTrainers > 0 {
			g.withdrawPart()
			g.vaultHolds()
		}
	}
	left := g.in - g.out
	require.EqualValues(g.t, left+rent(60), g.gain0("creator", g.withdraw("creator", 0)), "all that nobody claimed")
	g.gone(g.vault(0))
}

func (g *sealedGame) gain0(who string, k call) int64 { return g.chain.gain(who, k) }

func (g *sealedGame) setUp() {
	p := defaults()
	p.fee = uint16(g.rand.IntN(1001))
	p.validatorShare = []uint16{0, 1, 1000, 3333, 10_000}[g.rand.IntN(5)]
	g.fee, g.share = p.fee, p.validatorShare
	g.ok(g.update("authority", p))
	g.reward = 1 + g.rand.Uint64N([]uint64{3, 12345, sol, 1 << 60}[g.rand.IntN(4)])
	g.bond = []uint64{0, 1, 7, 1_000_003, 1 << 55}[g.rand.IntN(5)]
	o, f := sealedTerms(), sealedFair()
	o.rule, f.bond = uint8(g.rand.IntN(3)), g.bond
	f.tolerance = uint16(20 + g.rand.IntN(500))
	g.rule = o.rule
	g.stakeSome(&o, &f)
	require.NoError(g.t, g.bank.Fund(g.pub("creator"), g.reward))
	g.ok(g.create("creator", 0, g.reward), g.configure("creator", 0, o), g.configureFair("creator", 0, f))
	g.in = g.reward
	for _, name := range trainers[:g.rand.IntN(5)] {
		g.profiles(name)
		require.NoError(g.t, g.bank.Fund(g.pub(name), g.bond))
		before := g.lamports(g.vault(0))
		g.ok(g.submitSealed(name, 0, gradientCID))
		require.Equal(g.t, before+g.bond, g.lamports(g.vault(0)))
		g.entered = append(g.entered, name)
	}
}

// scoreAll commits to random scores in some sittings, and reveals most of them.
func (g *sealedGame) scoreAll() {
	if len(g.entered) == 0 {
		return
	}
	for n := range int64(3) {
		committed := map[[2]string]uint32{}
		g.at(sealedScored + n*2*sitting)
		for _, subject := range append([]string{""}, g.entered...) {
			for _, v := range validators {
				accuracy := g.accuracy()
				if g.rand.IntN(3) == 0 || g.heads[subject][v] > 0 || n > 0 && len(g.heads[subject]) >= 3 {
					continue
				}
				if g.commits(v, subject, accuracy, int(2*n)) {
					committed[[2]string{subject, v}] = accuracy
				}
			}
		}
		g.warp(sitting / 2)
		for _, subject := range append([]string{""}, g.entered...) {
			for _, v := range validators {
				accuracy, ok := committed[[2]string{subject, v}]
				if !ok || g.rand.IntN(6) == 0 {
					continue
				}
				if code, _ := g.code(g.revealSealed(v, subject, accuracy)); code == none {
					if g.heads[subject] == nil {
						g.heads[subject] = map[string]uint32{}
					}
					g.heads[subject][v] = accuracy
				}
			}
		}
	}
}

func (g *sealedGame) accuracy() uint32 {
	switch g.rand.IntN(8) {
	case 0:
		return 0
	case 1:
		return uint32(g.rand.IntN(10_001))
	}
	return uint32(4900 + g.rand.IntN(4)*50)
}

// lowerMiddle is the consensus of a subject, if it has one.
func (g *sealedGame) lowerMiddle(subject string) (uint32, bool) {
	var all []uint32
	for _, s := range g.heads[subject] {
		all = append(all, s)
	}
	if len(all) < 3 {
		return 0, false
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], true
}

// settleUp computes what the specification makes of the scores.
func (g *sealedGame) settleUp() {
	g.gain, g.returned = map[string]uint64{}, map[string]bool{}
	base, counts := g.lowerMiddle("")
	best, losers := base, 0
	for _, name := range g.entered {
		own, known := g.lowerMiddle(name)
		g.returned[name] = g.bond > 0 && !(counts && known && own <= base)
		if !counts || !known {
			continue
		}
		if own <= base {
			losers++
		}
		against := base
		if g.rule == 1 {
			against = best
			best = max(best, own)
		}
		if own > against {
			g.gain[name] = uint64(own - against)
			g.total += uint64(own - against)
		}
	}
	g.weigh()
	for _, scores := range g.heads {
		g.validations += len(scores)
	}
	g.open = g.validations
	g.lost = g.bond * uint64(losers)
	for _, name := range g.entered {
		if g.gain[name] > 0 || g.returned[name] {
			g.openTrainers++
		}
	}
	g.in += g.bond * uint64(len(g.entered))
	if g.validations > 0 {
		among := g.validations
		if g.total == 0 {
			among = max(among, 32)
		}
		g.per = portion(g.reward, int(g.share), 10_000)/uint64(among) + g.lost/uint64(g.validations)
	}
	r := g.data(g.round(0))
	require.EqualValues(g.t, g.total, r.u64(145))
	require.EqualValues(g.t, len(g.gain), r.u8(285))
	require.EqualValues(g.t, losers, r.u8(855))
	require.EqualValues(g.t, g.validations, r.u16(143))
}

// weigh makes weights of the improvements, and under the win rate leaves only those that compete.
func (g *sealedGame) weigh() {
	g.weight, g.weights = g.gain, g.total
	if g.rule != 2 || len(g.gain) == 0 {
		return
	}
	all := make([]int, len(g.entered))
	for i, name := range g.entered {
		all[i] = int(g.gain[name])
	}
	all = competing(all)
	won, sum := wins(all)
	g.gain, g.weight, g.total, g.weights = map[string]uint64{}, map[string]uint64{}, 0, uint64(sum)
	for i, name := range g.entered {
		if all[i] > 0 {
			g.gain[name], g.weight[name] = uint64(all[i]), uint64(won[i])
			g.total += uint64(all[i])
		}
	}
}

func (g *sealedGame) net(gross uint64) uint64 { return gross - portion(gross, int(g.fee), 10_000) }

// moves are the claims of everybody, each once.
func (g *sealedGame) moves() (moves []func()) {
	for _, subject := range append([]string{""}, g.entered...) {
		for _, v := range validators {
			if accuracy, ok := g.heads[subject][v]; ok {
				moves = append(moves, func() { g.claimScore(subject, v, accuracy) })
			}
		}
	}
	for _, name := range g.entered {
		moves = append(moves, func() { g.claimHead(name) })
	}
	return append(moves, g.stakeMoves()...)
}

func (g *sealedGame) claimScore(subject, v string, accuracy uint32) {
	k := g.claimPre(v, 0)
	if subject != "" {
		k = g.claimPost(v, 0, subject)
	}
	if g.done[[2]string{subject, v}] {
		g.fails(k, 6010)
		return
	}
	want := g.net(g.per)
	if g.forfeits(subject, accuracy) {
		want = 0
	}
	require.EqualValues(g.t, want, g.gain0(v, k))
	g.close(subject, v)
	g.fails(k, 6010)
}

// close books that a score has its share, or forfeited it.
func (g *sealedGame) close(subject, v string) {
	g.out += g.per
	g.open--
	g.done[[2]string{subject, v}] = true
}

func (g *sealedGame) forfeits(subject string, accuracy uint32) bool {
	consensus, known := g.lowerMiddle(subject)
	if !known {
		return false
	}
	far := max(accuracy, consensus)-min(accuracy, consensus) > uint32(g.data(g.round(0)).u16(242))
	return far || (accuracy == 0) != (consensus == 0)
}

func (g *sealedGame) claimHead(name string) {
	gross, bond := uint64(0), uint64(0)
	if g.gain[name] > 0 {
		gross = portion(g.reward-portion(g.reward, int(g.share), 10_000), int(g.weight[name]), int(g.weights))
	}
	if g.returned[name] {
		bond = g.bond
	}
	require.EqualValues(g.t, g.net(gross)+bond, g.gain0(name, g.claim(name, 0)))
	g.out += gross + bond
	g.paidTrainers += gross
	if g.gain[name] > 0 || g.returned[name] {
		g.openTrainers--
	}
	g.fails(g.claim(name, 0), 6010)
}

// withdrawPart takes what nobody can claim: all that is held less what is owed, the trainers' dust included while one of
// them has not claimed.
func (g *sealedGame) withdrawPart() {
	owed := g.per * uint64(g.open)
	if g.total > 0 && g.openTrainers > 0 {
		owed += g.reward - portion(g.reward, int(g.share), 10_000) - g.paidTrainers
	}
	for _, name := range g.entered {
		if g.returned[name] && g.data(g.gradient(0, name)).u8(130) == 0 {
			owed += g.bond
		}
	}
	want := g.in - g.out - owed
	if want == 0 {
		g.fails(g.withdraw("creator", 0), 6025)
		return
	}
	require.EqualValues(g.t, want, g.gain0("creator", g.withdraw("creator", 0)))
	g.out += want
}

func (g *sealedGame) vaultHolds() {
	require.Equal(g.t, rent(60)+g.in-g.out, g.lamports(g.vault(0)))
}

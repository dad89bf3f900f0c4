package round_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// rounds is how many random rounds TestRandomRounds plays: 60, or PROGRAM_ROUNDS.
func rounds(t testing.TB) int { return int(number(t, "PROGRAM_ROUNDS", 60)) }

// TestRandomRounds plays rounds with random terms, scores and orders of claims, forfeits, slashes and withdrawals. After
// every transaction the vault holds, to the lamport, what was locked less what went out, and never less than what is owed.
func TestRandomRounds(t *testing.T) {
	c := newChain(t)
	for _, name := range append(append([]string{"creator"}, validators...), trainers...) {
		c.key(name)
	}
	snapshot := c.bank.Snapshot()
	for seed := range rounds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c.bank.Restore(snapshot)
			g := &game{chain: c.on(t), rand: rand.New(rand.NewPCG(uint64(seed), 1))}
			g.play()
		})
	}
}

var (
	validators = []string{"ann", "ben", "cat", "dan", "zoe"}
	trainers   = []string{"tom", "tim", "tia", "ted"}
)

// A game is one random round.
type game struct {
	*chain
	rand   *rand.Rand
	params params
	terms  options
	reward uint64
	base   []score
	heads  []head

	paid, fees, forfeited, withdrawn uint64 // as seen in balances
	closed                           bool
}

// A score is a validation as the test remembers it.
type score struct {
	validator string
	accuracy  uint32
	done      bool // claimed, forfeited or slashed
	slashed   bool
}

type head struct {
	trainer string
	scores  []score
	claimed bool
}

func (g *game) play() {
	g.setUp()
	g.score()
	if g.rand.IntN(2) == 0 {
		g.at(7200)
		g.ok(g.force("eve", 0))
	} else if res := g.send(g.finalize("creator", 0)); res.Err != nil {
		g.at(7200)
		g.ok(g.force("eve", 0))
	}
	g.check()
	for moves := g.moves(); len(moves) > 0; moves = g.moves() {
		moves[g.rand.IntN(len(moves))]()
		g.check()
		if g.rand.IntN(3) == 0 {
			g.withdrawSome()
			g.check()
		}
	}
	g.withdrawSome()
	g.check()
	require.True(g.t, g.closed, "all is claimed, and the vault still open")
	require.Equal(g.t, g.reward, g.paid+g.fees+g.withdrawn, "all of the reward went out, and no more")
}

func (g *game) setUp() {
	g.params = defaults()
	g.params.fee = uint16(g.rand.IntN(1001))
	g.params.validatorShare = uint16([]int{0, 1, 1000, 3333, 9999, 10_000}[g.rand.IntN(6)])
	g.params.tolerance = uint16(g.rand.IntN(2000))
	g.ok(g.update("authority", g.params))
	g.reward = 1 + g.rand.Uint64N([]uint64{3, 100, 12345, sol, 500 * sol, 1 << 63}[g.rand.IntN(6)])
	require.NoError(g.t, g.bank.Fund(g.pub("creator"), g.reward))
	if g.rand.IntN(3) == 0 { // a treasury that does not exist cannot take small fees
		a, _ := g.bank.Account(treasury)
		a.Lamports = 0
		require.NoError(g.t, g.bank.SetAccount(treasury, a))
	}
	if g.rand.IntN(2) == 0 {
		require.NoError(g.t, g.bank.Fund(g.vault(0), g.rand.Uint64N(3*rent(60))))
	}
	g.terms = terms()
	g.terms.minPre, g.terms.minPost = uint8(1+g.rand.IntN(4)), uint8(1+g.rand.IntN(4))
	if g.rand.IntN(3) == 0 {
		g.terms.minPre, g.terms.minPost, g.terms.rule = 3, 3, uint8(1+g.rand.IntN(2))
	}
	g.terms.stake = uint64(g.rand.IntN(2)) * 1_000_000
	g.ok(g.create("creator", 0, g.reward), g.configure("creator", 0, g.terms))
	for _, v := range validators {
		g.ok(g.stake(v, 1_000_000))
	}
}

// accuracy is near 50 %, or anything.
func (g *game) accuracy() uint32 {
	if g.rand.IntN(4) == 0 {
		return uint32(g.rand.IntN(10_001))
	}
	return uint32(4500 + g.rand.IntN(1000))
}

func (g *game) score() {
	for _, v := range validators[:max(int(g.terms.minPre), g.rand.IntN(6))] {
		s := score{validator: v, accuracy: g.accuracy()}
		g.ok(g.prevalidate(v, 0, s.accuracy))
		g.base = append(g.base, s)
	}
	for _, name := range trainers[:g.rand.IntN(5)] {
		g.ok(g.createProfile(name))
		g.ok(g.submit(name, 0, gradientCID))
		g.heads = append(g.heads, head{trainer: name})
	}
	for i := range g.heads {
		for _, v := range validators[:g.rand.IntN(6)] {
			s := score{validator: v, accuracy: g.accuracy()}
			g.ok(g.postvalidate(v, 0, g.heads[i].trainer, s.accuracy))
			g.heads[i].scores = append(g.heads[i].scores, s)
			g.check()
		}
	}
}

// moves are everything that somebody may still do.
func (g *game) moves() (moves []func()) {
	if g.closed {
		return nil
	}
	for i := range g.base {
		s := &g.base[i]
		account := g.pre(0, s.validator)
		moves = append(moves, g.validationMoves(s, account, func() call { return g.claimPre(s.validator, 0) })...)
	}
	for i := range g.heads {
		h := &g.heads[i]
		for j := range h.scores {
			s := &h.scores[j]
			account := g.post(0, h.trainer, s.validator)
			moves = append(moves, g.validationMoves(s, account, func() call { return g.claimPost(s.validator, 0, h.trainer) })...)
		}
		if !h.claimed {
			moves = append(moves, func() { g.take(g.claim(h.trainer, 0), h.trainer); h.claimed = true })
		}
	}
	return moves
}

func (g *game) validationMoves(s *score, account solana.PublicKey, claim func() call) (moves []func()) {
	if s.done {
		return nil
	}
	moves = append(moves, func() { g.take(claim(), s.validator); s.done = true })
	if !s.slashed {
		moves = append(moves, func() { g.trySlash(s, account) })
	}
	return moves
}

// take runs a claim and books what went where.
func (g *game) take(k call, who string) {
	balance, fees, forfeited := g.balance(who), g.lamports(treasury), g.data(g.vault(0)).u64(40)
	g.ok(k)
	g.paid += g.balance(who) - balance
	g.fees += g.lamports(treasury) - fees
	g.forfeited += g.data(g.vault(0)).u64(40) - forfeited
	code, _ := g.code(k)
	require.EqualValues(g.t, 6010, code, "claimed twice")
}

// trySlash slashes an outlier, and fails on anybody else.
func (g *game) trySlash(s *score, account solana.PublicKey) {
	v := g.data(g.vault(0))
	stake, fees := g.data(g.stakeOf(s.validator)), g.lamports(treasury)
	code, _ := g.code(g.slash("eve", 0, account, s.validator))
	s.slashed = true // tried
	if code == 6023 {
		return
	}
	require.EqualValues(g.t, none, code)
	s.done = true
	after := g.data(g.vault(0))
	booked := after.u64(32) - v.u64(32)
	g.fees += booked
	g.forfeited += after.u64(40) - v.u64(40)
	taken := stake.u64(40) - g.data(g.stakeOf(s.validator)).u64(40)
	require.Equal(g.t, g.terms.stake/10, taken+g.waived(taken), "a tenth of the round's stake")
	require.LessOrEqual(g.t, g.lamports(treasury)-fees, booked+taken)
}

// waived is the treasury's part of a slash that it could not take.
func (g *game) waived(taken uint64) uint64 {
	if taken == g.terms.stake/100 {
		return g.terms.stake/10 - taken
	}
	return 0
}

func (g *game) withdrawSome() {
	if g.closed {
		return
	}
	want := g.remainder()
	balance, before := g.balance("creator"), g.lamports(g.vault(0))
	code, _ := g.code(g.withdraw("creator", 0))
	if code == 6025 {
		require.Zero(g.t, want)
		require.False(g.t, g.allDone())
		return
	}
	require.EqualValues(g.t, none, code)
	g.withdrawn += want
	gain := g.balance("creator") - balance
	if g.closed = g.lamports(g.vault(0)) == 0; g.closed {
		require.True(g.t, g.allDone())
		require.Equal(g.t, before, gain)
		return
	}
	require.Equal(g.t, want, gain)
}

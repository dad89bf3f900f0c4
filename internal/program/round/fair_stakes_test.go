package round_test

import (
	"slices"

	"github.com/stretchr/testify/require"
)

// A stakeBook is what a random sealed round's validators have at stake, as the test expects it.
type stakeBook struct {
	minimum uint64
	seats   uint8
	stakes  map[string]*bookedStake
	slashed map[string]bool // who was slashed for what it did not reveal
}

// stakers are all who may have a stake; the last one scores nothing.
var stakers = append(slices.Clone(validators), "idle")

type bookedStake struct {
	amount, unlocking uint64
	inTime            bool // it is a part of the sum, and was not added to since submissions closed
}

// stakeSome gives most rounds a stake, and many of these a committee.
func (g *sealedGame) stakeSome(o *options, f *fair) {
	book := stakeBook{stakes: map[string]*bookedStake{}, slashed: map[string]bool{}}
	if g.rand.IntN(4) > 0 {
		book.minimum = 1_000_003
		for _, v := range stakers {
			s := &bookedStake{amount: book.minimum + g.rand.Uint64N(5*book.minimum), inTime: true}
			g.ok(g.stake(v, s.amount))
			if g.rand.IntN(6) == 0 {
				g.ageStake(v)
				s.inTime = g.rand.IntN(2) == 0
				if s.inTime {
					g.ok(g.stake(v, 7))
					s.amount += 7
				}
			}
			book.stakes[v] = s
		}
		book.seats = []uint8{0, 3, 5, 24}[g.rand.IntN(4)]
	}
	o.stake, f.committee, g.stakes = book.minimum, book.seats, book
}

// drawSome draws the committee, if there is one, and lets some add to their stakes too late.
func (g *sealedGame) drawSome() {
	if g.stakes.seats == 0 {
		return
	}
	for _, v := range validators {
		if s := g.stakes.stakes[v]; g.rand.IntN(6) == 0 {
			g.ok(g.stake(v, 11))
			s.amount, s.inTime = s.amount+11, false
		}
	}
	if len(g.entered) == 0 {
		g.fails(g.draw("eve", 0), 6006)
		return
	}
	g.drawNow(0)
}

// commits lets a validator try to commit to a score. Who is not drawn must not.
func (g *sealedGame) commits(v, subject string, accuracy uint32, sittingIndex int) bool {
	code, _ := g.code(g.commitSealed(v, 0, subject, accuracy))
	if s := g.stakes.stakes[v]; g.stakes.seats > 0 && code != 0 && code != 6021 {
		drawn := s.inTime && g.inCommittee(0, v, s.amount, sittingIndex)
		require.Equal(g.t, map[bool]uint32{true: none, false: 6036}[drawn], code, "%s in sitting %d", v, sittingIndex)
	}
	return code == none
}

// stakeMoves are slashes of all scores, most of which are no outliers, and of all that was not revealed, and requests for
// stakes.
func (g *sealedGame) stakeMoves() (moves []func()) {
	for _, subject := range append([]string{""}, g.entered...) {
		for _, v := range validators {
			if accuracy, ok := g.heads[subject][v]; ok {
				moves = append(moves, func() { g.slashScore(subject, v, accuracy) })
			} else if _, ok := g.bank.Account(g.commitment(0, subject, v)); ok {
				moves = append(moves, func() { g.slashUnopened(subject, v) })
			}
		}
	}
	for _, v := range stakers {
		s := g.stakes.stakes[v]
		if s == nil {
			continue
		}
		moves = append(moves, func() {
			if amount := s.amount * g.rand.Uint64N(4) / 3; amount > 0 {
				g.ok(g.unstake(v, amount))
				s.amount, s.unlocking = s.amount-amount, s.unlocking+amount
			}
		})
	}
	return moves
}

func (g *sealedGame) slashScore(subject, v string, accuracy uint32) {
	account := g.pre(0, v)
	if subject != "" {
		account = g.post(0, subject, v)
	}
	k := g.slash("eve", 0, account, v)
	consensus, known := g.lowerMiddle(subject)
	if !known || accuracy == 0 || consensus == 0 || !g.forfeits(subject, accuracy) {
		g.fails(k, 6023)
		return
	}
	require.EqualValues(g.t, g.penalty(v), g.gain0("eve", k))
	if !g.done[[2]string{subject, v}] {
		g.close(subject, v)
	}
	g.fails(k, 6030)
}

func (g *sealedGame) slashUnopened(subject, v string) {
	want := int64(0)
	if !g.stakes.slashed[v] {
		g.stakes.slashed[v] = true
		want = int64(g.penalty(v)) - int64(rent(89))
	}
	k := g.slashCommitment("eve", 0, subject, v)
	require.Equal(g.t, want, g.gain0("eve", k))
	g.fails(k, 3012)
}

// penalty books a slash and returns what the reporter gets of it.
func (g *sealedGame) penalty(v string) uint64 {
	s := g.stakes.stakes[v]
	if s == nil {
		return 0
	}
	taken := min(g.stakes.minimum/10, s.amount+s.unlocking)
	fromAmount := min(taken, s.amount)
	s.amount -= fromAmount
	s.unlocking -= taken - fromAmount
	return taken / 10
}

// stakesHold requires that all stakes are what the test expects, on their accounts and in the sum.
func (g *sealedGame) stakesHold() {
	for v, s := range g.stakes.stakes {
		a := g.data(g.stakeOf(v))
		require.Equal(g.t, []uint64{s.amount, s.unlocking}, []uint64{a.u64(40), a.u64(48)}, v)
	}
	g.stakesAddUp()
}

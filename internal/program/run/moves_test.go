package run_test

import (
	"math/rand/v2"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// moves are everything that a member or the authority may try, with arguments that are mostly right.
type moves struct {
	*game
	*rand.Rand
	names []string
	votes map[string]ballot
}

func (m *moves) someone() string { return m.names[m.IntN(len(m.names))] }

// rarely is true once in a while.
func (m *moves) rarely() bool { return m.IntN(12) == 0 }

func (m *moves) round() uint32 {
	if m.rarely() {
		return m.Run.Round - 1
	}
	return m.Run.Round
}

func (m *moves) amount(of uint64) uint64 {
	switch m.IntN(6) {
	case 0:
		return 0
	case 1:
		return of + 1
	case 2:
		return of
	}
	return of / (1 + m.Uint64N(5))
}

// subset is a random part of a set; rarely it is none.
func (m *moves) subset(of model.Bitmap) (set [32]byte) {
	for _, slot := range of.Slots() {
		if m.IntN(8) > 0 {
			set[slot/8] |= 1 << (slot % 8)
		}
	}
	if m.rarely() {
		set[m.IntN(32)] |= 1 << m.IntN(8)
	}
	return set
}

// step lets something happen.
func (m *moves) step() {
	who := m.someone()
	mm := m.memberOf(who)
	switch n := m.IntN(100); {
	case n < 30:
		m.play(m.tick(), func() error { return m.Tick(m.clock()) })
	case n < 36:
		m.Warp([]int64{1, 3, 5, 10, 30, 60, 300, 600}[m.IntN(8)])
	case n < 40:
		m.Bank.WarpSlots(uint64([]int{1, 8, 9, 20, 200, 600}[m.IntN(6)]))
	case n < 47, mm.CreatedSlot == 0:
		m.joinSome(who, mm)
	case n < 50:
		m.play(m.world.ready(who), func() error { return m.Ready(mm) })
	case n < 52:
		m.play(m.leave(who), func() error { return m.Leave(mm, m.Bank.UnixTime()) })
	case n < 84:
		m.train(who, mm)
	case n < 94:
		m.money(who, mm)
	default:
		m.govern(who, mm)
	}
}

func (m *moves) joinSome(who string, mm *model.Member) {
	generation, stake := m.Run.Generation, m.Uint64N(3*sol)
	if m.rarely() {
		generation--
	}
	if m.Run.Treasury == model.Points && !m.rarely() {
		stake = 0
	}
	m.play(m.join(who, generation, stake), func() error {
		return m.Join(mm, generation, digest(9), stake, m.Bank.UnixTime())
	})
	if mm.CreatedSlot == 0 {
		delete(m.members, who)
	}
}

// train does what the round is waiting for, or something else.
func (m *moves) train(who string, mm *model.Member) {
	round := m.round()
	what := m.Run.State
	if m.rarely() {
		what = uint8(m.IntN(8))
	}
	switch {
	case what != model.RoundWitness:
		d := digest(byte(m.IntN(8)))
		if m.rarely() {
			d = [32]byte{}
		}
		m.play(m.submit(who, m.Run.Epoch, round, d), func() error { return m.Submit(mm, m.Run.Epoch, round, d) })
	case m.Run.Phase == model.PhaseSeen || m.rarely():
		set := m.subset(m.Ballots.Submitted)
		m.play(m.seen(who, round, set), func() error { return m.Seen(mm, round, set) })
	case m.Run.Phase == model.PhaseCommit || m.rarely():
		b := m.vote()
		hash := m.hash(who, b)
		m.votes[who] = b
		m.play(m.commit(who, round, hash), func() error { return m.CommitVote(mm, round, hash) })
	default:
		b := m.votes[who]
		if m.rarely() {
			b = m.vote()
		}
		v := model.Vote{Digest: b.digest, Included: b.included, Score: b.score, Accuracy: b.accuracy, Salt: b.salt}
		m.play(m.reveal(who, round, b), func() error { return m.RevealVote(mm, round, v) })
	}
}

// vote is mostly the one of everybody else.
func (m *moves) vote() ballot {
	b := ballot{digest: digest(byte(50 + m.Run.Round%100)), included: m.Ballots.Accepted, score: int8(m.IntN(3) - 1), accuracy: uint16(m.IntN(10_001))}
	switch m.IntN(10) {
	case 0:
		b.digest = digest(1)
	case 1:
		b.included = m.subset(m.Ballots.Accepted)
	case 2:
		b.included = [32]byte{}
	}
	return b
}

func (m *moves) money(who string, mm *model.Member) {
	switch m.IntN(8) {
	case 0:
		n := m.amount(sol)
		m.play(m.addStake(who, n), func() error { return m.AddStake(mm, n) })
	case 1:
		n := m.amount(m.total(mm, func(s model.Slot) uint64 { return s.Stake }, mm.Stake))
		by := who
		if m.Run.State == model.Finished {
			by = "eve"
		}
		m.play(m.withdrawStake(who, by, n), func() error { return m.WithdrawStake(mm, n) })
	case 2, 3:
		n := m.amount(m.total(mm, model.Slot.Due, mm.Due()))
		m.play(m.claim(who, n), func() error { return m.Claim(mm, n) })
	case 4, 5:
		by := []string{"eve", m.someone()}[m.IntN(2)]
		m.play(m.slash(who, by), func() error {
			_, err := m.Slash(mm, by == who)
			return err
		})
	case 6:
		n := m.amount(sol)
		m.play(m.topUp("eve", n), func() error {
			err := m.TopUp(n, m.surplus, m.Bank.UnixTime())
			if err == nil {
				m.surplus = 0
			}
			return err
		})
	case 7:
		n := m.amount(m.Run.Pool)
		m.play(m.withdrawSurplus(n), func() error { return m.WithdrawSurplus(n) })
	}
}

// total is a member's total, in its slot or in its account.
func (m *moves) total(mm *model.Member, ofSlot func(model.Slot) uint64, ofAccount uint64) uint64 {
	if mm.CreatedSlot > 0 && mm.Slot != model.NoSlot {
		return ofSlot(m.Roster.Slots[mm.Slot])
	}
	return ofAccount
}

func (m *moves) govern(who string, mm *model.Member) {
	switch m.IntN(5) {
	case 0:
		stop := m.IntN(3) > 0
		m.play(m.setPaused(stop), func() error { return m.SetPaused(stop, m.Bank.UnixTime()) })
	case 1:
		m.play(m.setPaused(false), func() error { return m.SetPaused(false, m.Bank.UnixTime()) })
	case 2:
		earning, slashing, shared := m.rate(), m.rate(), m.IntN(2) == 0
		m.play(m.setRates(earning, slashing, shared), func() error { return m.SetFutureEpochRates(&earning, &slashing, &shared) })
	case 3:
		if mm.CreatedSlot > 0 && mm.Slot < model.Slots {
			m.play(m.prune(who, "eve", uint8(mm.Slot)), func() error { return m.Prune(mm, m.Bank.UnixTime()) })
		}
	case 4:
		m.donate(1 + m.Uint64N(1000))
	}
}

func (m *moves) rate() uint64 {
	return []uint64{0, 1, 7, 1000, sol / 3, sol, 1 << 63}[m.IntN(7)]
}

// donate sends something to the vault, past the program.
func (m *moves) donate(n uint64) {
	switch m.Run.Treasury {
	case model.SOL:
		require.NoError(m.T, m.Bank.Fund(m.vault(), n))
	case model.SPL:
		m.giveTokens(m.vault(), n)
	default:
		return
	}
	m.surplus += n
}

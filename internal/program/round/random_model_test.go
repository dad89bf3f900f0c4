package round_test

import (
	"math/big"
	"slices"

	"github.com/stretchr/testify/require"
)

// median is the consensus of some scores.
func median(scores []score) int {
	var all []int
	for _, s := range scores {
		all = append(all, int(s.accuracy))
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

// improvements are what each head is paid for, and their sum, by the definitions of the specification.
func (g *game) improvements() (each []int, total int) {
	best := 0
	if len(g.base) > 0 {
		best = median(g.base)
	}
	base := best
	for _, h := range g.heads {
		gain := 0
		if len(h.scores) >= int(g.terms.minPost) {
			consensus := median(h.scores)
			gain = max(0, consensus-base)
			if g.terms.rule == 1 {
				gain = max(0, consensus-best)
				best = max(best, consensus)
			}
		}
		each = append(each, gain)
	}
	if g.terms.rule == 2 && g.over() {
		each = competing(each)
	}
	for _, gain := range each {
		total += gain
	}
	return each, total
}

// over reports whether the round is finalized: who competes under the win rate is known only then.
func (g *game) over() bool { return g.data(g.round(0)).u8(132) == 1 }

// competing leaves the improvements of at least half of the best one.
func competing(all []int) (out []int) {
	for _, gain := range all {
		if 2*gain < slices.Max(all) {
			gain = 0
		}
		out = append(out, gain)
	}
	return out
}

// wins are the weights of improvements under the win rate, by the definition of the specification.
func wins(gains []int) (each []int, total int) {
	for i, own := range gains {
		w := 0
		if own > 0 {
			w = 2
			for j, other := range gains {
				switch {
				case j == i || other == 0:
				case other < own:
					w += 2
				case other == own:
					w++
				}
			}
		}
		each = append(each, w)
		total += w
	}
	return each, total
}

// weights are by what each head shares the trainers' pool, and their sum.
func (g *game) weights() (each []int, total int) {
	each, total = g.improvements()
	if g.terms.rule == 2 {
		return wins(each)
	}
	return each, total
}

func (g *game) validations() (all, open int) {
	count := func(scores []score) {
		for _, s := range scores {
			all++
			if !s.done {
				open++
			}
		}
	}
	count(g.base)
	for _, h := range g.heads {
		count(h.scores)
	}
	return all, open
}

func (g *game) allDone() bool {
	_, open := g.validations()
	each, _ := g.improvements()
	for i, h := range g.heads {
		if !h.claimed && each[i] > 0 {
			return false
		}
	}
	return open == 0
}

// pools are the trainers' part of the reward, and one validation's share of the rest.
func (g *game) pools() (trainers, perValidation uint64) {
	_, total := g.improvements()
	all, _ := g.validations()
	v := portion(g.reward, int(g.params.validatorShare), 10_000)
	if total == 0 {
		all = max(all, 32)
	}
	return g.reward - v, v / uint64(all)
}

// portion is ⌊a·b/c⌋ with big numbers.
func portion(a uint64, b, c int) uint64 {
	x := new(big.Int).Mul(new(big.Int).SetUint64(a), big.NewInt(int64(b)))
	return x.Div(x, big.NewInt(int64(c))).Uint64()
}

// owed is what claims to come will take, by the shares themselves and not by the formula of the remainder.
func (g *game) owed() (sum uint64, trainersOpen bool) {
	trainers, per := g.pools()
	each, total := g.weights()
	_, open := g.validations()
	sum = per * uint64(open)
	for i, h := range g.heads {
		if !h.claimed && each[i] > 0 {
			sum += portion(trainers, each[i], total)
			trainersOpen = true
		}
	}
	return sum, trainersOpen
}

// remainder is what the creator may take now: what is held and not owed. While a trainer has not claimed, the dust of the
// trainers' pool is held back too.
func (g *game) remainder() uint64 {
	held := g.reward - g.paid - g.fees - g.withdrawn
	trainers, per := g.pools()
	each, total := g.weights()
	_, open := g.validations()
	reserved := per * uint64(open)
	owed, trainersOpen := g.owed()
	if trainersOpen {
		claimed := uint64(0)
		for i, h := range g.heads {
			if h.claimed && each[i] > 0 {
				claimed += portion(trainers, each[i], total)
			}
		}
		reserved += trainers - claimed
	}
	require.LessOrEqual(g.t, owed, reserved)
	require.LessOrEqual(g.t, reserved, held)
	return held - reserved
}

// check compares the accounts with what the test saw and computed.
func (g *game) check() {
	if g.closed {
		g.gone(g.vault(0))
		return
	}
	r, v := g.data(g.round(0)), g.data(g.vault(0))
	each, total := g.improvements()
	all, _ := g.validations()
	require.EqualValues(g.t, all, r.u16(143))
	if g.terms.rule != 1 || r.u8(132) == 1 {
		require.EqualValues(g.t, total, r.u64(145))
		improving := 0
		for _, e := range each {
			if e > 0 {
				improving++
			}
		}
		require.EqualValues(g.t, improving, r.u8(285))
	}
	require.Equal(g.t, g.paid, v.u64(16)+v.u64(24), "paid")
	require.Equal(g.t, g.fees, v.u64(32), "fees")
	require.Equal(g.t, g.forfeited, v.u64(40), "forfeited")
	require.Equal(g.t, g.withdrawn, v.u64(48), "withdrawn")
	held := g.reward - g.paid - g.fees - g.withdrawn
	require.GreaterOrEqual(g.t, g.lamports(g.vault(0)), rent(60)+held)
	owed, _ := g.owed()
	require.GreaterOrEqual(g.t, held, owed)
}

package round

import (
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

// Weight is by what a gradient shares the trainers' part of the reward, as
// [reward.Shares.TrainerGross] takes it: its improvement by the round's rule, hundredths of
// a percent, and under [reward.WinRate] what it won against the others (see
// [reward.Weights]). It is final once the round is finalized.
func (r *Round) Weight(g *Gradient) uint64 {
	if r.Options.RewardRule == reward.Proportional && !r.Sealed() {
		return g.Improvement
	}
	own, known := r.GradientConsensus(g.Index)
	switch {
	case !known || r.Prevalidations < r.Options.MinPrevalidations:
		return 0
	case r.Options.RewardRule == reward.Marginal:
		return uint64(rating.Improvement(max(r.BaseAccuracy, r.bestBefore(g.Index)), own))
	case r.Options.RewardRule == reward.WinRate:
		return r.wins(own)
	}
	return uint64(rating.Improvement(r.BaseAccuracy, own))
}

// bestBefore is the best consensus of the gradients before the one with that index,
// 0 if none has one.
func (r *Round) bestBefore(index uint8) (best uint32) {
	for i := range index {
		if consensus, known := r.GradientConsensus(i); known {
			best = max(best, consensus)
		}
	}
	return best
}

// wins is the weight of a gradient with that consensus under the win rate: 2 for each
// competitor below it, 1 for each that equals it, itself included, and 1 more.
func (r *Round) wins(own uint32) uint64 {
	gain := rating.Improvement(r.BaseAccuracy, own)
	best := rating.Improvement(r.BaseAccuracy, r.bestBefore(r.Gradients))
	if gain == 0 || 2*gain < best {
		return 0
	}
	weight := uint64(1)
	for i := range r.Gradients {
		score, known := r.GradientConsensus(i)
		competes := known && 2*rating.Improvement(r.BaseAccuracy, score) >= best
		switch {
		case competes && score == own:
			weight++
		case competes && score < own:
			weight += 2
		}
	}
	return weight
}

package layers

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("AlphaDropout", func(a *args) Plan {
		p := a.probability("p", 0.5)
		return single(nil, func([]*Param) Layer { return &alphaDropout{drop: dropout{p: p}} })
	})
}

// alphaDropout is torch.nn.AlphaDropout: in training an element is replaced by
// SELU's lower bound −α' with probability p, and all are then scaled and shifted so
// that a mean of 0 and a variance of 1 stay what they are. It draws as [dropout]
// does.
type alphaDropout struct {
	noParams
	sameAsInput
	drop dropout // not embedded: its Epilogue only multiplies
}

func (l *alphaDropout) Cost(in [][]int, out []int) Cost { return l.drop.Cost(in, out) }

func (l *alphaDropout) PassesThrough(train bool) bool { return l.drop.PassesThrough(train) }

func (l *alphaDropout) Allocate(s *State, capacity int) { l.drop.Allocate(s, capacity) }

// affine is what every value, kept or replaced, is multiplied with, and the summand.
func (l *alphaDropout) affine() (scale, shift float64) {
	const bound = seluScale * seluAlpha
	if l.drop.p == 1 {
		return 0, 0
	}
	scale = 1 / math.Sqrt((float64(bound*bound*l.drop.p)+1)*(1-l.drop.p))
	return scale, bound * scale * l.drop.p
}

func (l *alphaDropout) Forward(s *State, lo, hi int) {
	mask, x, y := s.mask(lo, hi), s.xs(lo, hi), s.ys(lo, hi)
	kernel.DropMask(mask, l.drop.p, s.key, lo*s.inLen)
	scale, shift := l.affine()
	for i, kept := range mask {
		v := -seluScale * seluAlpha
		if mask[i] = 0; kept != 0 {
			v, mask[i] = float64(x[i]), float32(scale)
		}
		y[i] = float32(float64(v*scale) + shift)
	}
}

// Backward: the mask holds the scale of what was kept.
func (l *alphaDropout) Backward(s *State, lo, hi int) { l.drop.Backward(s, lo, hi) }

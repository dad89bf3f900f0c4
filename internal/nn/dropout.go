package nn

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Dropout", func(a *args) plan {
		p := a.probability("p", 0.5)
		return plan{nil, func([]*param) layer { return &dropout{p: p} }}
	})
	register("Dropout2d", func(a *args) plan {
		p := a.probability("p", 0.5)
		return plan{nil, func([]*param) layer { return &channelDropout{dropout{p: p}} }}
	})
}

// dropout is torch.nn.Dropout: in training an element is zeroed with
// probability p and scaled by 1/(1−p) otherwise; in eval it is the identity.
type dropout struct {
	noParams
	p float64
}

func (*dropout) outShape(in []int) ([]int, error) { return slices.Clone(in), nil }

// idle reports whether the layer passes everything through.
func (d *dropout) idle(train bool) bool { return !train || d.p == 0 }

func (d *dropout) alloc(s *slot, capacity int) {
	if !d.idle(s.train) {
		s.saved = make([]float32, capacity*s.inLen)
	}
}

// draw fills the mask of samples lo … hi-1.
func (d *dropout) draw(s *slot, lo, hi int) []float32 {
	mask := s.mask(lo, hi)
	kernel.DropMask(mask, d.p, s.key, lo*s.inLen)
	return mask
}

func (d *dropout) forward(s *slot, lo, hi int) {
	kernel.Mul(s.ys(lo, hi), s.xs(lo, hi), d.draw(s, lo, hi))
}

func (d *dropout) backward(s *slot, lo, hi int) {
	kernel.Mul(s.dxs(lo, hi), s.dys(lo, hi), s.mask(lo, hi))
}

// channelDropout is torch.nn.Dropout2d: it drops whole channels, the first
// dimension of a sample.
type channelDropout struct{ dropout }

func (d *channelDropout) outShape(in []int) ([]int, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("want channels, height and width")
	}
	return d.dropout.outShape(in)
}

func (d *channelDropout) draw(s *slot, lo, hi int) []float32 {
	channels := s.in[0]
	one := make([]float32, (hi-lo)*channels)
	kernel.DropMask(one, d.p, s.key, lo*channels)
	mask, size := s.mask(lo, hi), s.inLen/channels
	for i := range mask {
		mask[i] = one[i/size]
	}
	return mask
}

func (d *channelDropout) forward(s *slot, lo, hi int) {
	kernel.Mul(s.ys(lo, hi), s.xs(lo, hi), d.draw(s, lo, hi))
}

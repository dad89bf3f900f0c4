package nn

import "slices"

func init() {
	register("Dropout", func(a *args) plan {
		p := a.probability("p", 0.5)
		return plan{nil, func([]*param) layer { return &dropout{p: p} }}
	})
}

// dropout is torch.nn.Dropout: in training an element is zeroed with
// probability p and scaled by 1/(1−p) otherwise; in eval it is the identity.
type dropout struct {
	noParams
	p float64
}

func (*dropout) outShape(in []int) ([]int, error) { return slices.Clone(in), nil }

func (d *dropout) alloc(s *slot, capacity int) {
	if s.train && d.p > 0 {
		s.saved = make([]float32, capacity*s.inLen)
	}
}

func (d *dropout) forward(s *slot, lo, hi int) {
	if !s.train || d.p == 0 {
		copy(s.ys(lo, hi), s.xs(lo, hi))
		return
	}
	mask := s.mask(lo, hi)
	dropMask(mask, d.p, s.key, lo*s.inLen)
	y := s.ys(lo, hi)
	for i, v := range s.xs(lo, hi) {
		y[i] = v * mask[i]
	}
}

func (d *dropout) backward(s *slot, lo, hi int) {
	if !s.train || d.p == 0 {
		copy(s.dxs(lo, hi), s.dys(lo, hi))
		return
	}
	mask, dx := s.mask(lo, hi), s.dxs(lo, hi)
	for i, v := range s.dys(lo, hi) {
		dx[i] = v * mask[i]
	}
}

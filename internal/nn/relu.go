package nn

import "slices"

func init() {
	register("ReLU", func(*args) plan {
		return plan{nil, func([]*param) layer { return relu{} }}
	})
}

// relu is torch.nn.ReLU.
type relu struct{ noParams }

func (relu) outShape(in []int) ([]int, error) { return slices.Clone(in), nil }

func (relu) forward(s *slot, lo, hi int) {
	y := s.ys(lo, hi)
	for i, v := range s.xs(lo, hi) {
		y[i] = max(v, 0)
	}
}

func (relu) backward(s *slot, lo, hi int) {
	y, dy, dx := s.ys(lo, hi), s.dys(lo, hi), s.dxs(lo, hi)
	for i, v := range y {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}

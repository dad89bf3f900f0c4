package nn

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("ReLU", func(*args) plan {
		return plan{nil, func([]*param) layer { return relu{} }}
	})
}

// relu is torch.nn.ReLU.
type relu struct{ noParams }

func (relu) outShape(in []int) ([]int, error) { return slices.Clone(in), nil }

func (relu) forward(s *slot, lo, hi int) { kernel.ReLU(s.ys(lo, hi), s.xs(lo, hi)) }

func (relu) backward(s *slot, lo, hi int) {
	kernel.ReLUGrad(s.dxs(lo, hi), s.dys(lo, hi), s.ys(lo, hi))
}

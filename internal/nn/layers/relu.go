package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

func init() {
	register("ReLU", func(*args) Plan {
		return single(nil, func([]*Param) Layer { return relu{} })
	})
}

// relu is torch.nn.ReLU.
type relu struct {
	noParams
	elementwise
	sameAsInput
}

func (relu) Epilogue(*State) Epilogue { return Epilogue{ReLU: true} }

func (relu) Forward(s *State, lo, hi int) { kernel.ReLU(s.ys(lo, hi), s.xs(lo, hi)) }

func (relu) Backward(s *State, lo, hi int) {
	kernel.ReLUGrad(s.dxs(lo, hi), s.dys(lo, hi), s.ys(lo, hi))
}

package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Dropout", func(a *args) Plan {
		p := a.probability("p", 0.5)
		return single(nil, func([]*Param) Layer { return &dropout{p: p} })
	})
}

// dropout is torch.nn.Dropout: in training an element is zeroed with
// probability p and scaled by 1/(1−p) otherwise; in eval it is the identity.
// Its forms for 1 to 3 dimensions drop whole channels, the first dimension of a
// sample.
type dropout struct {
	noParams
	p    float64
	dims int // of a sample of which channels are dropped; 0 drops elements
}

func (d *dropout) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if d.dims > 0 && len(in) != d.dims {
		return nil, fmt.Errorf("want channels and %d more dimensions", d.dims-1)
	}
	return slices.Clone(in), nil
}

func (d *dropout) Cost(in [][]int, out []int) Cost { return Cost{FLOPs: elementCost(in, out).FLOPs} }

// PassesThrough: always in eval.
func (d *dropout) PassesThrough(train bool) bool { return !train || d.p == 0 }

func (d *dropout) Allocate(s *State, capacity int) {
	if !d.PassesThrough(s.train) {
		s.saved = make([]float32, capacity*s.inLen)
	}
}

// draw fills the mask of samples lo … hi-1.
func (d *dropout) draw(s *State, lo, hi int) []float32 {
	mask := s.mask(lo, hi)
	if d.dims == 0 {
		kernel.DropMask(mask, d.p, s.key, lo*s.inLen)
		return mask
	}
	channels := s.in[0]
	one := make([]float32, (hi-lo)*channels)
	kernel.DropMask(one, d.p, s.key, lo*channels)
	size := s.inLen / channels
	for i := range mask {
		mask[i] = one[i/size]
	}
	return mask
}

// Epilogue draws the mask when the layer in front asks for it.
func (d *dropout) Epilogue(s *State) Epilogue {
	return Epilogue{Scale: func(lo, hi int) []float32 { return d.draw(s, lo, hi) }}
}

func (d *dropout) Forward(s *State, lo, hi int) {
	kernel.Mul(s.ys(lo, hi), s.xs(lo, hi), d.draw(s, lo, hi))
}

func (d *dropout) Backward(s *State, lo, hi int) {
	kernel.Mul(s.dxs(lo, hi), s.dys(lo, hi), s.mask(lo, hi))
}

// NewDropout is torch.nn.Dropout(p).
func NewDropout(p float64) (Layer, error) {
	plan, err := Read(Spec{Type: "Dropout", Params: map[string]any{"p": p}})
	if err != nil {
		return nil, err
	}
	return plan.Parts[0].Build(nil), nil
}

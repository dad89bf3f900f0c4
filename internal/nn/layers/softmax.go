package layers

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
)

func init() {
	register("Softmax", func(a *args) Plan {
		l := &softmax{}
		if _, set := a.get("dim"); set {
			l.dim, l.set = a.dim("dim", 0), true
		}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// softmax is torch.nn.Softmax over one dimension of the sample. Without dim it
// does what PyTorch (with a warning) does: dimension 1, or the batch, which is
// refused, for inputs of three dimensions.
type softmax struct {
	noParams
	elementwise
	dim int
	set bool
}

func (l *softmax) axis(in []int) (int, error) {
	dim := l.dim
	if !l.set {
		dim = 1
		if len(in) == 0 || len(in) == 2 {
			dim = 0
		}
	}
	return axis(dim, len(in))
}

func (l *softmax) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if _, err := l.axis(in); err != nil {
		return nil, fmt.Errorf("softmax over %w", err)
	}
	return slices.Clone(in), nil
}

// each calls f for every vector that is normalised: its first index and the
// step to the next element.
func (l *softmax) each(s *State, lo, hi int, f func(first, step, n int)) {
	d, _ := l.axis(s.in)
	n, inner := s.in[d], elements(s.in[d+1:])
	for base := lo * s.inLen; base < hi*s.inLen; base += n * inner {
		for i := range inner {
			f(base+i, inner, n)
		}
	}
}

func (l *softmax) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(first, step, n int) {
		top := float32(math.Inf(-1))
		for i := range n {
			top = max(top, s.x[first+i*step])
		}
		sum := 0.0
		for i := range n {
			e := elementary.Exp(float64(s.x[first+i*step] - top))
			s.y[first+i*step] = float32(e)
			sum += e
		}
		for i := range n {
			s.y[first+i*step] = float32(float64(s.y[first+i*step]) / sum)
		}
	})
}

func (l *softmax) Backward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(first, step, n int) {
		dot := 0.0
		for i := range n {
			dot += float64(float64(s.y[first+i*step]) * float64(s.dy[first+i*step]))
		}
		for i := range n {
			s.dx[first+i*step] = float32(float64(s.y[first+i*step]) * (float64(s.dy[first+i*step]) - dot))
		}
	})
}

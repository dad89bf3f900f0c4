package layers

import (
	"fmt"
	"slices"
)

func init() {
	register("PReLU", func(a *args) Plan {
		n := a.int("num_parameters", 1, 1)
		a.float("init", 0.25) // ignored: the weights replace it
		return single([]ParamSpec{{Name: "weight", Shape: []int{n}}}, func(p []*Param) Layer {
			return &prelu{n: n, weight: p[0]}
		})
	})
}

// prelu is torch.nn.PReLU: max(0, x) + w·min(0, x), with one w for all or one
// for each channel (the first dimension of a sample).
type prelu struct {
	elementwise
	n      int
	weight *Param
}

func (l *prelu) Params() []*Param { return []*Param{l.weight} }

func (l *prelu) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if l.n > 1 && (len(in) == 0 || in[0] != l.n) {
		return nil, fmt.Errorf("want %d channels", l.n)
	}
	return slices.Clone(in), nil
}

func (l *prelu) Forward(s *State, lo, hi int) {
	x, y, size := s.xs(lo, hi), s.ys(lo, hi), s.inLen/l.n
	for i, v := range x {
		if v > 0 {
			y[i] = v
		} else {
			y[i] = l.weight.W[i/size%l.n] * v
		}
	}
}

func (l *prelu) Backward(s *State, lo, hi int) {
	x, dx, dy, size := s.xs(lo, hi), s.dxs(lo, hi), s.dys(lo, hi), s.inLen/l.n
	for i, v := range x {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = l.weight.W[i/size%l.n] * dy[i]
		}
	}
}

func (l *prelu) ParamGrads(s *State, part, parts int) {
	size := s.inLen / l.n
	lo, hi := span(l.n, part, parts)
	for c := lo; c < hi; c++ {
		sum := 0.0
		for i := range s.n {
			at := i*s.inLen + c*size
			dy := s.dy[at:][:size]
			for j, v := range s.x[at:][:size] {
				if v <= 0 {
					sum += float64(float64(v) * float64(dy[j]))
				}
			}
		}
		l.weight.G[c] = float32(sum)
	}
}

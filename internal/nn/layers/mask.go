package layers

import (
	"fmt"
	"math"
)

func init() {
	graphOnly["CausalMask"] = true
	register("CausalMask", func(a *args) Plan {
		l := causalMask{value: float32(a.float("value", Lowest))}
		return single(nil, func([]*Param) Layer { return l })
	})
	graphOnly["Equal"] = true
	register("Equal", func(a *args) Plan {
		l := equal{value: float32(a.float("value", 0))}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// equal is 1 where x is a number and else 0: torch.eq. It has no gradient.
type equal struct {
	noParams
	elementwise
	sameAsInput
	value float32
}

func (l equal) Forward(s *State, lo, hi int) {
	y := s.ys(lo, hi)
	for i, v := range s.xs(lo, hi) {
		y[i] = 0
		if v == l.value {
			y[i] = 1
		}
	}
}

func (l equal) Backward(s *State, lo, hi int) { clear(s.dxs(lo, hi)) }

// Lowest is the lowest float32: what it is added to counts for nothing in a softmax, and unlike
// minus infinity it makes no NaN of a row of its own.
const Lowest = -math.MaxFloat32

// causalMask puts a number in the place of what lies behind the diagonal of x [..., n, n]: of
// attention's scores those of the tokens after a token.
type causalMask struct {
	noParams
	elementwise
	value float32
}

func (l causalMask) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if n := len(in); n < 2 || in[n-1] != in[n-2] {
		return nil, fmt.Errorf("want [..., n, n]")
	}
	return append([]int{}, in...), nil
}

// rows calls f for every row of samples lo … hi-1: where it begins, where what is behind the diagonal does,
// and where it ends.
func (l causalMask) rows(s *State, lo, hi int, f func(from, behind, to int)) {
	n := s.in[len(s.in)-1]
	for from := lo * s.inLen; from < hi*s.inLen; from += n {
		f(from, from+from/n%n+1, from+n)
	}
}

func (l causalMask) Forward(s *State, lo, hi int) {
	l.rows(s, lo, hi, func(from, behind, to int) {
		copy(s.y[from:behind], s.x[from:])
		for i := behind; i < to; i++ {
			s.y[i] = l.value
		}
	})
}

func (l causalMask) Backward(s *State, lo, hi int) {
	l.rows(s, lo, hi, func(from, behind, to int) {
		copy(s.dx[from:behind], s.dy[from:])
		clear(s.dx[behind:to])
	})
}

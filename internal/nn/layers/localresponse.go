package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
)

func init() {
	register("LocalResponseNorm", func(a *args) Plan {
		l := &localResponse{size: a.size("size"), alpha: a.float("alpha", 1e-4), beta: a.float("beta", 0.75), k: a.float("k", 1)}
		if !(l.k > 0) || l.alpha < 0 {
			a.failf("want k over 0 and alpha from 0, got %v and %v: %w", l.k, l.alpha, ErrUnsupported)
		}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// localResponse is torch.nn.LocalResponseNorm: each value is divided by
// (k + α·mean of the squares of size neighbouring channels)^β, where channels beyond
// the first and last count as zeros.
type localResponse struct {
	noParams
	size           int
	alpha, beta, k float64
}

func (l *localResponse) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) < 2 {
		return nil, fmt.Errorf("want channels and at least one more dimension")
	}
	return slices.Clone(in), nil
}

func (l *localResponse) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	c.MultiplyAdds += costLoad * float64(elements(out)) * float64(min(l.size, out[0]))
	c.Floats = 2 * float64(elements(out)) // float64
	return c
}

// Allocate makes room for the number under the power, of every value.
func (l *localResponse) Allocate(s *State, capacity int) {
	s.moments = make([]float64, capacity*s.inLen)
}

// sumNear adds f over the channels that channel c looks at: before of them in front and
// after behind it.
func sumNear(c, before, after, channels int, f func(c int) float64) float64 {
	total := 0.0
	for j := max(0, c-before); j <= min(channels-1, c+after); j++ {
		total += float64(f(j))
	}
	return total
}

func (l *localResponse) Forward(s *State, lo, hi int) {
	channels, plane := s.in[0], s.inLen/s.in[0]
	for n := lo; n < hi; n++ {
		x, y, under := s.xs(n, n+1), s.ys(n, n+1), s.moments[n*s.inLen:][:s.inLen]
		for i, v := range x {
			squares := sumNear(i/plane, l.size/2, (l.size-1)/2, channels, func(c int) float64 {
				v := float64(x[c*plane+i%plane])
				return float64(v * v)
			})
			under[i] = l.k + float64(l.alpha*squares/float64(l.size))
			y[i] = float32(float64(v) * elementary.Pow(under[i], -l.beta))
		}
	}
}

func (l *localResponse) Backward(s *State, lo, hi int) {
	channels, plane := s.in[0], s.inLen/s.in[0]
	for n := lo; n < hi; n++ {
		x, dy, dx, under := s.xs(n, n+1), s.dys(n, n+1), s.dxs(n, n+1), s.moments[n*s.inLen:][:s.inLen]
		for i, v := range x { // the channels that look at this one are the mirror image of those it looks at
			through := sumNear(i/plane, (l.size-1)/2, l.size/2, channels, func(c int) float64 {
				at := c*plane + i%plane
				return float64(dy[at]) * float64(x[at]) * elementary.Pow(under[at], -l.beta-1)
			})
			direct := float64(float64(dy[i]) * elementary.Pow(under[i], -l.beta))
			dx[i] = float32(direct - float64(2*l.alpha*l.beta/float64(l.size)*float64(v)*through))
		}
	}
}

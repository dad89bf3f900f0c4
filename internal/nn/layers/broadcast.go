package layers

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Scale and Bias multiply and add one value to every sample, which torch.nn has no
// class for: a weight of a shape that broadcasts to the sample's, or a fixed number.
func init() {
	registerBroadcast("Scale", "factor", 1)
	registerBroadcast("Bias", "value", 0)
}

func registerBroadcast(name, number string, def float64) {
	graphOnly[name] = true
	register(name, func(a *args) Plan {
		l := broadcast{number: float32(a.float(number, def)), adds: name == "Bias"}
		if l.shape = a.ints("shape", -1, nil, 1); l.shape == nil {
			return single(nil, func([]*Param) Layer { return &l })
		}
		if _, set := a.get(number); set {
			a.failf("arguments %q and \"shape\": want one of them", number)
		}
		return single([]ParamSpec{{Name: "weight", Shape: l.shape}}, func(p []*Param) Layer {
			own := l
			own.weight = p[0]
			return &own
		})
	})
}

// broadcast is x·w or x + w, where w is a weight or, without one, a number.
type broadcast struct {
	adds   bool
	number float32
	shape  []int // nil for a number
	weight *Param
}

func (l *broadcast) Params() []*Param {
	if l.weight == nil {
		return nil
	}
	return []*Param{l.weight}
}

func (l *broadcast) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	for i, n := range l.shape {
		d := len(in) - len(l.shape) + i
		if d < 0 || n != 1 && n != in[d] {
			return nil, fmt.Errorf("a weight of shape %v does not broadcast to it", l.shape)
		}
	}
	return append([]int{}, in...), nil
}

func (l *broadcast) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	if l.weight != nil {
		c.TableBytes = 4 * float64(elements(out))
	}
	return c
}

// Allocate makes the table of which element of the weight each of a sample's takes.
func (l *broadcast) Allocate(s *State, _ int) {
	if l.weight == nil {
		return
	}
	r := reading{out: s.in, steps: make([]int, len(s.in))}
	for i, step := range steps(l.shape) {
		if l.shape[i] > 1 {
			r.steps[len(s.in)-len(l.shape)+i] = step
		}
	}
	s.index = make([]int32, s.inLen)
	for i := range s.index {
		rest, at := i, 0
		for d := len(r.out) - 1; d >= 0; d-- {
			at += rest % r.out[d] * r.steps[d]
			rest /= r.out[d]
		}
		s.index[i] = int32(at)
	}
}

// each calls f for every element of samples lo … hi-1 with what it meets.
func (l *broadcast) each(s *State, lo, hi int, f func(i int, w float32)) {
	for i := lo * s.inLen; i < hi*s.inLen; i++ {
		w := l.number
		if l.weight != nil {
			w = l.weight.W[s.index[i%s.inLen]]
		}
		f(i, w)
	}
}

func (l *broadcast) Forward(s *State, lo, hi int) {
	if l.adds {
		l.each(s, lo, hi, func(i int, w float32) { s.y[i] = s.x[i] + w })
		return
	}
	l.each(s, lo, hi, func(i int, w float32) { s.y[i] = s.x[i] * w })
}

func (l *broadcast) Backward(s *State, lo, hi int) {
	if l.adds {
		copy(s.dxs(lo, hi), s.dys(lo, hi))
		return
	}
	l.each(s, lo, hi, func(i int, w float32) { s.dx[i] = s.dy[i] * w })
}

func (l *broadcast) ParamGrads(s *State, part, parts int) {
	if l.weight == nil {
		return
	}
	lo, hi := span(tensor.Size(l.shape), part, parts)
	sums := make([]float64, hi-lo)
	for n := range s.n {
		x, dy := s.xs(n, n+1), s.dys(n, n+1)
		for i, at := range s.index {
			if j := int(at) - lo; j >= 0 && j < len(sums) {
				sums[j] += l.share(x[i], dy[i])
			}
		}
	}
	for j, v := range sums {
		l.weight.G[lo+j] = float32(v)
	}
}

// share is what one element adds to the gradient of its weight.
func (l *broadcast) share(x, dy float32) float64 {
	if l.adds {
		return float64(dy)
	}
	return float64(float64(x) * float64(dy))
}

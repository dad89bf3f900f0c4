package layers

import (
	"fmt"
	"slices"
)

func init() {
	register("GLU", func(a *args) Plan {
		l := &glu{dim: a.dim("dim", -1)}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// glu is torch.nn.GLU: along one dimension, the first half times the sigmoid of the
// second.
type glu struct {
	noParams
	elementwise
	dim int
}

func (l *glu) OutShape(inputs ...[]int) ([]int, error) {
	out := slices.Clone(inputs[0])
	d, err := axis(l.dim, len(out))
	if err != nil {
		return nil, err
	}
	if out[d]%2 != 0 {
		return nil, fmt.Errorf("dimension %d has %d values, which cannot be halved", d+1, out[d])
	}
	out[d] /= 2
	return out, nil
}

// each calls f for every run of outputs, and the indices where the values and the
// gates of that run begin in the input.
func (l *glu) each(s *State, lo, hi int, f func(out, value, gate, n int)) {
	d, _ := axis(l.dim, len(s.in))
	n := elements(s.out[d:])
	for run := lo * s.outLen / n; run < hi*s.outLen/n; run++ {
		f(run*n, 2*run*n, (2*run+1)*n, n)
	}
}

func (l *glu) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(out, value, gate, n int) {
		for i := range n {
			s.y[out+i] = float32(float64(s.x[value+i]) * sigmoid(float64(s.x[gate+i])))
		}
	})
}

func (l *glu) Backward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(out, value, gate, n int) {
		for i := range n {
			open, dy := sigmoid(float64(s.x[gate+i])), float64(s.dy[out+i])
			s.dx[value+i] = float32(dy * open)
			s.dx[gate+i] = float32(dy * float64(s.x[value+i]) * open * (1 - open))
		}
	})
}

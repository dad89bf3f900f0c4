package layers

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
)

func init() {
	register("LogSoftmax", func(a *args) Plan {
		l := &logSoftmax{}
		if _, set := a.get("dim"); set {
			l.dim, l.set = a.dim("dim", 0), true
		}
		return single(nil, func([]*Param) Layer { return l })
	})
}

// logSoftmax is torch.nn.LogSoftmax: the logarithm of [softmax], computed without
// the quotient that would underflow.
type logSoftmax struct{ softmax }

func (l *logSoftmax) Forward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(first, step, n int) {
		top := float32(math.Inf(-1))
		for i := range n {
			top = max(top, s.x[first+i*step])
		}
		sum := 0.0
		for i := range n {
			sum += elementary.Exp(float64(s.x[first+i*step]) - float64(top))
		}
		shift := float64(top) + elementary.Log(sum)
		for i := range n {
			s.y[first+i*step] = float32(float64(s.x[first+i*step]) - shift)
		}
	})
}

func (l *logSoftmax) Backward(s *State, lo, hi int) {
	l.each(s, lo, hi, func(first, step, n int) {
		sum := 0.0
		for i := range n {
			sum += float64(s.dy[first+i*step])
		}
		for i := range n {
			at := first + i*step
			s.dx[at] = float32(float64(s.dy[at]) - float64(elementary.Exp(float64(s.y[at]))*sum))
		}
	})
}

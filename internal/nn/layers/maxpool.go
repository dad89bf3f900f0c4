package layers

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func maxPoolPlan(a *args, dims int) Plan {
	l := &maxPool{readStrided(a, dims, true)}
	a.refuse("return_indices", false)
	return poolPlan(l)
}

// maxPool is torch.nn.MaxPool1d to 3d, adaptive or not. The maximum of a window
// with a NaN is NaN.
type maxPool struct{ pool }

// Allocate makes room for the indices of the maxima, which backward needs.
func (l *maxPool) Allocate(s *State, capacity int) {
	l.pool.Allocate(s, capacity)
	if s.train {
		s.index = make([]int32, capacity*s.outLen)
	}
}

func (l *maxPool) Forward(s *State, lo, hi int) {
	switch wk := s.work.(*poolWork); {
	case s.train:
		l.forwardTrain(s, lo, hi)
	case wk.tiled:
		l.forwardTiled(s, lo, hi)
	default:
		l.forwardEval(s, lo, hi)
	}
}

// forwardTrain notes the index of each maximum.
func (l *maxPool) forwardTrain(s *State, lo, hi int) {
	wk := s.work.(*poolWork)
	l.each(s, lo, hi, func(out, plane int, row window) {
		start := out / s.outLen * s.inLen // of the sample
		for i, col := range wk.cols {
			best, at := float32(math.Inf(-1)), start-1 // for a window of padding alone
			for y := row.start; y < row.end; y += row.step {
				line := s.x[plane+y*wk.w:][:col.end]
				for x := col.start; x < len(line); x += col.step {
					if v := line[x]; v > best || v != v || at < start {
						best, at = v, plane+y*wk.w+x
					}
				}
			}
			s.y[out+i], s.index[out+i] = best, int32(at-start)
		}
	})
}

// forwardEval keeps no indices: it takes maxima down the columns first, then along
// the row of these.
func (l *maxPool) forwardEval(s *State, lo, hi int) {
	wk := s.work.(*poolWork)
	column := make([]float32, wk.w) // the maximum of each column
	l.each(s, lo, hi, func(out, plane int, row window) {
		if row.start >= row.end { // padding alone
			for i := range column {
				column[i] = float32(math.Inf(-1))
			}
		}
		line := func(y int) []float32 { return s.x[plane+y*wk.w:][:wk.w] }
		switch y := row.start; {
		case y+row.step < row.end:
			kernel.Max(column, line(y), line(y+row.step))
		case y < row.end:
			copy(column, line(y))
		}
		for y := row.start + 2*row.step; y < row.end; y += row.step {
			kernel.Max(column, column, line(y))
		}
		if wk.paired {
			kernel.MaxPairs(s.y[out:out+len(wk.cols)], column)
			return
		}
		for i, col := range wk.cols {
			best := float32(math.Inf(-1))
			for x := col.start; x < col.end; x += col.step {
				best = max(best, column[x]) // a NaN stays one
			}
			s.y[out+i] = best
		}
	})
}

// forwardTiled is forwardEval for windows of 2×2 that tile a plane: it takes maxima
// along all rows at once first, then down the columns of these.
func (l *maxPool) forwardTiled(s *State, lo, hi int) {
	wk := s.work.(*poolWork)
	cols, plane := len(wk.cols), 2*len(wk.rows)*wk.w
	half := make([]float32, plane/2)
	out := s.ys(lo, hi)
	for x := s.xs(lo, hi); len(x) > 0; x = x[wk.h*wk.w:] {
		kernel.MaxPairs(half, x[:plane])
		for row := range wk.rows {
			two := half[2*row*cols:][:2*cols]
			kernel.Max(out[:cols], two[:cols], two[cols:])
			out = out[cols:]
		}
	}
}

func (l *maxPool) Backward(s *State, lo, hi int) {
	clear(s.dxs(lo, hi))
	for out := lo * s.outLen; out < hi*s.outLen; out++ {
		if at := int(s.index[out]); at >= 0 {
			s.dx[out/s.outLen*s.inLen+at] += s.dy[out]
		}
	}
}

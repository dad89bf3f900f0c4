package nn

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	for dims := 1; dims <= 2; dims++ {
		d := fmt.Sprintf("%dd", dims)
		register("MaxPool"+d, func(a *args) plan { return poolPlan(a, dims, true) })
		register("AvgPool"+d, func(a *args) plan { return poolPlan(a, dims, false) })
		register("AdaptiveAvgPool"+d, func(a *args) plan { return adaptivePlan(a, dims, false) })
		register("AdaptiveMaxPool"+d, func(a *args) plan { return adaptivePlan(a, dims, true) })
	}
}

// window is the inputs of one output along one dimension: start, start+step, …
// below end, of which those within the input count; size is what an average
// that counts the padding divides by.
type window struct{ start, end, step, size int }

// pool is any pooling of torch.nn: the greatest or the mean of each window.
type pool struct {
	noParams
	dims    int
	greater bool
	axes    [2]poolAxis
	divisor int  // of every mean; 0 for the window's size
	padded  bool // padding counts for the mean
}

// poolAxis lays windows along one dimension of n inputs.
type poolAxis interface {
	count(n int) (int, error)
	windows(n int) []window // for an n that count took
	reads(n int) float64
}

// strided is a window moved by a stride.
type strided struct {
	size, stride, pad, dilation int
	ceil                        bool
}

func (p strided) reach() int { return p.dilation*(p.size-1) + 1 }

func (p strided) count(n int) (int, error) {
	if p.reach() > n+2*p.pad {
		return 0, fmt.Errorf("a window of %d is larger than %d inputs with padding", p.reach(), n)
	}
	room := n + 2*p.pad - p.reach()
	count := room/p.stride + 1
	if p.ceil && room%p.stride != 0 && count*p.stride < n+p.pad { // the last one must begin within the input
		count++
	}
	return count, nil
}

func (p strided) windows(n int) []window {
	count, _ := p.count(n)
	ws := make([]window, count)
	for i := range ws {
		start := i*p.stride - p.pad
		end := min(start+p.reach(), n+p.pad)
		ws[i] = window{start, min(end, n), p.dilation, end - start}
		for ws[i].start < 0 {
			ws[i].start += p.dilation
		}
	}
	return ws
}

// adaptive cuts the input into a given number of windows, or leaves it as it is
// (0).
type adaptive struct{ outputs int }

func (p adaptive) count(n int) (int, error) {
	if p.outputs == 0 {
		return n, nil
	}
	return p.outputs, nil
}

func (p adaptive) windows(n int) []window {
	count, _ := p.count(n)
	ws := make([]window, count)
	for i := range ws {
		start, end := i*n/count, ((i+1)*n+count-1)/count
		ws[i] = window{start, end, 1, end - start}
	}
	return ws
}

func poolPlan(a *args, dims int, greater bool) plan {
	l := &pool{dims: dims, greater: greater}
	size := a.ints("kernel_size", dims, nil, 1)
	if size == nil {
		a.failf("argument \"kernel_size\" is missing")
		size = repeat(dims, 1)
	}
	stride, pad := a.ints("stride", dims, size, 1), a.ints("padding", dims, repeat(dims, 0), 0)
	dilation, ceil := repeat(dims, 1), a.bool("ceil_mode", false)
	if greater {
		dilation = a.ints("dilation", dims, dilation, 1)
		a.refuse("return_indices", false)
	} else {
		l.padded = a.bool("count_include_pad", true)
		if dims == 2 {
			l.divisor = a.int("divisor_override", 0, 1)
		}
	}
	for d := range dims {
		if pad[d] > size[d]/2 {
			a.failf("padding %d is over half the window of %d", pad[d], size[d])
		}
		l.axes[2-dims+d] = strided{size[d], stride[d], pad[d], dilation[d], ceil}
	}
	return l.plan()
}

func adaptivePlan(a *args, dims int, greater bool) plan {
	l := &pool{dims: dims, greater: greater}
	v, ok := a.get("output_size")
	if !ok {
		a.failf("argument \"output_size\" is missing")
	}
	sizes := repeat(dims, 0)
	if list, isList := v.([]any); isList {
		if len(list) != dims {
			a.failf("argument \"output_size\" has %d values: want %d", len(list), dims)
			return l.plan()
		}
		for i, v := range list {
			sizes[i] = adaptiveSize(a, v)
		}
	} else {
		for i := range sizes {
			sizes[i] = adaptiveSize(a, v)
		}
	}
	keep(a, "output_size", sizes)
	if greater {
		a.refuse("return_indices", false)
	}
	for d := range dims {
		l.axes[2-dims+d] = adaptive{sizes[d]}
	}
	return l.plan()
}

// adaptiveSize is 0 for None: as many as there are.
func adaptiveSize(a *args, v any) int {
	if v == nil {
		return 0
	}
	n, ok := integer(v)
	if !ok || n < 1 {
		a.failf("argument \"output_size\" is %v: want whole numbers from 1", v)
		return 1
	}
	return n
}

func (l *pool) plan() plan {
	if l.dims == 1 {
		l.axes[0] = adaptive{}
	}
	return plan{nil, func([]*param) layer { return l }}
}

func (l *pool) outShape(in []int) ([]int, error) {
	if len(in) != l.dims+1 {
		return nil, fmt.Errorf("want channels and %d more dimensions", l.dims)
	}
	out := append([]int{}, in...)
	for d := range l.dims {
		n, err := l.axes[2-l.dims+d].count(in[1+d])
		if err != nil {
			return nil, err
		}
		out[1+d] = n
	}
	return out, nil
}

// poolWork is the windows of both dimensions of a sample.
type poolWork struct {
	h, w       int
	rows, cols []window
	paired     bool // columns are two and two, side by side from the first
	squares    bool // rows are too, and no column is left over
}

// areTwoAndTwo reports whether the windows are 0 and 1, 2 and 3, and so on.
func areTwoAndTwo(cols []window) bool {
	for i, c := range cols {
		if c.start != 2*i || c.end != 2*i+2 || c.step != 1 {
			return false
		}
	}
	return true
}

func (l *pool) alloc(s *slot, capacity int) {
	h, w := picture(s.in, l.dims)
	wk := &poolWork{h: h, w: w, rows: l.axes[0].windows(h), cols: l.axes[1].windows(w)}
	wk.paired = areTwoAndTwo(wk.cols)
	wk.squares = wk.paired && w == 2*len(wk.cols) && areTwoAndTwo(wk.rows)
	s.work = wk
	if l.greater && s.train {
		s.index = make([]int32, capacity*s.outLen)
	}
}

// each calls f for every row of outputs of samples lo … hi-1: the index of its
// first output, the index of its plane in x, and the rows of x below it.
func (l *pool) each(s *slot, lo, hi int, f func(out, plane int, row window)) {
	wk := s.work.(*poolWork)
	channels := s.in[0]
	out := lo * s.outLen
	for p := lo * channels; p < hi*channels; p++ {
		for _, row := range wk.rows {
			f(out, p*wk.h*wk.w, row)
			out += len(wk.cols)
		}
	}
}

func (l *pool) forward(s *slot, lo, hi int) {
	wk := s.work.(*poolWork)
	switch {
	case l.greater && s.train:
		l.greatest(s, lo, hi)
		return
	case l.greater && wk.squares:
		l.greatestOfSquares(s, lo, hi)
		return
	case l.greater:
		l.greatestOnly(s, lo, hi)
		return
	}
	l.each(s, lo, hi, func(out, plane int, row window) {
		for i, col := range wk.cols {
			sum := 0.0
			if col.end-col.start == wk.w && row.step == 1 && row.start < row.end { // whole rows: one after the other in x
				sum = sumOf(s.x[plane+row.start*wk.w : plane+row.end*wk.w])
			} else {
				for y := row.start; y < row.end; y += row.step {
					sum += sumOf(s.x[plane+y*wk.w:][col.start:col.end])
				}
			}
			s.y[out+i] = float32(sum / l.by(row, col))
		}
	})
}

// sumOf adds four numbers at a time: one chain of additions would wait for itself.
func sumOf(x []float32) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
		x = x[4:]
	}
	for _, v := range x {
		a += float64(v)
	}
	return a + b + (c + d)
}

// greatestOnly is forward for the greatest of each window where nobody will ask
// for its place: first down the rows, then along what that leaves.
func (l *pool) greatestOnly(s *slot, lo, hi int) {
	wk := s.work.(*poolWork)
	high := make([]float32, wk.w)
	l.each(s, lo, hi, func(out, plane int, row window) {
		if row.start >= row.end { // nothing but padding
			for i := range high {
				high[i] = float32(math.Inf(-1))
			}
		}
		line := func(y int) []float32 { return s.x[plane+y*wk.w:][:wk.w] }
		switch y := row.start; {
		case y+row.step < row.end:
			kernel.Greater(high, line(y), line(y+row.step))
		case y < row.end:
			copy(high, line(y))
		}
		for y := row.start + 2*row.step; y < row.end; y += row.step {
			kernel.Greater(high, high, line(y))
		}
		if wk.paired {
			kernel.GreaterPairs(s.y[out:out+len(wk.cols)], high)
			return
		}
		for i, col := range wk.cols {
			best := float32(math.Inf(-1))
			for x := col.start; x < col.end; x += col.step {
				best = max(best, high[x]) // a NaN stays one
			}
			s.y[out+i] = best
		}
	})
}

// greatestOfSquares is greatestOnly for windows of 2×2 that tile a plane: first
// along all of its rows at once, then down what that leaves.
func (l *pool) greatestOfSquares(s *slot, lo, hi int) {
	wk := s.work.(*poolWork)
	cols, plane := len(wk.cols), 2*len(wk.rows)*wk.w
	half := make([]float32, plane/2)
	out := s.ys(lo, hi)
	for x := s.xs(lo, hi); len(x) > 0; x = x[wk.h*wk.w:] {
		kernel.GreaterPairs(half, x[:plane])
		for row := range wk.rows {
			two := half[2*row*cols:][:2*cols]
			kernel.Greater(out[:cols], two[:cols], two[cols:])
			out = out[cols:]
		}
	}
}

// greatest is forward for the greatest of each window, whose places it notes.
func (l *pool) greatest(s *slot, lo, hi int) {
	wk := s.work.(*poolWork)
	l.each(s, lo, hi, func(out, plane int, row window) {
		start := out / s.outLen * s.inLen // of the sample
		for i, col := range wk.cols {
			best, at := float32(math.Inf(-1)), start-1 // a window of nothing but padding
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

// by is what a mean divides by.
func (l *pool) by(row, col window) float64 {
	switch {
	case l.divisor > 0:
		return float64(l.divisor)
	case l.padded:
		return float64(row.size) * float64(col.size)
	}
	return float64(row.end-row.start) * float64(col.end-col.start)
}

func (l *pool) backward(s *slot, lo, hi int) {
	clear(s.dxs(lo, hi))
	if l.greater {
		for out := lo * s.outLen; out < hi*s.outLen; out++ {
			if at := int(s.index[out]); at >= 0 {
				s.dx[out/s.outLen*s.inLen+at] += s.dy[out]
			}
		}
		return
	}
	wk := s.work.(*poolWork)
	l.each(s, lo, hi, func(out, plane int, row window) {
		for i, col := range wk.cols {
			g := float32(float64(s.dy[out+i]) / l.by(row, col))
			for y := row.start; y < row.end; y += row.step {
				line := s.dx[plane+y*wk.w:][col.start:col.end]
				for x := range line {
					line[x] += g
				}
			}
		}
	})
}

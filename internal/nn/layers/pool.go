package layers

import (
	"fmt"
	"slices"
)

func init() {
	for dims := 1; dims <= 2; dims++ {
		d := fmt.Sprintf("%dd", dims)
		register("MaxPool"+d, func(a *args) Plan { return maxPoolPlan(a, dims) })
		register("AvgPool"+d, func(a *args) Plan { return avgPoolPlan(a, dims) })
		register("AdaptiveAvgPool"+d, func(a *args) Plan { return poolPlan(&avgPool{pool: readAdaptive(a, dims)}) })
		register("AdaptiveMaxPool"+d, func(a *args) Plan {
			l := &maxPool{readAdaptive(a, dims)}
			a.refuse("return_indices", false)
			return poolPlan(l)
		})
	}
}

func poolPlan(l Layer) Plan { return single(nil, func([]*Param) Layer { return l }) }

// pool is the common part of all poolings of torch.nn: windows along the one or two
// dimensions after the channels. With one dimension a sample counts as a picture of
// one row.
type pool struct {
	noParams
	dims int // of a sample after its channels
	at   int // which of them axes begin at, counted from 0
	axes [2]poolAxis
}

// planes is the height and width that a sample's windows lie in; all dimensions
// after the height are the width.
func (l *pool) planes(in []int) (h, w int) {
	if l.dims == 1 {
		return 1, in[1]
	}
	return in[1+l.at], elements(in[2+l.at:])
}

// readStrided reads the arguments that all poolings with a stride have.
func readStrided(a *args, dims int, dilated bool) pool {
	l := pool{dims: dims, axes: [2]poolAxis{adaptive{}, nil}}
	for d, axis := range stridedAxes(a, dims, dilated) {
		l.axes[2-dims+d] = axis
	}
	return l
}

// stridedAxes reads the windows along dims dimensions.
func stridedAxes(a *args, dims int, dilated bool) []poolAxis {
	axes := make([]poolAxis, dims)
	size := a.ints("kernel_size", dims, nil, 1)
	if size == nil {
		a.failf("argument \"kernel_size\" is missing")
		size = repeat(dims, 1)
	}
	stride, pad := a.ints("stride", dims, size, 1), a.ints("padding", dims, repeat(dims, 0), 0)
	dilation, ceil := repeat(dims, 1), a.bool("ceil_mode", false)
	if dilated {
		dilation = a.ints("dilation", dims, dilation, 1)
	}
	for d := range dims {
		if pad[d] > size[d]/2 {
			a.failf("padding %d is over half the window of %d", pad[d], size[d])
		}
		axes[d] = strided{size[d], stride[d], pad[d], dilation[d], ceil}
	}
	return axes
}

// readAdaptive reads "output_size": a number for all dimensions, or a list.
func readAdaptive(a *args, dims int) pool {
	l := pool{dims: dims, axes: [2]poolAxis{adaptive{}, nil}}
	for d, axis := range adaptiveAxes(a, dims) {
		l.axes[2-dims+d] = axis
	}
	return l
}

// adaptiveAxes reads the windows along dims dimensions.
func adaptiveAxes(a *args, dims int) []poolAxis {
	axes := slices.Repeat([]poolAxis{adaptive{}}, dims)
	v, ok := a.get("output_size")
	if !ok {
		a.failf("argument \"output_size\" is missing")
	}
	list, isList := v.([]any)
	if !isList {
		list = slices.Repeat([]any{v}, dims)
	}
	if len(list) != dims {
		a.failf("argument \"output_size\" has %d values: want %d", len(list), dims)
		return axes
	}
	sizes := repeat(dims, 0)
	for d, v := range list {
		sizes[d] = adaptiveSize(a, v)
		axes[d] = adaptive{sizes[d]}
	}
	keep(a, "output_size", sizes)
	return axes
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

func (l *pool) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) != l.dims+1 {
		return nil, fmt.Errorf("want channels and %d more dimensions", l.dims)
	}
	first, axes := 1+l.at, l.axes[:]
	if l.dims == 1 {
		axes = axes[1:]
	}
	out := slices.Clone(in)
	for d, axis := range axes {
		n, err := axis.count(in[first+d])
		if err != nil {
			return nil, err
		}
		out[first+d] = n
	}
	return out, nil
}

func (l *pool) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	h, w := l.planes(in[0])
	oh, ow := l.planes(out)
	planes := float64(elements(in[0])) / float64(h) / float64(w)
	c.MultiplyAdds += costLoad * planes * l.axes[0].reads(h) * l.axes[1].reads(w)
	c.TableBytes = 32 * (float64(oh) + float64(ow))
	return c
}

// poolWork is the windows of both dimensions of a sample.
type poolWork struct {
	h, w       int
	rows, cols []window
	paired     bool // columns are adjacent pairs from the first on
	tiled      bool // rows are too, and no column is left over: 2×2 windows tile the plane
}

func (l *pool) Allocate(s *State, _ int) {
	h, w := l.planes(s.in)
	wk := &poolWork{h: h, w: w, rows: l.axes[0].windows(h), cols: l.axes[1].windows(w)}
	wk.paired = areAdjacentPairs(wk.cols)
	wk.tiled = wk.paired && w == 2*len(wk.cols) && areAdjacentPairs(wk.rows)
	s.work = wk
}

// each calls f for every row of outputs of samples lo … hi-1: the index of its
// first output, the index of its plane in x, and the rows of x below it.
func (l *pool) each(s *State, lo, hi int, f func(out, plane int, row window)) {
	wk := s.work.(*poolWork)
	planes := s.inLen / (wk.h * wk.w) // of a sample
	out := lo * s.outLen
	for p := lo * planes; p < hi*planes; p++ {
		for _, row := range wk.rows {
			f(out, p*wk.h*wk.w, row)
			out += len(wk.cols)
		}
	}
}

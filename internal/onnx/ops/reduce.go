package ops

import (
	"math"
	"slices"
)

func init() {
	reduce("ReduceSum", 13, reduction{add: plain})
	reduce("ReduceMean", 18, reduction{add: plain, end: func(sum float64, n int) float64 { return sum / float64(n) }})
	reduce("ReduceL1", 18, reduction{add: func(s, x float64) float64 { return s + math.Abs(x) }})
	reduce("ReduceL2", 18, reduction{add: square, end: func(sum float64, _ int) float64 { return math.Sqrt(sum) }})
	reduce("ReduceSumSquare", 18, reduction{add: square})
	reduce("ReduceLogSum", 18, reduction{add: plain, end: func(sum float64, _ int) float64 { return math.Log(sum) }})
	reduce("ReduceProd", 18, reduction{start: 1, add: func(s, x float64) float64 { return s * x }})
	reduce("ReduceMax", 18, reduction{start: math.Inf(-1), add: func(s, x float64) float64 { return max(s, x) }})
	reduce("ReduceMin", 18, reduction{start: math.Inf(1), add: func(s, x float64) float64 { return min(s, x) }})
	register("ReduceLogSumExp", 1, 2, "axes keepdims noop_with_empty_axes", reduceLogSumExp)
	register("CumSum", 2, 2, "exclusive reverse", cumSum)
}

func plain(s, x float64) float64  { return s + x }
func square(s, x float64) float64 { return s + x*x }

// reduction joins all elements along some dimensions, in float64.
type reduction struct {
	start float64
	add   func(sum, x float64) float64
	end   func(sum float64, n int) float64 // nil: the sum
}

// reduce registers a reduction whose axes are an input from a version on.
func reduce(name string, since int64, r reduction) {
	register(name, 1, 2, "axes keepdims noop_with_empty_axes", func(c *Call) {
		if axes, ok := c.reducedAxes(since); ok {
			c.reduceOver(axes, r)
		} else {
			c.Out[0] = c.In[0]
		}
	})
}

// reducedAxes are the dimensions that go away; false means that nothing is done.
func (c *Call) reducedAxes(since int64) ([]int, bool) {
	rank := len(c.In[0].Shape)
	axes := c.axes(c.listed(since, "axes"), rank)
	if len(axes) > 0 {
		return axes, true
	}
	if c.attrInt("noop_with_empty_axes", 0) != 0 {
		return nil, false
	}
	for d := range rank {
		axes = append(axes, d)
	}
	return axes, true
}

// withoutAxes is a shape with dimensions reduced to 1, or dropped.
func withoutAxes(shape, axes []int, keep bool) []int {
	out := []int{}
	for d, n := range shape {
		switch {
		case !slices.Contains(axes, d):
			out = append(out, n)
		case keep:
			out = append(out, 1)
		}
	}
	return out
}

func (c *Call) reduceOver(axes []int, r reduction) {
	x := c.In[0]
	y := c.out(0, x.Type, withoutAxes(x.Shape, axes, c.attrInt("keepdims", 1) != 0)...)
	c.work(2 * float64(x.Size()))
	c.scratch(2 * y.Size())
	if c.trial() {
		return
	}
	acc := make([]float64, y.Size())
	for i := range acc {
		acc[i] = r.start
	}
	c.visit(x.Shape, axes, func(i, o int) {
		if x.Type.Floating() {
			acc[o] = r.add(acc[o], float64(x.F[i]))
		} else {
			acc[o] = r.add(acc[o], float64(x.I[i]))
		}
	})
	n := x.Size() / max(1, y.Size())
	for i, v := range acc {
		if r.end != nil {
			v = r.end(v, n)
		}
		if x.Type.Floating() {
			y.F[i] = float32(v)
		} else {
			y.I[i] = wrap(truncated(v), x.Type)
		}
	}
}

// visit calls f for every element with its position and that of its result.
func (c *Call) visit(shape, axes []int, f func(in, out int)) {
	if product(shape) == 0 {
		return
	}
	kept := strides(withoutAxes(shape, axes, true))
	for _, d := range axes {
		kept[d] = 0
	}
	last := len(shape) - 1
	if last < 0 {
		f(0, 0)
		return
	}
	index := make([]int, last)
	for i := 0; ; i += shape[last] {
		o := 0
		for d, k := range index {
			o += k * kept[d]
		}
		for k := range shape[last] {
			f(i+k, o+k*kept[last])
		}
		if !next(index, shape[:last]) {
			return
		}
	}
}

// reduceLogSumExp subtracts the largest element first, so that nothing overflows.
func reduceLogSumExp(c *Call) {
	x := c.floats(0)
	axes, ok := c.reducedAxes(18)
	if !ok {
		c.Out[0] = x
		return
	}
	y := c.out(0, x.Type, withoutAxes(x.Shape, axes, c.attrInt("keepdims", 1) != 0)...)
	c.work(20 * float64(x.Size()))
	if c.trial() {
		return
	}
	top, sum := make([]float64, y.Size()), make([]float64, y.Size())
	for i := range top {
		top[i] = math.Inf(-1)
	}
	c.visit(x.Shape, axes, func(i, o int) { top[o] = max(top[o], float64(x.F[i])) })
	c.visit(x.Shape, axes, func(i, o int) {
		if d := float64(x.F[i]) - top[o]; d == d {
			sum[o] += math.Exp(d)
		}
	})
	for i := range y.F {
		y.F[i] = float32(top[i] + math.Log(sum[i]))
	}
}

func cumSum(c *Call) {
	x := c.In[0]
	list := c.ints(1)
	c.need(len(list) == 1, "%d axes, want 1", len(list))
	axis := c.axis(list[0], len(x.Shape))
	exclusive, reverse := c.attrInt("exclusive", 0) != 0, c.attrInt("reverse", 0) != 0
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	outer, inner := outerInner(x.Shape, axis)
	n := x.Shape[axis]
	for o := range outer {
		for i := range inner {
			sum, whole := 0.0, int64(0)
			for k := range n {
				if reverse {
					k = n - 1 - k
				}
				at := (o*n+k)*inner + i
				if x.Type.Floating() {
					before := sum
					sum += float64(x.F[at])
					y.F[at] = float32(pick(exclusive, before, sum))
				} else {
					before := whole
					whole += x.I[at]
					y.I[at] = wrap(pick(exclusive, before, whole), x.Type)
				}
			}
		}
	}
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register("MaxPool", 1, 1, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides", maxPool)
	register("AveragePool", 1, 1, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides", averagePool)
	register("LpPool", 1, 1, "auto_pad ceil_mode dilations kernel_shape p pads strides", lpPool)
	register("GlobalAveragePool", 1, 1, "", func(c *Call) { c.globalPool(reduction{add: plain, end: mean}) })
	register("GlobalMaxPool", 1, 1, "", func(c *Call) {
		c.globalPool(reduction{start: math.Inf(-1), add: func(s, x float64) float64 { return max(s, x) }})
	})
}

func mean(sum float64, n int) float64 { return sum / float64(n) }

func (c *Call) globalPool(r reduction) {
	x := c.floats(0)
	c.need(len(x.Shape) >= 3, "an input of shape %v, want [batch, channels, …]", x.Shape)
	var axes []int
	for d := 2; d < len(x.Shape); d++ {
		axes = append(axes, d)
	}
	c.reduceOver(axes, r)
}

// pool prepares a pool and calls f for every output of every plane.
func (c *Call) pool(t wire.DataType) (w *window, x, y *Value) {
	x = c.In[0]
	w = c.window(x.Shape, nil, c.attrInt("ceil_mode", 0) != 0)
	y = c.out(0, t, append([]int{x.Shape[0], x.Shape[1]}, w.out...)...)
	c.work(4 * float64(y.Size()) * volume(w.size))
	return w, x, y
}

// each calls f for every output: its number, the plane's first input, its place.
func (w *window) each(planes int, f func(out, base int, at []int)) {
	n, plane := product(w.out), product(w.in)
	for p := range planes {
		at := make([]int, len(w.out))
		for i := range n {
			f(p*n+i, p*plane, at)
			next(at, w.out)
		}
	}
}

func maxPool(c *Call) {
	w, x, y := c.pool(c.In[0].Type)
	var index *Value
	if c.wanted(1) {
		index = c.out(1, wire.Int64, y.Shape...)
	}
	columns := c.attrInt("storage_order", 0) == 1
	if c.trial() {
		return
	}
	w.each(x.Shape[0]*x.Shape[1], func(out, base int, at []int) {
		best := -1
		w.taps(at, func(_, in int) {
			if best < 0 || x.compare(base+in, best) > 0 {
				best = base + in
			}
		})
		switch {
		case best < 0 && x.Type.Floating():
			y.F[out] = float32(math.Inf(-1))
		case best < 0:
		case x.Type.Floating():
			y.F[out] = x.F[best]
		default:
			y.I[out] = x.I[best]
		}
		if index != nil {
			index.I[out] = int64(w.position(base, best-base, columns))
		}
	})
}

// position is where an input is, counted along rows or along columns.
func (w *window) position(base, in int, columns bool) int {
	if !columns {
		return base + in
	}
	out, unit := base, 1
	place := make([]int, len(w.in))
	for d := len(w.in) - 1; d >= 0; d-- {
		place[d], in = in%w.in[d], in/w.in[d]
	}
	for d, n := range w.in {
		out += place[d] * unit
		unit *= n
	}
	return out
}

// averagePool divides by the inputs under the window or, with count_include_pad, by
// those and the padding's.
func averagePool(c *Call) {
	all := c.attrInt("count_include_pad", 0) != 0
	c.floats(0)
	w, x, y := c.pool(c.In[0].Type)
	if c.trial() {
		return
	}
	w.each(x.Shape[0]*x.Shape[1], func(out, base int, at []int) {
		sum, n := 0.0, 0
		w.taps(at, func(_, in int) {
			sum += float64(x.F[base+in])
			n++
		})
		if all {
			n = w.padded(at)
		}
		y.F[out] = float32(sum / float64(n))
	})
}

// padded counts the taps that lie in the input or its padding.
func (w *window) padded(at []int) int {
	n := 1
	for d := range at {
		count := 0
		for k := range w.size[d] {
			if p := at[d]*w.stride[d] + k*w.dilation[d]; p < w.before[d]+w.in[d]+w.after[d] {
				count++
			}
		}
		n *= count
	}
	return n
}

func lpPool(c *Call) {
	p := float64(c.attrInt("p", 2))
	c.floats(0)
	w, x, y := c.pool(c.In[0].Type)
	if c.trial() {
		return
	}
	w.each(x.Shape[0]*x.Shape[1], func(out, base int, at []int) {
		sum := 0.0
		w.taps(at, func(_, in int) { sum += math.Pow(math.Abs(float64(x.F[base+in])), p) })
		y.F[out] = float32(math.Pow(sum, 1/p))
	})
}

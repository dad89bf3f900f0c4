package ops

import "github.com/decloud-sdk/decloud-go/internal/kernel"

func init() {
	register("Conv", 2, 3, "auto_pad dilations group kernel_shape pads strides", conv)
}

// convBlock is how many floats of the im2col matrix are made at a time.
const convBlock = 1 << 18

// conv computes convolutions of any number of dimensions: patches of the input
// become columns of a matrix that the weights are multiplied with.
func conv(c *Call) {
	x, weight, bias := c.floats(0), c.floats(1), c.in(2)
	c.need(len(x.Shape) >= 3 && len(weight.Shape) == len(x.Shape), "input %v and weights %v", x, weight)
	w := c.window(x.Shape, weight.Shape[2:], false)
	groups, outs := c.attrInt("group", 1), weight.Shape[0]
	c.need(groups >= 1 && outs%groups == 0 && x.Shape[1] == groups*weight.Shape[1], "%d groups of input %v and weights %v", groups, x, weight)
	if bias != nil {
		c.need(c.floats(2).Size() == outs, "bias %v for %d channels", bias, outs)
	}
	y := c.out(0, x.Type, append([]int{x.Shape[0], outs}, w.out...)...)
	patch := product(weight.Shape[1:])
	c.work(float64(y.Size()) * float64(patch))
	positions := product(w.out)
	block := max(1, min(positions, convBlock/max(1, patch)))
	c.need(patch > 0, "weights %v", weight)
	c.scratch(patch * block)
	if c.trial() {
		return
	}
	cv := convolution{finish: c.finish(y.Shape), w: w, x: x, y: y, weight: weight.F, positions: positions, patch: patch, block: block, outs: outs / groups}
	if bias != nil {
		cv.bias = bias.F
	}
	if positions > 0 {
		cv.run(groups)
	}
}

type convolution struct {
	finish                        func(y []float32, at int) // a sample's group
	w                             *window
	x, y                          *Value
	weight, bias                  []float32
	positions, patch, block, outs int
	channels, taps, plane         int
}

func (cv *convolution) run(groups int) {
	cv.taps = product(cv.w.size)
	cv.channels, cv.plane = cv.patch/cv.taps, product(cv.w.in)
	depthwise := cv.channels == 1 && cv.outs == 1
	direct := cv.pointwise()
	var columns []float32
	if !direct && !depthwise {
		columns = make([]float32, cv.patch*cv.block)
	}
	for i := range cv.x.Shape[0] {
		for g := range groups {
			x := cv.x.F[(i*groups+g)*cv.channels*cv.plane:][:cv.channels*cv.plane]
			y := cv.y.F[(i*groups+g)*cv.outs*cv.positions:][:cv.outs*cv.positions]
			switch weight := cv.weight[g*cv.outs*cv.patch:][:cv.outs*cv.patch]; {
			case depthwise:
				cv.depthwise(y, x, weight, g)
			case direct:
				kernel.Gemm(kernel.Dense(y, cv.outs, cv.positions), kernel.Dense(weight, cv.outs, cv.patch),
					kernel.Dense(x, cv.patch, cv.plane), cv.epilogue(g))
			default:
				cv.columns(y, x, weight, columns, g)
			}
			cv.finish(y, (i*groups+g)*cv.outs*cv.positions)
		}
	}
}

// pointwise reports whether the input itself is the im2col matrix.
func (cv *convolution) pointwise() bool {
	for d := range cv.w.in {
		if cv.w.size[d] != 1 || cv.w.stride[d] != 1 || cv.w.in[d] != cv.w.out[d] {
			return false
		}
	}
	return true
}

func (cv *convolution) epilogue(group int) kernel.Epilogue {
	if cv.bias == nil {
		return kernel.Epilogue{}
	}
	return kernel.Epilogue{RowBias: cv.bias[group*cv.outs:][:cv.outs]}
}

// columns computes one group of a sample, a block of positions at a time.
func (cv *convolution) columns(y, x, weight, columns []float32, group int) {
	c, a := kernel.Dense(y, cv.outs, cv.positions), kernel.Dense(weight, cv.outs, cv.patch)
	for lo := 0; lo < cv.positions; lo += cv.block {
		hi := min(lo+cv.block, cv.positions)
		cv.im2col(columns, x, lo, hi)
		kernel.Gemm(c.ColRange(lo, hi), a, kernel.Dense(columns, cv.patch, hi-lo), cv.epilogue(group))
	}
}

// im2col writes the patches of positions lo … hi-1 as columns, row by row of the
// output.
func (cv *convolution) im2col(columns, x []float32, lo, hi int) {
	n, last := hi-lo, len(cv.w.in)-1
	width := cv.w.out[last]
	tap, at := make([]int, len(cv.w.size)), make([]int, len(cv.w.in))
	for row := range cv.patch {
		plane := x[row/cv.taps*cv.plane:][:cv.plane]
		out := columns[row*n:][:n]
		for p := lo; p < hi; {
			col := p % width
			run := min(width-col, hi-p)
			cv.w.line(out[p-lo:][:run], plane, at, tap, p/width, col)
			p += run
		}
		next(tap, cv.w.size)
	}
}

// line copies what one tap of the kernel sees from outputs col … of a row; row counts
// the output's rows.
func (w *window) line(out, plane []float32, at, tap []int, row, col int) {
	last := len(w.in) - 1
	for d := last - 1; d >= 0; d-- {
		at[d], row = row%w.out[d], row/w.out[d]
	}
	base, inside := 0, true
	for d := range last {
		p := at[d]*w.stride[d] - w.before[d] + tap[d]*w.dilation[d]
		inside = inside && p >= 0 && p < w.in[d]
		base = base*w.in[d] + p
	}
	if !inside {
		clear(out)
		return
	}
	width, stride := w.in[last], w.stride[last]
	from := col*stride - w.before[last] + tap[last]*w.dilation[last]
	line := plane[base*width:][:width]
	for i := range out {
		if from >= 0 && from < width {
			out[i] = line[from]
		} else {
			out[i] = 0
		}
		from += stride
	}
}

// depthwise computes one channel that has a kernel of its own.
func (cv *convolution) depthwise(y, x, weight []float32, channel int) {
	var bias float32
	if cv.bias != nil {
		bias = cv.bias[channel]
	}
	for i := range y {
		y[i] = bias
	}
	w, last := cv.w, len(cv.w.in)-1
	width := w.out[last]
	at, buf := make([]int, len(w.in)), make([]float32, width)
	for row := range cv.positions / width {
		out := y[row*width:][:width]
		tap := make([]int, len(w.size))
		for _, k := range weight {
			w.line(buf, x, at, tap, row, 0)
			for i, v := range buf {
				out[i] += k * v
			}
			next(tap, w.size)
		}
	}
}

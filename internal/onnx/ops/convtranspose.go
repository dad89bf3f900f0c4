package ops

import "slices"

func init() {
	register("ConvTranspose", 2, 3, "auto_pad dilations group kernel_shape output_padding output_shape pads strides", convTranspose)
}

// convTranspose spreads every input over the outputs under its kernel.
func convTranspose(c *Call) {
	x, weight, bias := c.floats(0), c.floats(1), c.in(2)
	c.need(len(x.Shape) >= 3 && len(weight.Shape) == len(x.Shape), "input %v and weights %v", x, weight)
	groups := c.attrInt("group", 1)
	c.need(groups >= 1 && x.Shape[1] == weight.Shape[0] && x.Shape[1]%groups == 0, "%d groups of input %v and weights %v", groups, x, weight)
	w := c.spread(x.Shape, weight.Shape[2:])
	outs := weight.Shape[1]
	if bias != nil {
		c.need(c.floats(2).Size() == outs*groups, "bias %v for %d channels", bias, outs*groups)
	}
	y := c.out(0, x.Type, append([]int{x.Shape[0], outs * groups}, w.in...)...)
	c.work(float64(x.Size()) * float64(product(weight.Shape[1:])))
	if c.trial() {
		return
	}
	plane := product(w.in)
	if bias != nil {
		for i := range y.F {
			y.F[i] = bias.F[i/plane%(outs*groups)]
		}
	}
	ins, taps, positions := x.Shape[1]/groups, product(w.size), product(w.out)
	for s := range x.Shape[0] {
		for ch := range x.Shape[1] {
			g := ch / ins
			in := x.F[(s*x.Shape[1]+ch)*positions:][:positions]
			kernels := weight.F[ch*outs*taps:][:outs*taps]
			at := make([]int, len(w.out))
			for _, v := range in {
				w.taps(at, func(tap, p int) {
					for o := range outs {
						y.F[((s*groups+g)*outs+o)*plane+p] += v * kernels[o*taps+tap]
					}
				})
				next(at, w.out)
			}
		}
	}
}

// spread is the window of the convolution that this one is the transpose of: its
// input is our output.
func (c *Call) spread(shape, kernel []int) *window {
	n := len(shape) - 2
	w := &window{out: shape[2:], size: kernel, stride: orFilled(c.attrInts("strides"), n, 1),
		dilation: orFilled(c.attrInts("dilations"), n, 1)}
	pads, extra := orFilled(c.attrInts("pads"), 2*n, 0), orFilled(c.attrInts("output_padding"), n, 0)
	want := c.attrInts("output_shape")
	auto := c.attrString("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
	if ks := c.attrInts("kernel_shape"); ks != nil {
		c.need(slices.Equal(ks, kernel), "kernel_shape %v, but weights of %v", ks, kernel)
	}
	c.need(len(w.stride) == n && len(w.dilation) == n && len(pads) == 2*n && len(extra) == n && (want == nil || len(want) == n),
		"attributes for another number of dimensions than %d", n)
	w.in, w.before = make([]int, n), make([]int, n)
	for d := range n {
		c.need(small(w.size[d]) && small(w.stride[d]) && small(w.dilation[d]) && small(pads[d]+1) && small(pads[n+d]+1) && small(extra[d]+1),
			"kernel %v, strides %v, dilations %v, pads %v", w.size, w.stride, w.dilation, pads)
		full := w.stride[d]*(w.out[d]-1) + extra[d] + (w.size[d]-1)*w.dilation[d] + 1
		w.before[d], w.in[d] = pads[d], full-pads[d]-pads[n+d]
		switch {
		case want != nil:
			w.in[d] = want[d]
		case auto == "SAME_UPPER" || auto == "SAME_LOWER":
			w.in[d] = w.out[d] * w.stride[d]
		case auto == "VALID":
			w.before[d], w.in[d] = 0, full
		}
		if want != nil || auto == "SAME_UPPER" || auto == "SAME_LOWER" {
			total := max(0, full-w.in[d])
			w.before[d] = total / 2
			if auto == "SAME_LOWER" {
				w.before[d] = total - total/2
			}
		}
		c.need(w.in[d] >= 1, "an output of %d along dimension %d", w.in[d], d+2)
	}
	return w
}

func orFilled(list []int, n, v int) []int {
	if list == nil {
		return filled(n, v)
	}
	return list
}

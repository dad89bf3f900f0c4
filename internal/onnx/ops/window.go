package ops

import "slices"

// window is a kernel that moves over the spatial dimensions of [batch, channels, …].
type window struct {
	in, out, size, stride, dilation, before, after []int
}

// window reads the attributes that convolutions and pools share. ceil rounds the
// number of outputs up.
func (c *Call) window(shape, kernel []int, ceil bool) *window {
	c.need(len(shape) >= 3, "an input of shape %v, want [batch, channels, …]", shape)
	n := len(shape) - 2
	if ks := c.attrInts("kernel_shape"); ks != nil {
		c.need(kernel == nil || slices.Equal(ks, kernel), "kernel_shape %v, but weights of %v", ks, kernel)
		kernel = ks
	}
	w := &window{in: shape[2:], size: kernel, stride: c.attrInts("strides"), dilation: c.attrInts("dilations")}
	if w.stride == nil {
		w.stride = filled(n, 1)
	}
	if w.dilation == nil {
		w.dilation = filled(n, 1)
	}
	pads := c.attrInts("pads")
	if pads == nil {
		pads = filled(2*n, 0)
	}
	c.need(len(w.size) == n && len(w.stride) == n && len(w.dilation) == n && len(pads) == 2*n,
		"kernel %v, strides %v, dilations %v and pads %v for %d dimensions", w.size, w.stride, w.dilation, pads, n)
	for d := range n {
		c.need(small(w.size[d]) && small(w.stride[d]) && small(w.dilation[d]) && pads[d] >= 0 && pads[d] < maxWindow && pads[n+d] >= 0 && pads[n+d] < maxWindow,
			"kernel %v, strides %v, dilations %v, pads %v", w.size, w.stride, w.dilation, pads)
	}
	w.before, w.after = slices.Clone(pads[:n]), slices.Clone(pads[n:])
	w.place(c, c.attrString("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"), ceil)
	return w
}

// maxWindow bounds sizes, strides and paddings.
const maxWindow = 1 << 20

func small(n int) bool { return n >= 1 && n < maxWindow }

func filled(n, v int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// place computes padding and output sizes.
func (w *window) place(c *Call, pad string, ceil bool) {
	w.out = make([]int, len(w.in))
	for d, in := range w.in {
		span := (w.size[d]-1)*w.dilation[d] + 1
		switch pad {
		case "VALID":
			w.before[d], w.after[d] = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			w.out[d] = (in + w.stride[d] - 1) / w.stride[d]
			total := max(0, (w.out[d]-1)*w.stride[d]+span-in)
			w.before[d], w.after[d] = total/2, total-total/2
			if pad == "SAME_LOWER" {
				w.before[d], w.after[d] = w.after[d], w.before[d]
			}
			continue
		}
		w.out[d] = w.count(d, in+w.before[d]+w.after[d]-span, ceil)
		c.need(w.out[d] > 0, "a window of %d over %d elements", span, in)
	}
}

// count is how many windows begin at most room behind the first; with ceil one more that
// hangs over the end, unless it would begin in the padding there.
func (w *window) count(d, room int, ceil bool) int {
	stride := w.stride[d]
	if room <= -stride {
		return 0
	}
	n := (room + stride) / stride
	if ceil && room%stride != 0 && n*stride < w.in[d]+w.before[d] {
		n++
	}
	return n
}

// taps calls f for every position of the kernel that lies within the input, for the
// output at the given place: its number in the kernel and in the input.
func (w *window) taps(at []int, f func(tap, in int)) {
	k := make([]int, len(at))
	for tap := 0; ; tap++ {
		in, inside := 0, true
		for d := range at {
			p := at[d]*w.stride[d] - w.before[d] + k[d]*w.dilation[d]
			inside = inside && p >= 0 && p < w.in[d]
			in = in*w.in[d] + p
		}
		if inside {
			f(tap, in)
		}
		if !next(k, w.size) {
			return
		}
	}
}

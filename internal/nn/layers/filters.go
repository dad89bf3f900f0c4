package layers

import (
	"fmt"
)

func init() {
	register("Conv3d", func(a *args) Plan { return filterPlan(a, 3, false) })
	register("ConvTranspose1d", func(a *args) Plan { return filterPlan(a, 1, true) })
	register("ConvTranspose2d", func(a *args) Plan { return filterPlan(a, 2, true) })
	register("ConvTranspose3d", func(a *args) Plan { return filterPlan(a, 3, true) })
}

// filters is what a convolution and a transposed one have in common: a transposed
// one goes the way that the other goes back.
type filters struct {
	affine
	dims, in, out, groups int
	axes                  [3]convAxis
	extra                 [3]int // output_padding
}

// filterPlan reads a convolution.
func filterPlan(a *args, dims int, transposed bool) Plan {
	l := &filters{dims: dims, in: a.size("in_channels"), out: a.size("out_channels"), groups: a.int("groups", 1, 1)}
	l.readAxes(a, transposed)
	if l.in%l.groups != 0 || l.out%l.groups != 0 {
		a.failf("%d groups do not divide %d and %d channels", l.groups, l.in, l.out)
	}
	shape := []int{l.out, l.in / l.groups}
	if transposed {
		shape = []int{l.in, l.out / l.groups}
	}
	for _, axis := range l.axes[3-dims:] {
		shape = append(shape, axis.size)
	}
	specs := []ParamSpec{{Name: "weight", Shape: shape}}
	if a.bool("bias", true) {
		specs = append(specs, ParamSpec{Name: "bias", Shape: []int{l.out}})
	}
	return single(specs, func(p []*Param) Layer {
		l := *l
		l.affine = newAffine(p)
		if transposed {
			return &convTranspose{l}
		}
		return &conv3d{l}
	})
}

func (l *filters) readAxes(a *args, transposed bool) {
	size := a.ints("kernel_size", l.dims, nil, 1)
	if size == nil {
		a.failf("argument \"kernel_size\" is missing")
		size = repeat(l.dims, 1)
	}
	one, none := repeat(l.dims, 1), repeat(l.dims, 0)
	stride, dilation, extra := a.ints("stride", l.dims, one, 1), a.ints("dilation", l.dims, one, 1), none
	var mode string
	var before, after []int
	if transposed {
		before, extra = a.ints("padding", l.dims, none, 0), a.ints("output_padding", l.dims, none, 0)
		mode, after = a.choice("padding_mode", "zeros"), before
	} else {
		mode = a.choice("padding_mode", "zeros", "reflect", "replicate", "circular")
		before, after = convPadding(a, size, dilation, l.dims)
	}
	l.axes = [3]convAxis{{1, 1, 1, 0, 0, mode}, {1, 1, 1, 0, 0, mode}, {1, 1, 1, 0, 0, mode}}
	for d := range l.dims {
		if extra[d] > 0 && extra[d] >= max(stride[d], dilation[d]) {
			a.failf("output_padding %d is not below the stride %d or the dilation %d", extra[d], stride[d], dilation[d])
		}
		at := 3 - l.dims + d
		l.axes[at], l.extra[at] = convAxis{size[d], stride[d], dilation[d], before[d], after[d], mode}, extra[d]
	}
}

func (l *filters) checkInput(in []int) error {
	if len(in) != l.dims+1 || in[0] != l.in {
		return fmt.Errorf("want %d channels and %d more dimensions", l.in, l.dims)
	}
	return nil
}

// biasGrads sums the output's gradient over everything but the channel.
func (l *filters) biasGrads(s *State, part, parts int) {
	if l.bias == nil {
		return
	}
	plane := s.outLen / l.out
	lo, hi := span(l.out, part, parts)
	for o := lo; o < hi; o++ {
		sum := 0.0
		for i := range s.n {
			for _, v := range s.dys(i, i+1)[o*plane:][:plane] {
				sum += float64(v)
			}
		}
		l.bias.G[o] = float32(sum)
	}
}

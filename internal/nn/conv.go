package nn

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Conv1d", func(a *args) plan { return convPlan(a, 1) })
	register("Conv2d", func(a *args) plan { return convPlan(a, 2) })
}

// convPlan reads a convolution of 1 or 2 dimensions; with one it is taken for a
// picture of one row.
func convPlan(a *args, dims int) plan {
	l := &conv{dims: dims, in: a.size("in_channels"), out: a.size("out_channels"), groups: a.int("groups", 1, 1)}
	kernelSize := a.ints("kernel_size", dims, nil, 1)
	if kernelSize == nil {
		a.failf("argument \"kernel_size\" is missing")
		kernelSize = repeat(dims, 1)
	}
	stride, dilation := a.ints("stride", dims, repeat(dims, 1), 1), a.ints("dilation", dims, repeat(dims, 1), 1)
	mode := a.choice("padding_mode", "zeros", "reflect", "replicate", "circular")
	before, after := convPadding(a, kernelSize, dilation, dims)
	for d := range dims {
		l.axes[2-dims+d] = convAxis{kernelSize[d], stride[d], dilation[d], before[d], after[d], mode}
	}
	if dims == 1 {
		l.axes[0] = convAxis{1, 1, 1, 0, 0, mode}
	}
	if l.in%l.groups != 0 || l.out%l.groups != 0 {
		a.failf("%d groups do not divide %d and %d channels", l.groups, l.in, l.out)
	}
	specs := []paramSpec{{name: "weight", shape: append([]int{l.out, l.in / l.groups}, kernelSize...)}}
	if a.bool("bias", true) {
		specs = append(specs, paramSpec{name: "bias", shape: []int{l.out}})
	}
	return plan{specs, func(p []*param) layer {
		l := *l
		l.affine = newAffine(p)
		return &l
	}}
}

func repeat(n, v int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// convPadding reads "padding": numbers, "valid" or "same" (where an odd one
// comes after).
func convPadding(a *args, size, dilation []int, dims int) (before, after []int) {
	v, _ := a.get("padding")
	name, isName := v.(string)
	if !isName {
		p := a.ints("padding", dims, repeat(dims, 0), 0)
		return p, p
	}
	keep(a, "padding", name)
	before, after = repeat(dims, 0), repeat(dims, 0)
	switch name {
	case "valid":
	case "same":
		for d, s := range a.ints("stride", dims, repeat(dims, 1), 1) {
			if s != 1 {
				a.failf("padding \"same\" with a stride of %d: %w", s, ErrUnsupported)
			}
			total := min(dilation[d], maxElements/size[d]) * (size[d] - 1)
			before[d], after[d] = total/2, total-total/2
		}
	default:
		a.failf("padding %q: want numbers, \"valid\" or \"same\": %w", name, ErrUnsupported)
	}
	return before, after
}

// convAxis is a convolution along one dimension.
type convAxis struct {
	size, stride, dilation, before, after int
	mode                                  string
}

// outputs is how many positions the kernel has along n inputs.
func (c convAxis) outputs(n int) (int, error) {
	if c.mode == "reflect" && (c.before >= n || c.after >= n) || c.mode == "circular" && (c.before > n || c.after > n) {
		return 0, fmt.Errorf("%s padding of %d is too much for %d inputs", c.mode, max(c.before, c.after), n)
	}
	room := n + c.before + c.after - 1
	if c.size > 1 && c.dilation > room/(c.size-1) {
		return 0, fmt.Errorf("a kernel of %d (dilation %d) is larger than %d inputs with padding", c.size, c.dilation, n)
	}
	return (room-c.dilation*(c.size-1))/c.stride + 1, nil
}

// sources says which input each position of the kernel reads at each output:
// [k·outputs + o], −1 for a zero.
func (c convAxis) sources(n, outputs int) []int32 {
	at := make([]int32, c.size*outputs)
	for k := range c.size {
		for o := range outputs {
			at[k*outputs+o] = int32(c.source(o*c.stride+k*c.dilation-c.before, n))
		}
	}
	return at
}

func (c convAxis) source(i, n int) int {
	if i >= 0 && i < n {
		return i
	}
	switch c.mode {
	case "reflect":
		if i < 0 {
			return -i
		}
		return 2*(n-1) - i
	case "replicate":
		return min(max(i, 0), n-1)
	case "circular":
		return (i + n) % n
	}
	return -1
}

// conv is torch.nn.Conv1d and Conv2d. Patches of the input become columns of a
// matrix, a block of output positions at a time, which the weights are then
// multiplied with.
type conv struct {
	affine
	dims, in, out, groups int
	axes                  [2]convAxis // height, width
}

// picture is the height and width of a sample [channels, …].
func picture(shape []int, dims int) (h, w int) {
	if dims == 1 {
		return 1, shape[1]
	}
	return shape[1], shape[2]
}

func (l *conv) outShape(in []int) ([]int, error) {
	if len(in) != l.dims+1 || in[0] != l.in {
		return nil, fmt.Errorf("want %d channels and %d more dimensions", l.in, l.dims)
	}
	h, w := picture(in, l.dims)
	oh, err := l.axes[0].outputs(h)
	if err != nil {
		return nil, err
	}
	ow, err := l.axes[1].outputs(w)
	if err != nil {
		return nil, err
	}
	if _, err := product([]int{l.patch(), 64}); err != nil {
		return nil, err
	}
	return append([]int{l.out}, []int{oh, ow}[2-l.dims:]...), nil
}

// patch is the number of inputs of one output, within its group.
func (l *conv) patch() int { return l.in / l.groups * l.axes[0].size * l.axes[1].size }

// raise adds what lower would have read from: the gradient of x.
func (l *conv) raise(dx, src []float32, wk *convWork, p0, p1 int) {
	kh, kw := l.axes[0].size, l.axes[1].size
	for k := range l.patch() {
		c, ky, kx := k/(kh*kw), k/kw%kh, k%kw
		plane := dx[c*wk.h*wk.w:][:wk.h*wk.w]
		for p := p0; p < p1; p++ {
			iy, ix := wk.rows[ky*wk.oh+p/wk.ow], wk.cols[kx*wk.ow+p%wk.ow]
			if iy >= 0 && ix >= 0 {
				plane[int(iy)*wk.w+int(ix)] += src[k*(p1-p0)+p-p0]
			}
		}
	}
}

func (l *conv) forward(s *slot, lo, hi int) {
	wk := s.work.(*convWork)
	if wk.direct != nil {
		l.forwardDirect(s, lo, hi)
		return
	}
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	room, lent := wk.room(patch * min(l.block(), positions))
	defer wk.rooms.Put(lent)
	for i := lo; i < hi; i++ {
		for g := range l.groups {
			w := kernel.Dense(l.weight.w[g*outs*patch:], outs, patch)
			y := kernel.Dense(s.ys(i, i+1), l.out, positions).RowRange(g*outs, (g+1)*outs)
			e := kernel.Epilogue{ReLU: s.fused.relu}
			if l.bias != nil {
				e.RowBias = l.bias.w[g*outs : (g+1)*outs]
			}
			for p0 := 0; p0 < positions; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				l.lower(room, s.xs(i, i+1)[g*ins:], wk, 0, patch, p0, p1, p1-p0, 1)
				kernel.Gemm(y.ColRange(p0, p1), w, kernel.Dense(room, patch, p1-p0), e)
			}
		}
	}
}

func (l *conv) backward(s *slot, lo, hi int) {
	wk := s.work.(*convWork)
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	room := make([]float32, patch*min(l.block(), positions))
	clear(s.dxs(lo, hi))
	for i := lo; i < hi; i++ {
		dy := kernel.Dense(s.dys(i, i+1), l.out, positions)
		for g := range l.groups {
			wt := kernel.Dense(l.weight.w[g*outs*patch:], outs, patch).T()
			for p0 := 0; p0 < positions; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				kernel.Gemm(kernel.Dense(room, patch, p1-p0), wt, dy.RowRange(g*outs, (g+1)*outs).ColRange(p0, p1), kernel.Epilogue{})
				l.raise(s.dxs(i, i+1)[g*ins:], room, wk, p0, p1)
			}
		}
	}
}

// grads cuts the patches, so that nobody lowers what another has lowered.
func (l *conv) grads(s *slot, part, parts int) {
	wk := s.work.(*convWork)
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	k0, k1 := span(patch, part, parts)
	room := make([]float32, (k1-k0)*min(l.block(), positions))
	for g := range l.groups {
		dw := kernel.Dense(l.weight.g[g*outs*patch:], outs, patch).ColRange(k0, k1)
		first := true
		for i := range s.n {
			dy := kernel.Dense(s.dys(i, i+1), l.out, positions).RowRange(g*outs, (g+1)*outs)
			for p0 := 0; p0 < positions && k0 < k1; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				l.lower(room, s.xs(i, i+1)[g*ins:], wk, k0, k1, p0, p1, 1, k1-k0)
				kernel.Gemm(dw, dy.ColRange(p0, p1), kernel.Dense(room, p1-p0, k1-k0), kernel.Epilogue{Accumulate: !first})
				first = false
			}
		}
	}
	if l.bias != nil {
		lo, hi := span(l.out, part, parts)
		for o := lo; o < hi; o++ {
			sum := 0.0
			for i := range s.n {
				for _, v := range s.dys(i, i+1)[o*positions:][:positions] {
					sum += float64(v)
				}
			}
			l.bias.g[o] = float32(sum)
		}
	}
}

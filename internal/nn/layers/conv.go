package layers

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Conv1d", func(a *args) Plan { return convPlan(a, 1) })
	register("Conv2d", func(a *args) Plan { return convPlan(a, 2) })
}

// convPlan reads a convolution of 1 or 2 dimensions; with one, a sample counts as a
// picture of one row.
func convPlan(a *args, dims int) Plan {
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
	specs := []ParamSpec{{Name: "weight", Shape: append([]int{l.out, l.in / l.groups}, kernelSize...)}}
	if a.bool("bias", true) {
		specs = append(specs, ParamSpec{Name: "bias", Shape: []int{l.out}})
	}
	return single(specs, func(p []*Param) Layer {
		l := *l
		l.affine = newAffine(p)
		return &l
	})
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

func (l *conv) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
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
	if _, err := Elements([]int{l.patch(), 64}); err != nil {
		return nil, err
	}
	return append([]int{l.out}, []int{oh, ow}[2-l.dims:]...), nil
}

// patch is the number of inputs of one output, within its group.
func (l *conv) patch() int { return l.in / l.groups * l.axes[0].size * l.axes[1].size }

// FuseEpilogue takes over a ReLU.
func (l *conv) FuseEpilogue(s *State, e Epilogue) bool {
	if e.Scale != nil || s.fused.ReLU {
		return false
	}
	s.fused = e
	return true
}

func (l *conv) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	outs, patch := float64(elements(out)), float64(l.patch())
	patches := outs / float64(l.out) * float64(l.groups)
	blocks := float64(l.groups) * (outs/float64(l.out)/float64(l.block()) + 1)
	c.MultiplyAdds += outs*patch + costLoad*patches*patch + costCall*blocks
	c.FLOPs = 2 * patch * outs
	c.TableBytes = l.tableBytes(in[0], out)
	return c
}

// tableBytes is what a run keeps once: the sources of each output along both
// dimensions, a block of patches, and one padded picture.
func (l *conv) tableBytes(in, out []int) float64 {
	h, w := picture(in, l.dims)
	oh, ow := picture(out, l.dims)
	sources := float64(l.axes[0].size)*float64(oh) + float64(l.axes[1].size)*float64(ow)
	patches := float64(l.patch()) * min(float64(l.block()), float64(oh)*float64(ow))
	padded := float64(l.in/l.groups) * float64(l.paddedPlane(h, w))
	return 4*(sources+patches+float64(l.patch())+padded) + 32*float64(oh)
}

func (l *conv) Forward(s *State, lo, hi int) {
	wk := s.work.(*convWork)
	if wk.implicit != nil {
		l.forwardImplicit(s, lo, hi)
		return
	}
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	buf, handle := wk.borrow(patch * min(l.block(), positions))
	defer wk.scratch.Put(handle)
	for i := lo; i < hi; i++ {
		for g := range l.groups {
			w := kernel.Dense(l.weight.W[g*outs*patch:], outs, patch)
			y := kernel.Dense(s.ys(i, i+1), l.out, positions).RowRange(g*outs, (g+1)*outs)
			e := kernel.Epilogue{ReLU: s.fused.ReLU}
			if l.bias != nil {
				e.RowBias = l.bias.W[g*outs : (g+1)*outs]
			}
			for p0 := 0; p0 < positions; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				l.im2col(buf, s.xs(i, i+1)[g*ins:], wk, 0, patch, p0, p1, p1-p0, 1)
				kernel.Gemm(y.ColRange(p0, p1), w, kernel.Dense(buf, patch, p1-p0), e)
			}
		}
	}
}

func (l *conv) Backward(s *State, lo, hi int) {
	wk := s.work.(*convWork)
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	buf := make([]float32, patch*min(l.block(), positions))
	clear(s.dxs(lo, hi))
	for i := lo; i < hi; i++ {
		dy := kernel.Dense(s.dys(i, i+1), l.out, positions)
		for g := range l.groups {
			wt := kernel.Dense(l.weight.W[g*outs*patch:], outs, patch).T()
			for p0 := 0; p0 < positions; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				kernel.Gemm(kernel.Dense(buf, patch, p1-p0), wt, dy.RowRange(g*outs, (g+1)*outs).ColRange(p0, p1), kernel.Epilogue{})
				l.col2im(s.dxs(i, i+1)[g*ins:], buf, wk, p0, p1)
			}
		}
	}
}

// ParamGrads cuts the patches, so that each is copied by one member only.
func (l *conv) ParamGrads(s *State, part, parts int) {
	wk := s.work.(*convWork)
	positions, outs, ins, patch := wk.oh*wk.ow, l.out/l.groups, l.in/l.groups*wk.h*wk.w, l.patch()
	k0, k1 := span(patch, part, parts)
	buf := make([]float32, (k1-k0)*min(l.block(), positions))
	for g := range l.groups {
		dw := kernel.Dense(l.weight.G[g*outs*patch:], outs, patch).ColRange(k0, k1)
		first := true
		for i := range s.n {
			dy := kernel.Dense(s.dys(i, i+1), l.out, positions).RowRange(g*outs, (g+1)*outs)
			for p0 := 0; p0 < positions && k0 < k1; p0 += l.block() {
				p1 := min(p0+l.block(), positions)
				l.im2col(buf, s.xs(i, i+1)[g*ins:], wk, k0, k1, p0, p1, 1, k1-k0)
				kernel.Gemm(dw, dy.ColRange(p0, p1), kernel.Dense(buf, p1-p0, k1-k0), kernel.Epilogue{Accumulate: !first})
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
			l.bias.G[o] = float32(sum)
		}
	}
}

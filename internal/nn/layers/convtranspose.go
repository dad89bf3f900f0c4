package layers

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// convTranspose is torch.nn.ConvTranspose1d to 3d: what a convolution does with
// gradients on the way back, it does with values on the way forward. Its patches lie
// over the output, a position is one of the input.
type convTranspose struct{ filters }

func (l *convTranspose) patches(in, out []int) *patches {
	return newPatches(l.out/l.groups, l.axes, volumeOf(out), volumeOf(in))
}

func (l *convTranspose) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if err := l.checkInput(in); err != nil {
		return nil, err
	}
	out := []int{l.out}
	for d := range l.dims {
		axis, extra := l.axes[3-l.dims+d], l.extra[3-l.dims+d]
		n := (in[1+d]-1)*axis.stride - axis.before - axis.after + axis.dilation*(axis.size-1) + extra + 1
		if n < 1 || n > MaxElements {
			return nil, fmt.Errorf("an output of %d along one dimension", n)
		}
		out = append(out, n)
	}
	if _, err := Elements(out); err != nil {
		return nil, err
	}
	return out, l.patches(in, out).check()
}

func (l *convTranspose) Cost(in [][]int, out []int) Cost {
	return l.patches(in[0], out).cost(elementCost(in, out), l.in/l.groups, l.groups)
}

func (l *convTranspose) Allocate(s *State, _ int) {
	p := l.patches(s.in, s.out)
	p.findSources(l.axes)
	s.work = p
}

// fill writes the bias, which the patches are then added to.
func (l *convTranspose) fill(y []float32) {
	clear(y)
	if l.bias == nil {
		return
	}
	plane := len(y) / l.out
	for i := range y {
		y[i] = l.bias.W[i/plane]
	}
}

func (l *convTranspose) Forward(s *State, lo, hi int) {
	p, ins := s.work.(*patches), l.in/l.groups
	buf := make([]float32, p.rows()*p.block())
	for i := lo; i < hi; i++ {
		x, y := kernel.Dense(s.xs(i, i+1), l.in, p.cols()), s.ys(i, i+1)
		l.fill(y)
		for g := range l.groups {
			wt := kernel.Dense(l.weight.W[g*ins*p.rows():], ins, p.rows()).T()
			p.eachBlock(func(p0, p1 int) {
				kernel.Gemm(kernel.Dense(buf, p.rows(), p1-p0), wt, x.RowRange(g*ins, (g+1)*ins).ColRange(p0, p1), kernel.Epilogue{})
				p.scatter(y[g*p.volume():], buf, p0, p1)
			})
		}
	}
}

func (l *convTranspose) Backward(s *State, lo, hi int) {
	p, ins := s.work.(*patches), l.in/l.groups
	buf := make([]float32, p.rows()*p.block())
	for i := lo; i < hi; i++ {
		dx := kernel.Dense(s.dxs(i, i+1), l.in, p.cols())
		for g := range l.groups {
			w := kernel.Dense(l.weight.W[g*ins*p.rows():], ins, p.rows())
			p.eachBlock(func(p0, p1 int) {
				p.gather(buf, s.dys(i, i+1)[g*p.volume():], 0, p.rows(), p0, p1, false)
				kernel.Gemm(dx.RowRange(g*ins, (g+1)*ins).ColRange(p0, p1), w, kernel.Dense(buf, p.rows(), p1-p0), kernel.Epilogue{})
			})
		}
	}
}

// ParamGrads cuts the rows of the patches, as conv3d does.
func (l *convTranspose) ParamGrads(s *State, part, parts int) {
	p, ins := s.work.(*patches), l.in/l.groups
	for g := range l.groups {
		dw := kernel.Dense(l.weight.G[g*ins*p.rows():], ins, p.rows())
		p.weightGrads(dw, part, parts, s.n, func(i int) (side kernel.Mat, volume []float32) {
			return kernel.Dense(s.xs(i, i+1), l.in, p.cols()).RowRange(g*ins, (g+1)*ins), s.dys(i, i+1)[g*p.volume():]
		})
	}
	l.biasGrads(s, part, parts)
}

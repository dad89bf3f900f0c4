package layers

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// conv3d is torch.nn.Conv3d: the matrix of the input's patches, a block of positions
// at a time, is multiplied with the weights.
type conv3d struct{ filters }

func (l *conv3d) patches(in, out []int) *patches {
	return newPatches(l.in/l.groups, l.axes, volumeOf(in), volumeOf(out))
}

func (l *conv3d) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if err := l.checkInput(in); err != nil {
		return nil, err
	}
	out := []int{l.out}
	for d, axis := range l.axes {
		n, err := axis.outputs(in[1+d])
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	if _, err := Elements(out); err != nil {
		return nil, err
	}
	return out, l.patches(in, out).check()
}

func (l *conv3d) Cost(in [][]int, out []int) Cost {
	return l.patches(in[0], out).cost(elementCost(in, out), l.out/l.groups, l.groups)
}

func (l *conv3d) Allocate(s *State, _ int) {
	p := l.patches(s.in, s.out)
	p.findSources(l.axes)
	s.work = p
}

func (l *conv3d) Forward(s *State, lo, hi int) {
	p, outs := s.work.(*patches), l.out/l.groups
	buf := make([]float32, p.rows()*p.block())
	for i := lo; i < hi; i++ {
		for g := range l.groups {
			w := kernel.Dense(l.weight.W[g*outs*p.rows():], outs, p.rows())
			y := kernel.Dense(s.ys(i, i+1), l.out, p.cols()).RowRange(g*outs, (g+1)*outs)
			var e kernel.Epilogue
			if l.bias != nil {
				e.RowBias = l.bias.W[g*outs : (g+1)*outs]
			}
			p.eachBlock(func(p0, p1 int) {
				p.gather(buf, s.xs(i, i+1)[g*p.volume():], 0, p.rows(), p0, p1, false)
				kernel.Gemm(y.ColRange(p0, p1), w, kernel.Dense(buf, p.rows(), p1-p0), e)
			})
		}
	}
}

func (l *conv3d) Backward(s *State, lo, hi int) {
	p, outs := s.work.(*patches), l.out/l.groups
	buf := make([]float32, p.rows()*p.block())
	clear(s.dxs(lo, hi))
	for i := lo; i < hi; i++ {
		dy := kernel.Dense(s.dys(i, i+1), l.out, p.cols())
		for g := range l.groups {
			wt := kernel.Dense(l.weight.W[g*outs*p.rows():], outs, p.rows()).T()
			p.eachBlock(func(p0, p1 int) {
				kernel.Gemm(kernel.Dense(buf, p.rows(), p1-p0), wt, dy.RowRange(g*outs, (g+1)*outs).ColRange(p0, p1), kernel.Epilogue{})
				p.scatter(s.dxs(i, i+1)[g*p.volume():], buf, p0, p1)
			})
		}
	}
}

// ParamGrads cuts the rows of the patches, so that each is copied by one member only.
func (l *conv3d) ParamGrads(s *State, part, parts int) {
	p, outs := s.work.(*patches), l.out/l.groups
	for g := range l.groups {
		dw := kernel.Dense(l.weight.G[g*outs*p.rows():], outs, p.rows())
		p.weightGrads(dw, part, parts, s.n, func(i int) (side kernel.Mat, volume []float32) {
			return kernel.Dense(s.dys(i, i+1), l.out, p.cols()).RowRange(g*outs, (g+1)*outs), s.xs(i, i+1)[g*p.volume():]
		})
	}
	l.biasGrads(s, part, parts)
}

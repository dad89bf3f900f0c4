package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Linear", func(a *args) Plan {
		in, out := a.size("in_features"), a.size("out_features")
		specs := []ParamSpec{{Name: "weight", Shape: []int{out, in}, Transpose: true}}
		if a.bool("bias", true) {
			specs = append(specs, ParamSpec{Name: "bias", Shape: []int{out}})
		}
		return single(specs, func(p []*Param) Layer {
			l := &linear{in: in, out: out, weight: p[0], all: p}
			if len(p) > 1 {
				l.bias = p[1]
			}
			return l
		})
	})
}

// linear is torch.nn.Linear: y = x·Wᵀ + b over the last dimension. W is kept
// [in, out], as the kernels read it.
type linear struct {
	in, out int
	weight  *Param
	bias    *Param // nil without one
	all     []*Param
}

func (l *linear) Params() []*Param { return l.all }

func (l *linear) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if len(in) == 0 || in[len(in)-1] != l.in {
		return nil, fmt.Errorf("want %d features in the last dimension", l.in)
	}
	out := slices.Clone(in)
	out[len(out)-1] = l.out
	return out, nil
}

func (l *linear) Cost(in [][]int, out []int) Cost {
	c, products := elementCost(in, out), float64(elements(in[0]))*float64(l.out)
	c.MultiplyAdds += products
	c.FLOPs = 2 * products
	c.BatchProduct = true
	return c
}

// rows is how many rows of in features one sample has.
func (l *linear) rows(s *State) int { return s.inLen / l.in }

// FuseEpilogue takes over a ReLU, and a dropout after it or alone.
func (l *linear) FuseEpilogue(s *State, e Epilogue) bool {
	if s.fused.Scale != nil || e.ReLU && s.fused.ReLU {
		return false
	}
	s.fused = Epilogue{ReLU: s.fused.ReLU || e.ReLU, Scale: e.Scale}
	return true
}

func (l *linear) Forward(s *State, lo, hi int) {
	if s.sharded {
		l.addBlockSums(s, lo, hi)
		return
	}
	rows := (hi - lo) * l.rows(s)
	e := kernel.Epilogue{ReLU: s.fused.ReLU}
	if l.bias != nil {
		e.Bias = l.bias.W
	}
	if s.fused.Scale != nil {
		e.Scale = kernel.Dense(s.fused.Scale(lo, hi), rows, l.out)
	}
	kernel.Gemm(kernel.Dense(s.ys(lo, hi), rows, l.out), kernel.Dense(s.xs(lo, hi), rows, l.in),
		l.weight.Matrix(), e)
}

func (l *linear) Backward(s *State, lo, hi int) {
	rows := (hi - lo) * l.rows(s)
	kernel.GemmBT(kernel.Dense(s.dxs(lo, hi), rows, l.in), kernel.Dense(s.dys(lo, hi), rows, l.out),
		kernel.Dense(l.weight.W, l.in, l.out))
}

func (l *linear) ParamGrads(s *State, part, parts int) {
	rows := s.n * l.rows(s)
	x, dy := kernel.Dense(s.x, rows, l.in), kernel.Dense(s.dy, rows, l.out)
	lo, hi := l.weightRows(s, part, parts)
	dw := kernel.Dense(l.weight.G, l.in, l.out).RowRange(lo, hi)
	kernel.Gemm(dw, x.T().RowRange(lo, hi), dy, kernel.Epilogue{})
	if l.bias != nil {
		lo, hi := span(l.out, part, parts)
		kernel.ColSums(l.bias.G[lo:hi], dy.ColRange(lo, hi))
	}
}

package nn

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("Linear", func(a *args) plan {
		in, out := a.size("in_features"), a.size("out_features")
		specs := []paramSpec{{name: "weight", shape: []int{out, in}, transpose: true}}
		if a.bool("bias", true) {
			specs = append(specs, paramSpec{name: "bias", shape: []int{out}})
		}
		return plan{specs, func(p []*param) layer {
			l := &linear{in: in, out: out, weight: p[0], all: p}
			if len(p) > 1 {
				l.bias = p[1]
			}
			return l
		}}
	})
}

// linear is torch.nn.Linear: y = x·Wᵀ + b over the last dimension. W is kept
// [in, out], as the kernels read it.
type linear struct {
	in, out int
	weight  *param
	bias    *param // nil without one
	all     []*param
}

func (l *linear) params() []*param { return l.all }

func (l *linear) outShape(in []int) ([]int, error) {
	if len(in) == 0 || in[len(in)-1] != l.in {
		return nil, fmt.Errorf("want %d features in the last dimension", l.in)
	}
	out := slices.Clone(in)
	out[len(out)-1] = l.out
	return out, nil
}

// rows is how many rows of in features one sample has.
func (l *linear) rows(s *slot) int { return s.inLen / l.in }

func (l *linear) forward(s *slot, lo, hi int) {
	rows := (hi - lo) * l.rows(s)
	e := kernel.Epilogue{ReLU: s.fused.relu}
	if l.bias != nil {
		e.Bias = l.bias.w
	}
	if d := s.fused.dropout; d != nil {
		e.Scale = kernel.Dense(d.draw(s.fused.mask, lo, hi), rows, l.out)
	}
	kernel.Gemm(kernel.Dense(s.ys(lo, hi), rows, l.out), kernel.Dense(s.xs(lo, hi), rows, l.in),
		kernel.Dense(l.weight.w, l.in, l.out), e)
}

func (l *linear) backward(s *slot, lo, hi int) {
	rows := (hi - lo) * l.rows(s)
	kernel.GemmBT(kernel.Dense(s.dxs(lo, hi), rows, l.in), kernel.Dense(s.dys(lo, hi), rows, l.out),
		kernel.Dense(l.weight.w, l.in, l.out))
}

func (l *linear) grads(s *slot, part, parts int) {
	rows := s.n * l.rows(s)
	x, dy := kernel.Dense(s.x, rows, l.in), kernel.Dense(s.dy, rows, l.out)
	lo, hi := l.share(s, part, parts)
	dw := kernel.Dense(l.weight.g, l.in, l.out).RowRange(lo, hi)
	kernel.Gemm(dw, x.T().RowRange(lo, hi), dy, kernel.Epilogue{})
	if l.bias != nil {
		lo, hi := span(l.out, part, parts)
		kernel.ColSums(l.bias.g[lo:hi], dy.ColRange(lo, hi))
	}
}

// share is the rows of the weights [in, out] that belong to a member: of a wide
// layer, those that it reads in the forward pass.
func (l *linear) share(s *slot, part, parts int) (lo, hi int) {
	if !s.wide || parts > l.blocks() {
		return span(l.in, part, parts)
	}
	lo, hi = span(l.blocks(), part, parts)
	return lo * blockRows, min(hi*blockRows, l.in)
}

// update lets the optimizer change what grads of the same part has reckoned.
func (l *linear) update(s *slot, o Optimizer, part, parts int) {
	lo, hi := l.share(s, part, parts)
	o.Update(l.weight.spago, lo*l.out, hi*l.out)
	if l.bias != nil {
		lo, hi := span(l.out, part, parts)
		o.Update(l.bias.spago, lo, hi)
	}
}

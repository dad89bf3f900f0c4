package layers

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	graphOnly["MatMul"] = true
	register("MatMul", func(*args) Plan {
		p := single(nil, func([]*Param) Layer { return matmul{} })
		p.MinInputs, p.MaxInputs = 2, 2
		return p
	})
}

// matmul is torch.matmul of two values [..., m, k] and [..., k, n] whose other
// dimensions are the same: one product for each of them.
type matmul struct{ noParams }

func (matmul) OutShape(inputs ...[]int) ([]int, error) {
	a, b := inputs[0], inputs[1]
	d := len(a) - 2
	if d < 0 || len(b) != len(a) || !slices.Equal(a[:d], b[:d]) || a[d+1] != b[d] {
		return nil, fmt.Errorf("want [..., m, k] and [..., k, n], got %v and %v", a, b)
	}
	return append(slices.Clone(a[:d+1]), b[d+1]), nil
}

func (matmul) Cost(in [][]int, out []int) Cost {
	c := elementCost(in, out)
	products := float64(elements(out)) * float64(in[0][len(in[0])-1])
	c.MultiplyAdds = products + costLoad*float64(elements(out)+elements(in[0])+elements(in[1])) +
		costCall*float64(elements(out[:len(out)-2]))
	c.FLOPs = 2 * products
	return c
}

// factors are the matrices of product i, counted through all samples: of a or its
// gradient, of b or its gradient, and of the output or its gradient.
func (matmul) factors(s *State, i int, a, b, y []float32) (ma, mb, my kernel.Mat) {
	m, n := s.out[len(s.out)-2], s.out[len(s.out)-1]
	k := s.in[len(s.in)-1]
	return kernel.Dense(a[i*m*k:], m, k), kernel.Dense(b[i*k*n:], k, n), kernel.Dense(y[i*m*n:], m, n)
}

// products is the number of products in a sample.
func (matmul) products(s *State) int { return elements(s.out[:len(s.out)-2]) }

func (l matmul) Forward(s *State, lo, hi int) {
	for i := lo * l.products(s); i < hi*l.products(s); i++ {
		a, b, y := l.factors(s, i, s.x, s.inputs[1].data, s.y)
		kernel.Gemm(y, a, b, kernel.Epilogue{})
	}
}

func (l matmul) Backward(s *State, lo, hi int) {
	for i := lo * l.products(s); i < hi*l.products(s); i++ {
		a, b, dy := l.factors(s, i, s.x, s.inputs[1].data, s.dy)
		if s.dx != nil {
			da, _, _ := l.factors(s, i, s.dx, s.inputs[1].data, s.dy)
			kernel.GemmBT(da, dy, b)
		}
		if grad := s.inputs[1].grad; grad != nil {
			_, db, _ := l.factors(s, i, s.x, grad, s.dy)
			kernel.Gemm(db, a.T(), dy, kernel.Epilogue{})
		}
	}
}

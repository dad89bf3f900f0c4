package layers

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// crossAttention is scaled dot-product attention of a sequence to another, the memory:
// torch.nn.MultiheadAttention(x, memory, memory) without the product behind it. Of the
// weight [width, 3·width], as it is kept, the first third makes queries of x, the rest
// keys and values of the memory.
type crossAttention struct {
	width, heads int
	drop         dropout // of the attention weights
	w, b         *Param  // b is nil without bias
	all          []*Param
}

// crossPlan takes x and the memory.
func crossPlan(width, heads int, p float64, bias bool) Plan {
	specs := []ParamSpec{{Name: "in_proj_weight", Shape: []int{3 * width, width}, Transpose: true}}
	if bias {
		specs = append(specs, ParamSpec{Name: "in_proj_bias", Shape: []int{3 * width}})
	}
	return single(specs, func(p2 []*Param) Layer {
		l := &crossAttention{width: width, heads: heads, drop: dropout{p: p}, w: p2[0], all: p2}
		if bias {
			l.b = p2[1]
		}
		return l
	})
}

func (l *crossAttention) Params() []*Param { return l.all }

// ParamGradsFromBackward: backward leaves the gradients of queries, keys and values.
func (l *crossAttention) ParamGradsFromBackward() {}

func (l *crossAttention) OutShape(inputs ...[]int) ([]int, error) {
	for _, in := range inputs {
		if err := checkWidth(in, 2, l.width); err != nil {
			return nil, err
		}
	}
	if _, err := Elements([]int{l.heads, inputs[0][0], inputs[1][0]}); err != nil {
		return nil, fmt.Errorf("attention weights: %w", err)
	}
	return []int{inputs[0][0], l.width}, nil
}

func (l *crossAttention) Cost(in [][]int, out []int) Cost {
	c, width := elementCost(in, out), float64(l.width)
	x, memory := float64(in[0][0]), float64(in[1][0])
	weights := float64(l.heads) * x * memory
	products := width*width*(x+2*memory) + 2*x*memory*width
	c.MultiplyAdds += products + costElement*(weights+width*(x+2*memory)) + 2*costCall*float64(l.heads)
	c.FLOPs = 2 * products
	c.Floats = 2 * (weights + width*(x+2*memory))
	return c
}

// crossWork is for all samples: queries [time, width], keys and values [memory's time,
// 2·width], attention weights, the dropout mask if there is one, and in training the
// gradients of the first two.
type crossWork struct{ q, kv, weights, mask, dq, dkv []float32 }

func (l *crossAttention) Allocate(s *State, capacity int) {
	time, memory := s.in[0], s.inputs[1].size/l.width
	w := &crossWork{q: make([]float32, capacity*s.inLen), kv: make([]float32, 2*capacity*s.inputs[1].size),
		weights: make([]float32, capacity*l.heads*time*memory)}
	if !l.drop.PassesThrough(s.train) {
		w.mask = make([]float32, len(w.weights))
	}
	if s.train {
		w.dq, w.dkv = make([]float32, len(w.q)), make([]float32, len(w.kv))
	}
	s.work = w
}

// projection is one of the two products: the columns of the weight from the first
// third on or behind it, with the rows that it takes and gives.
func (l *crossAttention) projection(x, y []float32, from, to, lo, hi int) (a, w, c kernel.Mat) {
	n := to - from
	rows := func(data []float32, width int) kernel.Mat {
		if lo == hi {
			return kernel.Dense(nil, 0, width)
		}
		return kernel.Dense(data[lo*width:], hi-lo, width)
	}
	return rows(x, l.width), l.w.Matrix().ColRange(from, to), rows(y, n)
}

func (l *crossAttention) biasOf(from, to int) []float32 {
	if l.b == nil {
		return nil
	}
	return l.b.W[from:to]
}

// head is one head of a sample of rows of the given stride, from a column on.
func (l *crossAttention) head(data []float32, n, h, rows, stride, column int) kernel.Mat {
	d := l.width / l.heads
	return kernel.Mat{Data: data[n*rows*stride+column+h*d:], Rows: rows, Cols: d, RowStride: stride, ColStride: 1}
}

func (l *crossAttention) Forward(s *State, lo, hi int) {
	w, time, memory, d := s.work.(*crossWork), s.in[0], s.inputs[1].size/l.width, l.width
	x, wq, q := l.projection(s.x, w.q, 0, d, lo*time, hi*time)
	kernel.Gemm(q, x, wq, kernel.Epilogue{Bias: l.biasOf(0, d)})
	m, wkv, kv := l.projection(s.inputs[1].data, w.kv, d, 3*d, lo*memory, hi*memory)
	kernel.Gemm(kv, m, wkv, kernel.Epilogue{Bias: l.biasOf(d, 3*d)})
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			at := (n*l.heads + h) * time * memory
			p := kernel.Dense(w.weights[at:], time, memory)
			kernel.GemmBT(p, l.head(w.q, n, h, time, d, 0), l.head(w.kv, n, h, memory, 2*d, 0))
			for t := range time {
				kernel.SoftmaxExact(p.Data[t*memory:][:memory], l.scale())
			}
			kernel.Gemm(l.head(s.y, n, h, time, d, 0), l.dropped(w, at, time, memory, s.key), l.head(w.kv, n, h, memory, 2*d, d), kernel.Epilogue{})
		}
	}
}

func (l *crossAttention) scale() float32 { return float32(1 / math.Sqrt(float64(l.width/l.heads))) }

// dropped is the weights at `at` after dropout, which draws its mask.
func (l *crossAttention) dropped(w *crossWork, at, time, memory int, key uint64) kernel.Mat {
	p := w.weights[at:][:time*memory]
	if w.mask == nil {
		return kernel.Dense(p, time, memory)
	}
	mask := w.mask[at:][:time*memory]
	kernel.DropMask(mask, l.drop.p, key, at)
	out := make([]float32, len(p))
	kernel.Mul(out, p, mask)
	return kernel.Dense(out, time, memory)
}

func (l *crossAttention) Backward(s *State, lo, hi int) {
	w, time, memory, d := s.work.(*crossWork), s.in[0], s.inputs[1].size/l.width, l.width
	dp := make([]float32, time*memory)
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			at := (n*l.heads + h) * time * memory
			dy := l.head(s.dy, n, h, time, d, 0)
			kernel.Gemm(l.head(w.dkv, n, h, memory, 2*d, d), l.dropped(w, at, time, memory, s.key).T(), dy, kernel.Epilogue{})
			kernel.GemmBT(kernel.Dense(dp, time, memory), dy, l.head(w.kv, n, h, memory, 2*d, d))
			if w.mask != nil {
				kernel.Mul(dp, dp, w.mask[at:][:time*memory])
			}
			for t := 0; t < len(dp); t += memory {
				kernel.SoftmaxGradExact(dp[t:t+memory], w.weights[at+t:], l.scale())
			}
			ds := kernel.Dense(dp, time, memory)
			kernel.Gemm(l.head(w.dq, n, h, time, d, 0), ds, l.head(w.kv, n, h, memory, 2*d, 0), kernel.Epilogue{})
			kernel.Gemm(l.head(w.dkv, n, h, memory, 2*d, 0), ds.T(), l.head(w.q, n, h, time, d, 0), kernel.Epilogue{})
		}
	}
	if s.dx != nil {
		dx, wq, dq := l.projection(s.dx, w.dq, 0, d, lo*time, hi*time)
		kernel.GemmBT(dx, dq, wq)
	}
	if grad := s.inputs[1].grad; grad != nil {
		dm, wkv, dkv := l.projection(grad, w.dkv, d, 3*d, lo*memory, hi*memory)
		kernel.GemmBT(dm, dkv, wkv)
	}
}

func (l *crossAttention) ParamGrads(s *State, part, parts int) {
	w, d := s.work.(*crossWork), l.width
	lo, hi := span(d, part, parts)
	g := kernel.Dense(l.w.G, d, 3*d).RowRange(lo, hi)
	x, m := s.n*s.in[0], s.n*s.inputs[1].size/d
	dq, dkv := kernel.Dense(w.dq, x, d), kernel.Dense(w.dkv, m, 2*d)
	kernel.Gemm(g.ColRange(0, d), kernel.Dense(s.x, x, d).T().RowRange(lo, hi), dq, kernel.Epilogue{})
	kernel.Gemm(g.ColRange(d, 3*d), kernel.Dense(s.inputs[1].data, m, d).T().RowRange(lo, hi), dkv, kernel.Epilogue{})
	if l.b == nil {
		return
	}
	kernel.ColSums(l.b.G[lo:hi], dq.ColRange(lo, hi))
	lo, hi = span(2*d, part, parts)
	kernel.ColSums(l.b.G[d+lo:d+hi], dkv.ColRange(lo, hi))
}

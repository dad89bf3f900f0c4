package layers

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// attention is scaled dot-product attention of a sequence to itself: samples of
// [time, 3·width] hold queries, keys and values side by side, as the one
// product in front of them leaves them; the output is [time, width].
type attention struct {
	noParams
	width, heads int
	causal       bool    // no token sees those after it
	drop         dropout // of the attention weights
}

func (l *attention) OutShape(inputs ...[]int) ([]int, error) {
	in := inputs[0]
	if err := checkWidth(in, 2, 3*l.width); err != nil {
		return nil, err
	}
	if _, err := Elements([]int{l.heads, in[0], in[0]}); err != nil {
		return nil, fmt.Errorf("attention weights: %w", err)
	}
	return []int{in[0], l.width}, nil
}

func (l *attention) Cost(in [][]int, out []int) Cost {
	c, weights := elementCost(in, out), float64(l.heads)*float64(in[0][0])*float64(in[0][0])
	products := 2 * weights * float64(l.width/l.heads)
	c.MultiplyAdds += products + costElement*weights + 2*costCall*float64(l.heads)
	c.FLOPs = 2 * products
	c.Floats = 2 * weights
	return c
}

// attentionWork: attention weights [samples, heads, time, time], and the
// dropout mask if there is one.
type attentionWork struct{ weights, mask []float32 }

func (l *attention) Allocate(s *State, capacity int) {
	n := capacity * l.heads * s.in[0] * s.in[0]
	w := &attentionWork{weights: make([]float32, n)}
	if !l.drop.PassesThrough(s.train) {
		w.mask = make([]float32, n)
	}
	s.work = w
}

// head is head h of sample n within data [samples, time, stride]: part 0, 1 or
// 2 are queries, keys and values.
func (l *attention) head(data []float32, n, h, part, time, stride int) kernel.Mat {
	d := l.width / l.heads
	return kernel.Mat{Data: data[n*time*stride+part*l.width+h*d:], Rows: time, Cols: d, RowStride: stride, ColStride: 1}
}

func (l *attention) scale() float32 {
	return float32(1 / math.Sqrt(float64(l.width/l.heads)))
}

// causalBlock is how many tokens are taken at a time where each sees a part of the
// sequence only: their products leave out what none of them sees.
const causalBlock = 32

// blocks calls f for tokens from … to-1 and the number of tokens that any of them sees, from the
// last block to the first: without a mask, once for all.
func (l *attention) blocks(time int, f func(from, to, sees int)) {
	if !l.causal {
		f(0, time, time)
		return
	}
	for from := (time - 1) / causalBlock * causalBlock; from >= 0; from -= causalBlock {
		to := min(from+causalBlock, time)
		f(from, to, to)
	}
}

// seen is how many tokens token t sees.
func (l *attention) seen(t, time int) int {
	if l.causal {
		return t + 1
	}
	return time
}

func (l *attention) Forward(s *State, lo, hi int) {
	w, time := s.work.(*attentionWork), s.in[0]
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			at := (n*l.heads + h) * time * time
			q, k, v := l.head(s.x, n, h, 0, time, 3*l.width), l.head(s.x, n, h, 1, time, 3*l.width), l.head(s.x, n, h, 2, time, 3*l.width)
			p, y := kernel.Dense(w.weights[at:], time, time), l.head(s.y, n, h, 0, time, l.width)
			l.blocks(time, func(from, to, sees int) {
				kernel.GemmBT(p.RowRange(from, to).ColRange(0, sees), q.RowRange(from, to), k.RowRange(0, sees))
				for t := from; t < to; t++ {
					row := p.Data[t*time:][:sees]
					kernel.SoftmaxExact(row[:l.seen(t, time)], l.scale())
					clear(row[l.seen(t, time):])
				}
			})
			p = l.dropped(w, at, time, s.key)
			l.blocks(time, func(from, to, sees int) {
				kernel.Gemm(y.RowRange(from, to), p.RowRange(from, to).ColRange(0, sees), v.RowRange(0, sees), kernel.Epilogue{})
			})
		}
	}
}

// dropped is the weights at `at` after dropout, which draws its mask.
func (l *attention) dropped(w *attentionWork, at, time int, key uint64) kernel.Mat {
	p := w.weights[at:][:time*time]
	if w.mask == nil {
		return kernel.Dense(p, time, time)
	}
	mask := w.mask[at:][:time*time]
	kernel.DropMask(mask, l.drop.p, key, at)
	out := make([]float32, time*time)
	kernel.Mul(out, p, mask)
	return kernel.Dense(out, time, time)
}

func (l *attention) Backward(s *State, lo, hi int) {
	w := s.work.(*attentionWork)
	dp := make([]float32, s.in[0]*s.in[0])
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			l.headBackward(s, w, dp, n, h)
		}
	}
}

// headBackward is the gradient of one head of a sample; dp is room for that of its weights.
func (l *attention) headBackward(s *State, w *attentionWork, dp []float32, n, h int) {
	time := s.in[0]
	q, k, v := l.head(s.x, n, h, 0, time, 3*l.width), l.head(s.x, n, h, 1, time, 3*l.width), l.head(s.x, n, h, 2, time, 3*l.width)
	dq, dk, dv := l.head(s.dx, n, h, 0, time, 3*l.width), l.head(s.dx, n, h, 1, time, 3*l.width), l.head(s.dx, n, h, 2, time, 3*l.width)
	dy := l.head(s.dy, n, h, 0, time, l.width)
	at := (n*l.heads + h) * time * time
	dropped := l.dropped(w, at, time, s.key)
	l.blocks(time, func(from, to, sees int) {
		size := (to - from) * sees
		ds, weights := kernel.Dense(dp[:size], to-from, sees), w.weights[at:]
		rest := kernel.Epilogue{Accumulate: sees < time} // the last block, which sees all, comes first
		kernel.Gemm(dv.RowRange(0, sees), dropped.RowRange(from, to).ColRange(0, sees).T(), dy.RowRange(from, to), rest)
		kernel.GemmBT(ds, dy.RowRange(from, to), v.RowRange(0, sees))
		for t := from; t < to; t++ {
			row := ds.Data[(t-from)*sees:][:sees]
			if w.mask != nil {
				kernel.Mul(row, row, w.mask[at+t*time:][:sees])
			}
			kernel.SoftmaxGradExact(row, weights[t*time:][:sees], l.scale())
		}
		kernel.Gemm(dq.RowRange(from, to), ds, k.RowRange(0, sees), kernel.Epilogue{})
		kernel.Gemm(dk.RowRange(0, sees), ds.T(), q.RowRange(from, to), rest)
	})
}

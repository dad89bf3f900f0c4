package layers

import (
	"fmt"
	"math"

	"github.com/decloud-sdk/decloud-go/internal/elementary"
	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// attention is scaled dot-product attention of a sequence to itself: samples of
// [time, 3·width] hold queries, keys and values side by side, as the one
// product in front of them leaves them; the output is [time, width].
type attention struct {
	noParams
	width, heads int
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

func (l *attention) Forward(s *State, lo, hi int) {
	w, time := s.work.(*attentionWork), s.in[0]
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			at := (n*l.heads + h) * time * time
			p := kernel.Dense(w.weights[at:], time, time)
			kernel.GemmBT(p, l.head(s.x, n, h, 0, time, 3*l.width), l.head(s.x, n, h, 1, time, 3*l.width))
			for t := range time {
				softmaxRow(p.Data[t*time:][:time], l.scale())
			}
			p = l.dropped(w, at, time, s.key)
			kernel.Gemm(l.head(s.y, n, h, 0, time, l.width), p, l.head(s.x, n, h, 2, time, 3*l.width), kernel.Epilogue{})
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

// softmaxRow replaces z by the softmax of scale·z.
func softmaxRow(z []float32, scale float32) {
	top := float32(math.Inf(-1))
	for _, v := range z {
		top = max(top, v)
	}
	total := 0.0
	for i, v := range z {
		e := elementary.Exp(float64((v - top) * scale))
		z[i] = float32(e)
		total += e
	}
	for i, v := range z {
		z[i] = float32(float64(v) / total)
	}
}

func (l *attention) Backward(s *State, lo, hi int) {
	w, time := s.work.(*attentionWork), s.in[0]
	dp := make([]float32, time*time)
	for n := lo; n < hi; n++ {
		for h := range l.heads {
			q, k, v := l.head(s.x, n, h, 0, time, 3*l.width), l.head(s.x, n, h, 1, time, 3*l.width), l.head(s.x, n, h, 2, time, 3*l.width)
			dq, dk, dv := l.head(s.dx, n, h, 0, time, 3*l.width), l.head(s.dx, n, h, 1, time, 3*l.width), l.head(s.dx, n, h, 2, time, 3*l.width)
			dy := l.head(s.dy, n, h, 0, time, l.width)
			at := (n*l.heads + h) * time * time
			kernel.Gemm(dv, l.dropped(w, at, time, s.key).T(), dy, kernel.Epilogue{})
			kernel.GemmBT(kernel.Dense(dp, time, time), dy, v)
			if w.mask != nil {
				kernel.Mul(dp, dp, w.mask[at:][:time*time])
			}
			softmaxBack(dp, w.weights[at:][:time*time], time, l.scale())
			ds := kernel.Dense(dp, time, time)
			kernel.Gemm(dq, ds, k, kernel.Epilogue{})
			kernel.Gemm(dk, ds.T(), q, kernel.Epilogue{})
		}
	}
}

// softmaxBack turns the gradient of softmaxRow's results p into that of its z.
func softmaxBack(dp, p []float32, n int, scale float32) {
	for r := 0; r < len(p); r += n {
		dot := 0.0
		for i, v := range p[r : r+n] {
			dot += float64(v) * float64(dp[r+i])
		}
		for i, v := range p[r : r+n] {
			dp[r+i] = float32(float64(v)*(float64(dp[r+i])-dot)) * scale
		}
	}
}

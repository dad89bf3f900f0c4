package ops

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register("Attention", 3, 6, "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap softmax_precision", attention)
}

// heads is an input of Attention, seen as [batch, heads, tokens, width].
type heads struct {
	v                            *Value
	batch, heads, tokens, width  int
	perBatch, perHead, rowStride int
}

// headsOf reads [batch, heads, tokens, width], or [batch, tokens, heads·width] with the
// number of heads in an attribute.
func (c *Call) headsOf(i int, attr string) heads {
	v := c.floats(i)
	s := v.Shape
	if len(s) == 4 {
		return heads{v, s[0], s[1], s[2], s[3], s[1] * s[2] * s[3], s[2] * s[3], s[3]}
	}
	n := c.attrInt(attr, 0)
	c.need(len(s) == 3 && n >= 1 && s[2]%n == 0, "%d heads of %v", n, v)
	return heads{v, s[0], n, s[1], s[2] / n, s[1] * s[2], s[2] / n, s[2]}
}

// mat is one head of one sample.
func (h heads) mat(batch, head int) kernel.Mat {
	return kernel.Mat{Data: h.v.F[batch*h.perBatch+head*h.perHead:], Rows: h.tokens, Cols: h.width, RowStride: h.rowStride, ColStride: 1}
}

// withPast puts earlier tokens in front, and makes output i of both.
func (c *Call) withPast(h heads, past, i int) heads {
	p := c.in(past)
	if p == nil && !c.wanted(i) {
		return h
	}
	before := 0
	if p != nil {
		c.need(p.Type.Floating() && len(p.Shape) == 4 && p.Shape[0] == h.batch && p.Shape[1] == h.heads && p.Shape[3] == h.width, "past %v for %v", p, h.v)
		before = p.Shape[2]
	}
	all := c.out(i, h.v.Type, h.batch, h.heads, before+h.tokens, h.width)
	out := heads{all, h.batch, h.heads, before + h.tokens, h.width, 0, (before + h.tokens) * h.width, h.width}
	out.perBatch = out.heads * out.perHead
	for b := 0; b < h.batch && !c.trial(); b++ {
		for g := range h.heads {
			to := all.F[b*out.perBatch+g*out.perHead:]
			if p != nil {
				copy(to[:before*h.width], p.F[(b*h.heads+g)*before*h.width:])
			}
			m := h.mat(b, g)
			for t := range h.tokens {
				copy(to[(before+t)*h.width:][:h.width], m.Data[t*m.RowStride:])
			}
		}
	}
	return out
}

// attention is softmax(scale·Q·Kᵀ + mask)·V for each head; several heads of Q may share
// one of K and V.
func attention(c *Call) {
	q, k, v := c.headsOf(0, "q_num_heads"), c.headsOf(1, "kv_num_heads"), c.headsOf(2, "kv_num_heads")
	flat := len(c.In[0].Shape) == 3
	shape := []int{q.batch, q.heads, q.tokens, v.width}
	if flat {
		shape = []int{q.batch, q.tokens, q.heads * v.width}
	}
	y := c.out(0, q.v.Type, shape...)
	k, v = c.withPast(k, 4, 1), c.withPast(v, 5, 2)
	c.need(k.batch == q.batch && v.batch == q.batch && k.heads == v.heads && k.heads > 0 && q.heads%k.heads == 0 && k.tokens == v.tokens && k.width == q.width,
		"attention of %v", c.In)
	at := attended{c: c, q: q, k: k, v: v, causal: c.attrInt("is_causal", 0) != 0, softcap: float64(c.attrFloat("softcap", 0)),
		scale: c.attrFloat("scale", float32(1/math.Sqrt(float64(q.width)))), mode: c.attrInt("qk_matmul_output_mode", 0)}
	if c.wanted(3) {
		at.scores = c.out(3, q.v.Type, q.batch, q.heads, q.tokens, k.tokens)
	}
	at.setMask()
	c.work(float64(q.batch*q.heads*q.tokens) * float64(k.tokens) * float64(q.width+v.width+10))
	c.scratch(q.tokens*k.tokens + k.tokens*k.width)
	if c.trial() {
		return
	}
	for b := range q.batch {
		for h := range q.heads {
			out := kernel.Mat{Data: y.F[(b*q.heads+h)*q.tokens*v.width:], Rows: q.tokens, Cols: v.width, RowStride: v.width, ColStride: 1}
			if flat {
				out.Data, out.RowStride = y.F[b*q.tokens*q.heads*v.width+h*v.width:], q.heads*v.width
			}
			at.head(out, b, h)
		}
	}
}

type attended struct {
	c            *Call
	q, k, v      heads
	causal       bool
	softcap      float64
	scale        float32
	mode         int
	mask, scores *Value
	maskB, maskH int // strides
	maskQ, maskK int
	maskLen      int
}

// setMask finds the strides of a mask of 1 to 4 dimensions.
func (a *attended) setMask() {
	a.mask = a.c.in(3)
	if a.mask == nil {
		return
	}
	a.c.need(len(a.mask.Shape) > 0, "a mask %v", a.mask)
	a.maskLen = a.mask.Shape[len(a.mask.Shape)-1]
	full := []int{a.q.batch, a.q.heads, a.q.tokens, a.maskLen}
	a.c.need(a.maskLen <= a.k.tokens && (a.mask.Type == wire.Bool || a.mask.Type.Floating()) &&
		slices.Equal(a.c.broadcast(a.mask, Unknown(a.mask.Type, full...)), full), "a mask %v for scores %v", a.mask, full)
	st := stretched(a.mask.Shape, full)
	a.maskB, a.maskH, a.maskQ, a.maskK = st[0], st[1], st[2], st[3]
}

func (a *attended) head(out kernel.Mat, b, h int) {
	group := h * a.k.heads / a.q.heads
	m, n := a.q.tokens, a.k.tokens
	scores := make([]float32, m*n)
	kt := make([]float32, n*a.k.width)
	kernel.Transpose(kernel.Dense(kt, a.k.width, n), a.k.mat(b, group))
	if m*n*a.q.width > 0 {
		kernel.Gemm(kernel.Dense(scores, m, n), a.q.mat(b, h), kernel.Dense(kt, a.k.width, n), kernel.Epilogue{})
	}
	for i := range scores {
		scores[i] *= a.scale
	}
	a.keep(0, scores, b, h)
	for i := range m {
		a.maskRow(scores[i*n:(i+1)*n], b, h, i)
	}
	a.keep(1, scores, b, h)
	if a.softcap > 0 {
		for i, s := range scores {
			scores[i] = float32(a.softcap * math.Tanh(float64(s)/a.softcap))
		}
	}
	a.keep(2, scores, b, h)
	for i := range m {
		softmaxRow(scores[i*n:(i+1)*n], scores[i*n:(i+1)*n], 1)
	}
	a.keep(3, scores, b, h)
	if m*n*a.v.width > 0 {
		kernel.Gemm(out, kernel.Dense(scores, m, n), a.v.mat(b, group), kernel.Epilogue{})
	}
}

// keep copies the scores of a stage to the node's output, if it asks for them.
func (a *attended) keep(stage int, scores []float32, b, h int) {
	if a.scores != nil && a.mode == stage {
		copy(a.scores.F[(b*a.q.heads+h)*len(scores):], scores)
	}
}

func (a *attended) maskRow(row []float32, b, h, i int) {
	inf := float32(math.Inf(-1))
	for j := range row {
		switch {
		case a.causal && j > i+a.past():
			row[j] = inf
		case a.mask == nil:
		case j >= a.maskLen:
			row[j] = inf
		default:
			at := b*a.maskB + h*a.maskH + i*a.maskQ + j*a.maskK
			if a.mask.Type.Floating() {
				row[j] += a.mask.F[at]
			} else if a.mask.I[at] == 0 {
				row[j] = inf
			}
		}
	}
}

// past is the number of tokens before the first of Q.
func (a *attended) past() int {
	if p := a.c.in(4); p != nil {
		return p.Shape[2]
	}
	return 0
}

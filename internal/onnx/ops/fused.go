package ops

import (
	"slices"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register(Internal+":Conv", 2, 4, "auto_pad dilations group kernel_shape pads strides activation a b", conv)
	register(Internal+":Linear", 2, 4, "activation a b", linear)
	register(Internal+":Attention", 3, 4, "scale turned", scoredAttention)
}

// activations are those that an epilogue can have, with numbers a and b.
var activations = map[string]func(y []float32, a, b float32){
	"Relu":        func(y []float32, _, _ float32) { kernel.ReLU(y, y) },
	"Sigmoid":     applied(kernel.Sigmoid),
	"SiLU":        applied(kernel.SiLU),
	"Tanh":        applied(kernel.Tanh),
	"HardSwish":   applied(kernel.HardSwish),
	"Gelu":        applied(kernel.GELU),
	"HardSigmoid": func(y []float32, a, b float32) { kernel.ApplyScaled(kernel.HardSigmoid, y, y, a, b) },
	"Clip":        func(y []float32, a, b float32) { kernel.ApplyScaled(kernel.Clamp, y, y, a, b) },
}

func applied(f kernel.Func) func(y []float32, a, b float32) {
	return func(y []float32, _, _ float32) { kernel.Apply(f, y, y) }
}

// Activations lists what the attribute activation of fused operators may be.
func Activations() (names []string) {
	for n := range activations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// finish is what a fused operator does with a part of its output while that is still
// in the cache: it adds the same part of the residual, input 3, and activates.
func (c *Call) finish(shape []int) func(y []float32, at int) {
	residual := c.in(3)
	if residual != nil {
		c.need(slices.Equal(residual.Shape, shape), "a residual %v", residual)
	}
	f := activations[c.attrString("activation", append([]string{""}, Activations()...)...)]
	a, b := c.attrFloat("a", 0), c.attrFloat("b", 0)
	return func(y []float32, at int) {
		if residual != nil {
			kernel.Add(y, y, residual.F[at:at+len(y)])
		}
		if f != nil {
			f(y, a, b)
		}
	}
}

// linearRows is how many rows of a product are finished at a time.
const linearRows = 96

// linear is x·W + bias for x [..., in] and W [in, out].
func linear(c *Call) {
	x, w, bias := c.floats(0), c.floats(1), c.in(2)
	last := len(x.Shape) - 1
	c.need(last >= 1 && len(w.Shape) == 2 && x.Shape[last] == w.Shape[0], "matrices %v and %v", x, w)
	k, n := w.Shape[0], w.Shape[1]
	shape := append(slices.Clone(x.Shape[:last]), n)
	y := c.out(0, x.Type, shape...)
	m := product(shape[:last])
	c.work(float64(m) * float64(k) * float64(n))
	finish := c.finish(shape)
	var e kernel.Epilogue
	if bias != nil {
		c.need(bias.Size() == n, "a bias %v", bias)
		e.Bias = bias.F
	}
	if c.trial() || m == 0 || n == 0 {
		return
	}
	a, b, out := kernel.Dense(x.F, m, k), kernel.Dense(w.F, k, n), kernel.Dense(y.F, m, n)
	for lo := 0; lo < m; lo += linearRows {
		hi := min(m, lo+linearRows)
		kernel.Gemm(out.RowRange(lo, hi), a.RowRange(lo, hi), b, e)
		finish(y.F[lo*n:hi*n], lo*n)
	}
}

// scoredAttention is softmax(scale·q·k + mask)·v for q [..., rows, width], k [..., width,
// tokens], or [..., tokens, width] if turned, and v [..., tokens, out].
func scoredAttention(c *Call) {
	q, k, v := c.floats(0), c.floats(1), c.floats(2)
	r := len(q.Shape)
	c.need(r >= 2 && len(k.Shape) == r && len(v.Shape) == r, "attention of %v", c.In)
	heads := product(q.Shape[:r-2])
	rows, width, tokens, out := q.Shape[r-2], q.Shape[r-1], v.Shape[r-2], v.Shape[r-1]
	turned, last := c.attrInt("turned", 0) != 0, []int{width, tokens}
	if turned {
		slices.Reverse(last)
	}
	c.need(product(k.Shape[:r-2]) == heads && product(v.Shape[:r-2]) == heads && slices.Equal(k.Shape[r-2:], last), "attention of %v", c.In)
	y := c.out(0, q.Type, append(slices.Clone(q.Shape[:r-1]), out)...)
	scores := append(slices.Clone(q.Shape[:r-1]), tokens)
	var masks []float32
	mask := c.in(3)
	if mask != nil {
		c.need(mask.Type.Floating() && slices.Equal(c.broadcast(Unknown(q.Type, scores...), mask), scores), "a mask %v for scores %v", mask, scores)
		masks = mask.F
	}
	c.work(float64(heads*rows) * float64(tokens) * float64(width+out+10))
	c.scratch((rows*tokens + tokens) * min(heads, c.threads()))
	if c.trial() || y.Size() == 0 || tokens == 0 || width == 0 {
		return
	}
	at := scored{scale: c.attrFloat("scale", 1), mask: masks}
	if mask != nil {
		at.strides = stretched(mask.Shape, scores)
	}
	parts := 1 // of the rows of a head, which processors share
	if threads := c.threads(); threads > 1 && heads < 4*threads {
		parts = min(rows, (4*threads+heads-1)/heads)
	}
	size := (rows + parts - 1) / parts
	c.parallel(heads*parts, func(i int) {
		h := i / parts
		lo, hi := kernel.Span(rows, i%parts, parts)
		own := at
		own.place, own.first = placeOf(h, q.Shape[:r-2]), lo
		var giveBack func()
		own.buf, giveBack = borrowed(size*tokens + tokens)
		defer giveBack()
		own.buf, own.row = own.buf[:size*tokens], own.buf[size*tokens:]
		keys := kernel.Dense(k.F[h*width*tokens:], last[0], last[1])
		if turned {
			keys = keys.T()
		}
		own.head(kernel.Dense(y.F[(h*rows+lo)*out:], hi-lo, out), kernel.Dense(q.F[(h*rows+lo)*width:], hi-lo, width),
			keys, kernel.Dense(v.F[h*tokens*out:], tokens, out))
	})
}

// shared is memory for parts of a call.
var shared = sync.Pool{New: func() any { return new([]float32) }}

// borrowed is memory for a part of a call, with anything in it; giveBack ends its use.
func borrowed(n int) (data []float32, giveBack func()) {
	s := shared.Get().(*[]float32)
	if cap(*s) < n {
		*s = make([]float32, n)
	}
	return (*s)[:n], func() { shared.Put(s) }
}

// placeOf is the index of element i of a shape.
func placeOf(i int, shape []int) []int {
	index := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		index[d], i = i%shape[d], i/shape[d]
	}
	return index
}

// scored computes rows of one head, from the first one on.
type scored struct {
	scale    float32
	mask     []float32
	strides  []int // of the mask, in the scores
	place    []int // of the head
	first    int
	buf, row []float32
}

func (s *scored) head(y, q, k, v kernel.Mat) {
	m, n := q.Rows, k.Cols
	kernel.Gemm(kernel.Dense(s.buf, m, n), q, k, kernel.Epilogue{})
	for i := range m {
		row := s.buf[i*n:][:n]
		if s.mask == nil {
			kernel.Softmax(row, row, s.scale)
			continue
		}
		kernel.SoftmaxMasked(row, row, s.maskRow(s.first+i), s.scale)
	}
	kernel.Gemm(y, kernel.Dense(s.buf, m, n), v, kernel.Epilogue{})
}

// maskRow is the mask of one row of scores.
func (s *scored) maskRow(i int) []float32 {
	at := i * s.strides[len(s.place)]
	for d, k := range s.place {
		at += k * s.strides[d]
	}
	step := s.strides[len(s.place)+1]
	if step == 1 {
		return s.mask[at:][:len(s.row)]
	}
	for j := range s.row {
		s.row[j] = s.mask[at+j*step]
	}
	return s.row
}

package ops

import (
	"slices"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register(Internal+":Conv", 2, 4, "auto_pad dilations group kernel_shape pads strides activation a b", conv)
	register(Internal+":Linear", 2, 4, "activation a b", linear)
	register(Internal+":Attention", 3, 4, "scale turned side", scoredAttention)
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

// Bits of the attribute side of the fused attention: what lies as [batch, tokens, heads,
// width], heads side by side.
const (
	SideQueries = 1 << iota
	SideKeys
	SideValues
	SideOutput
)

// headed are matrices over all dimensions but the last two, or heads side by side.
func headed(v *Value, side bool) heads {
	s, r := v.Shape, len(v.Shape)
	if side {
		return heads{v, s[0], s[2], s[1], s[3], s[1] * s[2] * s[3], s[3], s[2] * s[3]}
	}
	return heads{v, 1, product(s[:r-2]), s[r-2], s[r-1], 0, s[r-2] * s[r-1], s[r-1]}
}

// over are the dimensions over matrices.
func over(s []int, side bool) []int {
	if side {
		return []int{s[0], s[2]}
	}
	return s[:len(s)-2]
}

// at is matrix i of all.
func (h heads) at(i int) kernel.Mat { return h.mat(i/h.heads, i%h.heads) }

// scoredAttention is softmax(scale·q·k + mask)·v for q [..., rows, width], k [..., width,
// tokens], or [..., tokens, width] if turned, and v [..., tokens, out].
func scoredAttention(c *Call) {
	side := c.attrInt("side", 0)
	var in [3]heads
	var dims []int // over matrices
	for i := range in {
		x, s := c.floats(i), side&(1<<i) != 0
		c.need(len(x.Shape) >= 2 && (!s || len(x.Shape) == 4), "attention of %v", c.In)
		in[i] = headed(x, s)
		d := over(x.Shape, s)
		c.need(i == 0 || slices.Equal(d, dims), "attention of %v", c.In)
		dims = d
	}
	q, k, v := in[0], in[1], in[2]
	rows, width, tokens, out := q.tokens, q.width, v.tokens, v.width
	turned := c.attrInt("turned", 0) != 0
	if turned {
		c.need(k.tokens == tokens && k.width == width, "attention of %v", c.In)
	} else {
		c.need(k.tokens == width && k.width == tokens, "attention of %v", c.In)
	}
	shape := append(slices.Clone(dims), rows, out)
	if side&SideOutput != 0 {
		c.need(len(dims) == 2, "attention of %v", c.In)
		shape = []int{dims[0], rows, dims[1], out}
	}
	y := headed(c.out(0, q.v.Type, shape...), side&SideOutput != 0)
	scores := append(slices.Clone(dims), rows, tokens)
	var masks []float32
	mask := c.in(3)
	if mask != nil {
		c.need(mask.Type.Floating() && slices.Equal(c.broadcast(Unknown(q.v.Type, scores...), mask), scores), "a mask %v for scores %v", mask, scores)
		masks = mask.F
	}
	n := product(dims)
	c.work(float64(n*rows) * float64(tokens) * float64(width+out+10))
	c.scratch((rows*tokens + tokens) * min(n, c.threads()))
	if c.trial() || y.v.Size() == 0 || tokens == 0 || width == 0 {
		return
	}
	at := scored{scale: c.attrFloat("scale", 1), mask: masks}
	if mask != nil {
		at.strides = stretched(mask.Shape, scores)
	}
	parts := 1 // of the rows of a head, which processors share
	if threads := c.threads(); threads > 1 && n < 4*threads {
		parts = min(rows, (4*threads+n-1)/n)
	}
	size := (rows + parts - 1) / parts
	c.parallel(n*parts, func(i int) {
		h := i / parts
		lo, hi := kernel.Span(rows, i%parts, parts)
		own := at
		own.place, own.first = placeOf(h, dims), lo
		var giveBack func()
		own.buf, giveBack = borrowed(size*tokens + tokens)
		defer giveBack()
		own.buf, own.row = own.buf[:size*tokens], own.buf[size*tokens:]
		keys := k.at(h)
		if turned {
			keys = keys.T()
		}
		own.head(y.at(h).RowRange(lo, hi), q.at(h).RowRange(lo, hi), keys, v.at(h))
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

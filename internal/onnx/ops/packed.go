package ops

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// epilogue is what an operator does with its output while that is in the cache.
type epilogue struct {
	relu bool              // in the kernel
	f    func(y []float32) // behind it; nil for nothing
}

// epilogue reads the attributes of an activation.
func (c *Call) epilogue() (e epilogue) {
	name := c.attrString("activation", append([]string{""}, Activations()...)...)
	if name == "Relu" {
		return epilogue{relu: true}
	}
	if g := activations[name]; g != nil {
		a, b := c.attrFloat("a", 0), c.attrFloat("b", 0)
		e.f = func(y []float32) { g(y, a, b) }
	}
	return e
}

// packedLinear is x·W + bias with packed weights.
type packedLinear struct {
	panels  func() *kernel.Panels // packed at the first run
	in, out int
	rows    int // about how many are computed at a time
	grids   [2]atomic.Pointer[rowGrid]
}

// rowGrid is a grid of whole rows.
type rowGrid struct {
	rows int
	*kernel.Grid
}

const (
	// chunkFloats is about how many inputs are read, or outputs finished, at a time: they
	// stay in the L2 cache.
	chunkFloats = 1 << 16
	// chunkRows is the most rows at a time: the weights pass through the cache once for
	// each.
	chunkRows = 112
	// tileRows is what the kernel likes.
	tileRows = 14
)

// Packs reports whether the weights of a product, [in, out] or [out, in] if turned, are
// worth packing: there are some, and what fills the last block is not most of it.
func Packs(w *Value, turned bool) bool {
	n := w.Shape[1]
	if turned {
		n = w.Shape[0]
	}
	return w.Size() > 0 && worthPacking(w, n)
}

// fillBytes is what weights may take more when they are packed, whatever their size.
const fillBytes = 1 << 20

func worthPacking(w *Value, outs int) bool {
	return 4*kernel.PackedLen(outs, w.Size()/outs) <= max(2*w.Bytes(), w.Bytes()+fillBytes)
}

// PackLinear is an operator that computes x·W + bias for x [..., in] and W [in, out], or
// [out, in] if turned, whose weights are packed once, at the first run. Its inputs are x and
// perhaps a residual. keep says that the output has the rank of x [batch, in, 1, …]: a
// convolution of single pixels.
func PackLinear(w, bias *Value, turned, keep bool) *Op {
	k, n := w.Shape[0], w.Shape[1]
	if turned {
		k, n = n, k
	}
	depth, count := kernel.Single, k
	if k%kernel.Four == 0 {
		depth, count = kernel.Four, k/kernel.Four
	}
	taps := make([]int32, count)
	for i := range taps {
		taps[i] = int32(i * depth)
	}
	l := &packedLinear{in: k, out: n, panels: sync.OnceValue(func() *kernel.Panels {
		return kernel.NewPanels(n, depth, taps, w.pack(matrix(k, n, turned)), floatsOf(bias), nil)
	})}
	l.rows = max(2*tileRows, min(chunkRows, chunkFloats/max(k, n)/tileRows*tileRows))
	return &Op{min: 1, max: 2, run: func(c *Call) { l.run(c, keep) }, PerSample: keep, Weights: w.Bytes()}
}

// floatsOf are the numbers of a constant that may be absent.
func floatsOf(v *Value) []float32 {
	if v == nil {
		return nil
	}
	return v.Floats()
}

func (l *packedLinear) run(c *Call, keep bool) {
	x := c.floats(0)
	shape := slices.Clone(x.Shape)
	last := len(shape) - 1
	if keep {
		last = 1
	}
	c.need(last >= 1 && product(shape[last:]) == l.in, "rows of %v for %d inputs", x, l.in)
	shape[last] = l.out
	m := product(shape[:last])
	residual := c.residual(1, shape)
	e := c.epilogue()
	y := c.full(0, x.Type, shape...)
	c.work(float64(m) * float64(l.in) * float64(l.out))
	if c.trial() || m == 0 {
		return
	}
	panels := l.panels()
	chunks, blocks := max(1, (m+l.rows/2)/l.rows), panels.Blocks()
	columns := columnsOf(chunks, blocks/2, c.threads())
	c.parallel(chunks*columns, func(i int) {
		lo, hi := kernel.Span(m, i/columns, chunks)
		from, to := kernel.Span((blocks+1)/2, i%columns, columns)
		from, to = 2*from, min(2*to, blocks)
		g := l.grid(hi - lo)
		out := y.F[lo*l.out : hi*l.out]
		panels.Run(out, x.F[lo*l.in:hi*l.in], part(residual, lo*l.out, hi*l.out), g, from, to, e.relu)
		if e.f != nil {
			from, to = from*kernel.Block, min(to*kernel.Block, l.out)
			for r := range hi - lo {
				e.f(out[r*l.out+from : r*l.out+to])
			}
		}
	})
}

// columnsOf is how many parts the outputs of each chunk of rows are divided into, so that
// threads have some each, and equally many.
func columnsOf(chunks, most, threads int) int {
	n := 1
	for n < most && (chunks*n < 2*threads || chunks*n < 8*threads && chunks*n%threads != 0) {
		n++
	}
	return n
}

// part is a part of a slice that may be nil.
func part(x []float32, lo, hi int) []float32 {
	if x == nil {
		return nil
	}
	return x[lo:hi]
}

// residual is the data of an input that has the shape of the output, if it is there.
func (c *Call) residual(i int, shape []int) []float32 {
	v := c.in(i)
	if v == nil {
		return nil
	}
	c.need(v.Type.Floating() && slices.Equal(v.Shape, shape), "a residual %v for %v", v, shape)
	return v.F
}

// grid is that of so many rows.
func (l *packedLinear) grid(rows int) *kernel.Grid {
	slot := &l.grids[rows%2] // chunks of a batch differ by one row at most
	g := slot.Load()
	if g == nil || g.rows != rows {
		g = &rowGrid{rows, kernel.NewGrid(l.in, l.out, kernel.Block, true, []kernel.Run{{N: rows}})}
		slot.Store(g)
	}
	return g.Grid
}

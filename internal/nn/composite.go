package nn

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// composite is a layer made of layers: values flow through stages, each of
// which takes earlier values. Value 0 is the input, value i+1 the output of
// stage i; the last one is the output.
type composite struct {
	dims   int // of a sample
	width  int // wanted in its last dimension
	stages []stage
	all    []*param
}

// stage is a layer (from one value), a sum (from two) or a concatenation along
// the last dimension (from several).
type stage struct {
	layer layer
	join  join
	from  []int
}

type join int

const (
	one join = iota
	sum
	concat
)

// assembly builds a composite's plan.
type assembly struct {
	dims, width int
	parts       []plan
	stages      []stage
	params      []paramSpec
}

// layer adds a stage with its parameters renamed and returns its value.
func (b *assembly) layer(p plan, rename func(string) string, from int) int {
	for _, ps := range p.params {
		ps.name = rename(ps.name)
		b.params = append(b.params, ps)
	}
	b.parts = append(b.parts, p)
	b.stages = append(b.stages, stage{from: []int{from}})
	return len(b.stages)
}

// spec is layer for a layer of torch.nn, its names prefixed. A fault in it goes
// to a.
func (b *assembly) spec(a *args, typ string, params map[string]any, prefix string, from int) int {
	p, err := planOf(Spec{typ, params})
	if err != nil {
		a.failf("%w", err)
	}
	return b.layer(p, func(name string) string { return prefix + name }, from)
}

func (b *assembly) join(j join, from ...int) int {
	b.parts = append(b.parts, plan{})
	b.stages = append(b.stages, stage{join: j, from: from})
	return len(b.stages)
}

func (b *assembly) plan() plan {
	return plan{b.params, func(p []*param) layer {
		c := &composite{dims: b.dims, width: b.width, stages: slices.Clone(b.stages), all: p}
		for i, part := range b.parts {
			if part.build != nil {
				c.stages[i].layer = part.build(p[:len(part.params)])
				p = p[len(part.params):]
			}
		}
		return c
	}}
}

func (c *composite) params() []*param { return c.all }

// inner marks layers whose backward must run for the sake of their gradients,
// even where nobody wants the input's.
func (c *composite) inner() {}

// shapes are those of the values.
func (c *composite) shapes(in []int) ([][]int, error) {
	if len(in) != c.dims || in[len(in)-1] != c.width {
		return nil, fmt.Errorf("want %d dimensions without the batch, the last of %d", c.dims, c.width)
	}
	all := [][]int{in}
	for _, st := range c.stages {
		out := slices.Clone(all[st.from[0]])
		switch st.join {
		case one:
			var err error
			if out, err = st.layer.outShape(out); err != nil {
				return nil, err
			}
		case concat:
			for _, v := range st.from[1:] {
				out[len(out)-1] += all[v][len(out)-1]
			}
		}
		if _, err := product(out); err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}

func (c *composite) outShape(in []int) ([]int, error) {
	all, err := c.shapes(in)
	if err != nil {
		return nil, err
	}
	return slices.Clone(all[len(all)-1]), nil
}

// extra is how many floats a sample needs within.
func (c *composite) extra(in []int) int {
	all, err := c.shapes(in)
	if err != nil {
		return 0
	}
	n := 0
	for i, st := range c.stages {
		n += elements(all[i+1])
		if l, ok := st.layer.(greedyLayer); ok {
			n += l.extra(all[st.from[0]])
		}
	}
	return n
}

// compositeWork is a composite's slot: values, their gradients, and a slot for
// each stage.
type compositeWork struct {
	slots       []*slot
	vals, grads [][]float32
	lens        []int
}

func (c *composite) alloc(s *slot, capacity int) {
	all, _ := c.shapes(s.in)
	w := &compositeWork{}
	for i, sh := range all {
		n := elements(sh)
		inner := i > 0 && i < len(all)-1
		w.lens = append(w.lens, n)
		w.vals = append(w.vals, buffer(inner, capacity*n))
		w.grads = append(w.grads, buffer(inner && s.train, capacity*n))
	}
	for i, st := range c.stages {
		in, out := all[st.from[0]], all[i+1]
		child := &slot{in: in, out: out, inLen: elements(in), outLen: elements(out), train: s.train}
		if s.train && st.join == one {
			child.dx = make([]float32, capacity*child.inLen)
		}
		if l, ok := st.layer.(roomyLayer); ok {
			l.alloc(child, capacity)
		}
		w.slots = append(w.slots, child)
	}
	s.work = w
}

// prepare binds the stages to the batch. It never fails, but preparedLayer may.
//
//nolint:unparam // an interface's
func (c *composite) prepare(s *slot) error {
	w := s.work.(*compositeWork)
	last := len(c.stages)
	w.vals[0], w.vals[last], w.grads[0], w.grads[last] = s.x, s.y, s.dx, s.dy
	for i, st := range c.stages {
		child, from := w.slots[i], st.from[0]
		child.n, child.key = s.n, kernel.Stream(s.key, uint64(i))
		child.x, child.y, child.dy = w.vals[from], w.vals[i+1], w.grads[i+1]
	}
	return nil
}

func (c *composite) forward(s *slot, lo, hi int) {
	w := s.work.(*compositeWork)
	for i, st := range c.stages {
		child := w.slots[i]
		switch st.join {
		case one:
			if isIdle(st.layer, s.train) {
				copy(child.ys(lo, hi), child.xs(lo, hi))
			} else {
				st.layer.forward(child, lo, hi)
			}
		case sum:
			a, b := w.rows(w.vals, st.from[0], lo, hi), w.rows(w.vals, st.from[1], lo, hi)
			for j, y := 0, child.ys(lo, hi); j < len(y); j++ {
				y[j] = a[j] + b[j]
			}
		case concat:
			w.weave(i+1, st.from, s.in, lo, hi, w.vals, func(whole, part []float32) { copy(whole, part) })
		}
	}
}

func (w *compositeWork) rows(of [][]float32, v, lo, hi int) []float32 {
	return of[v][lo*w.lens[v] : hi*w.lens[v]]
}

// weave calls f for every vector of value `to` that lies in a concatenation's
// part, and that part.
func (w *compositeWork) weave(to int, from, in []int, lo, hi int, of [][]float32, f func(whole, part []float32)) {
	vectors := elements(in[:len(in)-1])
	whole, width := w.rows(of, to, lo, hi), w.lens[to]/vectors
	at := 0
	for _, v := range from {
		part, n := w.rows(of, v, lo, hi), w.lens[v]/vectors
		for r := range (hi - lo) * vectors {
			f(whole[r*width+at:][:n], part[r*n:][:n])
		}
		at += n
	}
}

func (c *composite) backward(s *slot, lo, hi int) {
	w := s.work.(*compositeWork)
	for v := range len(c.stages) {
		if w.grads[v] != nil {
			clear(w.rows(w.grads, v, lo, hi))
		}
	}
	for i := len(c.stages) - 1; i >= 0; i-- {
		st, child := c.stages[i], w.slots[i]
		dy := child.dys(lo, hi)
		switch st.join {
		case one:
			dx := dy
			if !isIdle(st.layer, s.train) {
				st.layer.backward(child, lo, hi)
				dx = child.dxs(lo, hi)
			}
			w.add(st.from[0], lo, hi, dx)
		case sum:
			w.add(st.from[0], lo, hi, dy)
			w.add(st.from[1], lo, hi, dy)
		case concat:
			w.weave(i+1, st.from, s.in, lo, hi, w.grads, func(whole, part []float32) {
				for j, v := range whole {
					part[j] += v
				}
			})
		}
	}
}

// add adds to the gradient of a value; the input's may be wanted by nobody.
func (w *compositeWork) add(v, lo, hi int, dx []float32) {
	if w.grads[v] == nil {
		return
	}
	g := w.rows(w.grads, v, lo, hi)
	for i, d := range dx {
		g[i] += d
	}
}

func (c *composite) grads(s *slot, part, parts int) {
	w := s.work.(*compositeWork)
	for i, st := range c.stages {
		if st.join == one {
			st.layer.grads(w.slots[i], part, parts)
		}
	}
}

func isIdle(l layer, train bool) bool {
	i, ok := l.(idler)
	return ok && i.idle(train)
}

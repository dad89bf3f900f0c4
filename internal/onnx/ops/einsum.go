package ops

import (
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register("Einsum", 1, many, "equation", einsum)
}

// einsum multiplies inputs along named dimensions and sums over those that the output
// does not name. Two inputs at a time become one batched product of matrices.
func einsum(c *Call) {
	a := c.attr("equation", wire.AttrString)
	c.need(a != nil, "no equation")
	terms, out := c.equation(a.S)
	sizes := map[rune]int{}
	for i, term := range terms {
		c.need(c.floats(i) != nil && len(term) == len(c.In[i].Shape), "term %q for %v", string(term), c.In[i])
		for d, name := range term {
			n := c.In[i].Shape[d]
			if old, ok := sizes[name]; ok && old != n {
				c.need(old == 1 || n == 1, "dimension %q is %d and %d", name, old, n)
				n *= old // 1 is stretched, to 0 too
			}
			sizes[name] = n
		}
	}
	shape := make([]int, len(out))
	for d, name := range out {
		n, ok := sizes[name]
		c.need(ok, "no input has dimension %q", name)
		shape[d] = n
	}
	work := 1.0
	for _, n := range sizes {
		work *= float64(n)
	}
	y := c.out(0, c.In[0].Type, shape...)
	c.work(work * float64(len(c.In)))
	if c.trial() {
		return
	}
	if c.einsumMatrices(y, terms, out, sizes) {
		return
	}
	c.einsumLoop(y, terms, out, sizes)
}

// dots is the first of the names that stand for an ellipsis.
const dots = '\ue000'

// equation splits "ij,jk->ik"; dimensions of an ellipsis get names of their own.
func (c *Call) equation(s string) (terms [][]rune, out []rune) {
	c.need(len(s) <= 256, "an equation of %d characters", len(s))
	left, right, explicit := strings.Cut(strings.ReplaceAll(s, " ", ""), "->")
	list := strings.Split(left, ",")
	c.need(len(list) == len(c.In), "%d terms for %d inputs", len(list), len(c.In))
	most := 0
	for i, t := range list {
		if strings.Contains(t, "...") {
			most = max(most, len(c.In[i].Shape)-len(t)+3)
		}
	}
	count := map[rune]int{}
	for i, t := range list {
		term := c.named(t, len(c.In[i].Shape)-len(t)+3, most)
		for _, name := range term {
			count[name]++
		}
		terms = append(terms, term)
	}
	if explicit {
		return terms, c.named(right, most, most)
	}
	for name, n := range count {
		if n == 1 || name >= dots {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, func(a, b rune) int { return order(a) - order(b) })
	return terms, out
}

// order puts the dimensions of an ellipsis first.
func order(name rune) int {
	if name >= dots {
		return int(name-dots) - 1000
	}
	return int(name)
}

// named replaces an ellipsis of n dimensions by the last n of most names.
func (c *Call) named(term string, n, most int) []rune {
	var out []rune
	before, after, has := strings.Cut(term, "...")
	out = append(out, []rune(before)...)
	if has {
		c.need(n >= 0 && n <= most, "term %q", term)
		for i := most - n; i < most; i++ {
			out = append(out, dots+rune(i))
		}
		out = append(out, []rune(after)...)
	}
	for _, r := range out {
		c.need(r >= dots || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z', "term %q", term)
	}
	return out
}

// along are the strides of a value along the named dimensions, 0 where it has none.
// A name that occurs twice is a diagonal.
func along(v *Value, term, names []rune) []int {
	own, st := strides(v.Shape), make([]int, len(names))
	for d, name := range term {
		if i := slices.Index(names, name); v.Shape[d] != 1 {
			st[i] += own[d]
		}
	}
	return st
}

// einsumLoop computes any equation element by element.
func (c *Call) einsumLoop(y *Value, terms [][]rune, out []rune, sizes map[rune]int) {
	names := slices.Clone(out)
	for _, term := range terms {
		for _, name := range term {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	shape := make([]int, len(names))
	for d, name := range names {
		shape[d] = sizes[name]
	}
	if product(shape) == 0 {
		return
	}
	w := &walk{shape: append(shape, 1), strides: make([][]int, len(terms))}
	for i, term := range terms {
		w.strides[i] = append(along(c.In[i], term, names), 0)
	}
	summed := product(shape[len(out):])
	sum := 0.0
	w.rows(func(at int, from []int, _ int) {
		p := 1.0
		for i, v := range c.In {
			p *= float64(v.F[from[i]])
		}
		if sum += p; (at+1)%summed == 0 {
			y.F[at/summed], sum = float32(sum), 0
		}
	})
}

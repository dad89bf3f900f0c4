package onnx

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Scores is a classifier without its last steps, if these only make probabilities of its scores, as most models of Keras and
// scikit-learn do: Softmax, a Sigmoid, the division of a row by its sum. The largest number of a row stays where it is (but for
// numbers that rounding makes equal). nil if the classifier ends otherwise. Samples are of the shape that the network is for.
func (n *Net) Scores() *Program {
	s := &scorer{net: n, p: n.p.clone(), by: map[int]int{}}
	for i, nd := range s.p.nodes {
		for _, v := range nd.out {
			s.by[v] = i
		}
	}
	at, more := s.p.output, true
	for more {
		at, more = s.before(at)
	}
	if !s.changed {
		return nil
	}
	s.p.output = at
	s.p.prune()
	return s.p
}

// scorer walks back from the probabilities.
type scorer struct {
	net     *Net
	p       *Program
	by      map[int]int // by value: the node that computes it
	changed bool        // anything but the form
}

// node is the one that computes a value, if it is of one of these operators.
func (s *scorer) node(v int, of ...string) (*node, bool) {
	i, ok := s.by[v]
	if !ok || !slices.Contains(of, s.p.nodes[i].OpType) {
		return nil, false
	}
	return &s.p.nodes[i], true
}

// before is a value with the same order of classes in every row as v; false if v are scores.
func (s *scorer) before(v int) (int, bool) {
	if !s.row(v, 2) {
		return v, false
	}
	if nd, ok := s.node(v, "Identity", "Cast", "ZipMap"); ok && s.net.types[nd.in[0]].Floating() {
		return nd.in[0], true
	}
	if nd, ok := s.node(v, "Normalizer", "Softmax", "Exp"); ok {
		if axis := intOf(nd.Node, "axis", -1); axis == -1 || axis == 1 {
			s.changed = true
			return nd.in[0], true
		}
		return v, false
	}
	if z, ok := s.logistic(v); ok {
		s.changed = true
		return z, true
	}
	// The sum of the row; added is what keeps one of 0 from dividing.
	if nd, ok := s.node(v, "Div", "Add"); ok && s.row(nd.in[1], 1) && s.positive(nd.in[1], 16) {
		s.changed = true
		return nd.in[0], true
	}
	if nd, ok := s.node(v, "LinearClassifier"); ok && len(nd.out) > 1 && nd.out[1] == v {
		s.untransformed(nd)
	}
	return s.two(v)
}

// row reports whether a value is a row of at least so many numbers for each sample; 1: of exactly one.
func (s *scorer) row(v, least int) bool {
	if v < 0 || v >= len(s.net.shapes) || !s.net.batched[v] || len(s.net.shapes[v]) != 2 {
		return false
	}
	size := s.net.shapes[v][1]
	return size >= least && (least > 1 || size == 1)
}

// logistic is z of 1/(1 + exp(−z)), which scikit-learn's converter writes in four nodes.
func (s *scorer) logistic(v int) (z int, ok bool) {
	if nd, ok := s.node(v, "Sigmoid"); ok {
		return nd.in[0], true
	}
	nd, ok := s.node(v, "Reciprocal")
	if !ok {
		return v, false
	}
	if nd, ok = s.node(nd.in[0], "Add"); !ok || !s.is(nd.in[1], 1) {
		return v, false
	}
	if nd, ok = s.node(nd.in[0], "Exp"); !ok {
		return v, false
	}
	nd, ok = s.node(nd.in[0], "Mul", "Neg")
	if !ok || nd.OpType == "Mul" && !s.is(nd.in[1], -1) {
		return v, false
	}
	return nd.in[0], true
}

// is reports whether a value is one constant number.
func (s *scorer) is(v int, want float32) bool {
	c := s.net.Const(v)
	return c != nil && c.Size() == 1 && len(c.F) == 1 && c.F[0] == want
}

// positive reports whether no number of a value can be below 0.
func (s *scorer) positive(v, depth int) bool {
	if c := s.net.Const(v); c != nil {
		return !slices.ContainsFunc(c.F, func(f float32) bool { return f < 0 }) && !slices.ContainsFunc(c.I, func(i int64) bool { return i < 0 })
	}
	if v < len(s.net.types) && s.net.types[v] == wire.Bool {
		return true
	}
	if _, ok := s.node(v, "Sigmoid", "Softmax", "Exp", "Abs", "Relu", "ReduceL1", "ReduceL2"); ok {
		return true
	}
	nd, ok := s.node(v, "Identity", "Cast", "Add", "Mul", "Div", "Max", "Reciprocal", "ReduceSum", "ReduceMax")
	if !ok || depth == 0 {
		return false
	}
	in := nd.in
	if nd.OpType == "ReduceSum" || nd.OpType == "ReduceMax" {
		in = in[:1] // the other says where
	}
	return !slices.ContainsFunc(in, func(v int) bool { return !s.positive(v, depth-1) })
}

// untransformed has a linear classifier give its scores.
func (s *scorer) untransformed(nd *node) {
	own := *nd.Node
	own.Attributes = slices.DeleteFunc(slices.Clone(own.Attributes), func(a *wire.Attribute) bool {
		drop := a.Name == "post_transform" && (a.S == "LOGISTIC" || a.S == "SOFTMAX")
		s.changed = s.changed || drop
		return drop
	})
	nd.Node = &own
}

// two are scores of two classes that have the probabilities 1 − p and p, p being logistic of one number: its half with either sign, of
// which a Softmax makes the same probabilities.
func (s *scorer) two(v int) (int, bool) {
	nd, ok := s.node(v, "Concat")
	if !ok || len(nd.in) != 2 {
		return v, false
	}
	for k, p := range nd.in {
		other, ok := s.node(nd.in[1-k], "Sub")
		z, squashed := s.logistic(p)
		if !ok || !squashed || other.in[1] != p || !s.is(other.in[0], 1) || !s.row(z, 1) {
			continue
		}
		s.changed = true
		halves := make([]int, 2)
		halves[k], halves[1-k] = s.times(z, 0.5), s.times(z, -0.5)
		return s.add("Concat", halves, &wire.Attribute{Name: "axis", Type: wire.AttrInt, I: 1}), false
	}
	return v, false
}

// times is a value times a number.
func (s *scorer) times(v int, by float32) int {
	c := s.value(ops.Float([]float32{by}, 1))
	return s.add("Mul", []int{v, c})
}

// value is a new one, of a constant or, with nil, for a node to compute.
func (s *scorer) value(c *ops.Value) int {
	p := s.p
	p.names, p.consts, p.last = append(p.names, p.fresh("scores")), append(p.consts, c), append(p.last, -1)
	return len(p.names) - 1
}

// add adds a node at the end, and returns what it computes.
func (s *scorer) add(op string, in []int, attributes ...*wire.Attribute) int {
	out := s.value(nil)
	nd := node{Node: &wire.Node{Name: s.p.names[out], OpType: op, Attributes: attributes}, opset: s.p.opset, in: in, out: []int{out}}
	nd.op, _ = ops.Find(nd.Node)
	s.p.nodes = append(s.p.nodes, nd)
	return out
}

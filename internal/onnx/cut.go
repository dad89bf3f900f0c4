package onnx

import (
	"maps"
	"slices"
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Cut is a place where a network can be cut in two: one value that everything which
// comes from the input passes through.
type Cut struct {
	// Name of the value.
	Name string
	// Shape of the value for one sample, without the batch, which may be any dimension.
	Shape []int
	// Params is the number of weights behind the cut.
	Params int
	// Shared names a weight that both sides of the cut use; empty if there is none.
	Shared string
	// node is the first node of the tail.
	node  int
	value int
}

// Params is the number of weights of all nodes.
func (n *Net) Params() int { return n.params()[0] }

// params counts, for each node, the weights of it and those behind it: floating-point
// constants, each once, and once those that are one weight.
func (n *Net) params() []int {
	seen, total := map[int]bool{}, make([]int, len(n.p.nodes)+1)
	for i := len(n.p.nodes) - 1; i >= 0; i-- {
		total[i] = total[i+1]
		for _, v := range n.p.nodes[i].in {
			if v < 0 || n.p.consts[v] == nil || !n.p.consts[v].Type.Floating() {
				continue
			}
			w, ok := n.twins()[v]
			if !ok {
				w = v
			}
			if !seen[w] {
				seen[w] = true
				total[i] += n.p.consts[v].Size()
			}
		}
		for _, a := range n.p.nodes[i].Attributes { // of a linear model
			if a.Name == "coefficients" || a.Name == "intercepts" {
				total[i] += len(a.Floats)
			}
		}
	}
	return total
}

// Cuts lists the places where the network can be cut, in the order of the graph,
// without the input and the output.
func (n *Net) Cuts() []Cut {
	p, params, spans := n.p, n.params(), n.spans()
	var cuts []Cut
	n.eachPlace(func(i int, open map[int]bool) {
		if len(open) != 1 || i == len(p.nodes)-1 {
			return
		}
		for v := range open {
			batch, shape := n.sampleShape(v)
			if v != p.input.value && v != p.output && batch >= 0 && slices.Contains(p.nodes[i].out, v) {
				c := Cut{Name: p.names[v], Shape: shape, Params: params[i+1], node: i + 1, value: v}
				if w := across(spans, i+1); w >= 0 {
					c.Shared = p.names[w]
				}
				cuts = append(cuts, c)
			}
		}
	})
	return cuts
}

// eachPlace calls f behind every node with the values that come from the input and that later nodes take.
func (n *Net) eachPlace(f func(i int, open map[int]bool)) {
	p, flows := n.p, n.flows()
	open := map[int]bool{p.input.value: true}
	for i, nd := range p.nodes {
		for _, v := range nd.out {
			if v >= 0 && flows[v] && p.last[v] > i {
				open[v] = true
			}
		}
		for _, v := range nd.in {
			if v >= 0 && p.last[v] <= i {
				delete(open, v)
			}
		}
		f(i, open)
	}
}

// Beside names the values that pass side by side where at least so many weights are left, at the last place where
// they are fewest, in the order of the graph: none of it can be a cut if they are several.
func (n *Net) Beside(least int) (names []string) {
	params, fewest := n.params(), []int(nil)
	n.eachPlace(func(i int, open map[int]bool) {
		if params[i+1] >= least && i < len(n.p.nodes)-1 && len(open) > 0 && (fewest == nil || len(open) <= len(fewest)) {
			fewest = slices.Sorted(maps.Keys(open))
		}
	})
	for _, v := range fewest {
		names = append(names, n.p.names[v])
	}
	return names
}

// Start is the place in front of all nodes: behind it is the whole network.
func (n *Net) Start() Cut {
	in := n.p.input
	return Cut{Name: in.Name, Shape: slices.Clone(n.sample), Params: n.Params(), value: in.value}
}

// sampleShape is a value's shape for one sample and the place of the batch in it, −1 if
// it has none of its own.
func (n *Net) sampleShape(v int) (batch int, shape []int) {
	batch = -1
	for i, d := range n.Dims(v) {
		switch {
		case !d.Batch:
			shape = append(shape, d.Size)
		case d.Size == 1 && batch < 0:
			batch = i
		default:
			return -1, nil
		}
	}
	return batch, shape
}

// flows says which values depend on the data of the input, and not on its shape only.
func (n *Net) flows() []bool {
	flows := make([]bool, len(n.p.names))
	flows[n.p.input.value] = true
	for _, nd := range n.p.nodes {
		depends := false
		for _, v := range nd.in {
			depends = depends || v >= 0 && flows[v]
		}
		if depends && nd.OpType != "Shape" && nd.OpType != "Size" {
			for _, v := range nd.out {
				if v >= 0 {
					flows[v] = true
				}
			}
		}
	}
	return flows
}

// Front is the part of the network in front of a cut, its output as rows of numbers.
func (n *Net) Front(c Cut) *Net {
	p := n.p.clone()
	out := &Net{p: p, sample: n.sample, out: []int{product(c.Shape)}, single: n.single, cost: n.cost, limit: n.limit, shapes: n.shapes, batched: n.batched, types: n.types, dims: n.dims, each: n.each}
	p.output = c.value
	if batch, _ := n.sampleShape(c.value); batch > 0 {
		perm := []int64{int64(batch)}
		for d := range len(c.Shape) + 1 {
			if d != batch {
				perm = append(perm, int64(d))
			}
		}
		p.behind("Transpose", &wire.Attribute{Name: "perm", Type: wire.AttrInts, Ints: perm})
	}
	if len(c.Shape) != 1 {
		nd := p.behind("Reshape")
		nd.in = append(nd.in, -1)
		p.setInput(nd, ops.Ints([]int64{-1, int64(product(c.Shape))}, 2))
	}
	p.prune()
	out.fast, out.twins = sync.OnceValue(out.fused), sync.OnceValue(p.twins)
	return out
}

// behind adds a node behind the output, whose output takes its place.
func (p *Program) behind(op string, attrs ...*wire.Attribute) *node {
	nd := node{Node: &wire.Node{Name: "embedding/" + op, OpType: op, Attributes: attrs}, opset: max(p.opset, ops.MinOpset), in: []int{p.output}, out: []int{len(p.names)}}
	nd.op, _ = ops.Find(nd.Node)
	p.names = append(p.names, p.fresh("embedding"))
	p.consts = append(p.consts, nil)
	p.last = append(p.last, 0)
	p.output = nd.out[0]
	p.nodes = append(p.nodes[:len(p.nodes):len(p.nodes)], nd)
	return &p.nodes[len(p.nodes)-1]
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Node is the number of the first node behind the cut.
func (c Cut) Node() int { return c.node }

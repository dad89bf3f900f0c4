package onnx

import (
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
	// Shape of the value for one sample.
	Shape []int
	// Params is the number of weights behind the cut.
	Params int
	// node is the first node of the tail.
	node  int
	value int
}

// Params is the number of weights of all nodes.
func (n *Net) Params() int { return n.params()[0] }

// params counts, for each node, the weights of it and those behind it: floating-point
// constants, each once.
func (n *Net) params() []int {
	seen, total := map[int]bool{}, make([]int, len(n.p.nodes)+1)
	for i := len(n.p.nodes) - 1; i >= 0; i-- {
		total[i] = total[i+1]
		for _, v := range n.p.nodes[i].in {
			if v >= 0 && n.p.consts[v] != nil && n.p.consts[v].Type.Floating() && !seen[v] {
				seen[v] = true
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
	p := n.p
	flows, params := n.flows(), n.params()
	var cuts []Cut
	open := map[int]bool{p.input.value: true} // values that later nodes take
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
		if len(open) != 1 || i == len(p.nodes)-1 {
			continue
		}
		for v := range open {
			if v != p.input.value && v != p.output && n.shapes[v] != nil && n.batched[v] && slices.Contains(nd.out, v) {
				cuts = append(cuts, Cut{Name: p.names[v], Shape: n.shapes[v][1:], Params: params[i+1], node: i + 1, value: v})
			}
		}
	}
	return cuts
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
	out := &Net{p: p, sample: n.sample, out: c.Shape, single: n.single, cost: n.cost, shapes: n.shapes, batched: n.batched}
	p.output = c.value
	if len(c.Shape) != 1 {
		size := product(c.Shape)
		flat := node{Node: &wire.Node{Name: "flatten", OpType: "Reshape"}, opset: max(p.opset, ops.MinOpset), in: []int{c.value, -1}}
		flat.op, _ = ops.Find(flat.Node)
		id := len(p.names)
		flat.out = []int{id}
		p.names = append(p.names, p.fresh("embedding"))
		p.consts = append(p.consts, nil)
		p.last = append(p.last, 0)
		p.output = id
		p.nodes = append(p.nodes[:len(p.nodes):len(p.nodes)], flat)
		p.setInput(&p.nodes[len(p.nodes)-1], ops.Ints([]int64{-1, int64(size)}, 2))
		out.out = []int{size}
	}
	p.prune()
	out.fast = sync.OnceValue(out.fused)
	return out
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

package nn

import (
	"fmt"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Node is one node of a graph: a layer and the values that it takes. Value 0 is
// the network's input, value i+1 the output of node i. A node can only take the
// values before it, so that there are no cycles; the last node's output is the
// network's.
type Node struct {
	Spec
	Inputs []int `json:"inputs"`
	// Tied names, by the node's own parameters, the weights of earlier nodes that
	// they are: one set of numbers and one gradient for both. nil for none.
	Tied map[string]string `json:"tied,omitempty"`
}

// maxNodes bounds a graph from a stranger, far above any network that is trained.
const maxNodes = 1 << 14

// Net is a network: a graph of operators with their weights. Forward may be
// called from several goroutines at once, but not during training.
type Net struct {
	specs []Spec // as the caller counts its nodes
	nodes []node
	uses  []int // the number of inputs that each value feeds
	last  []int // the last node that takes it; −1 for the network's output
	tied  []*layers.Param
	// frozen says that the weights are the caller's, too: it cannot be trained.
	frozen bool
}

// node is one operator. Value 0 is the network's input, value i+1 the output of
// nodes[i].
type node struct {
	layer   layers.Layer
	inputs  []int
	owner   int                         // the caller's node that it is, or is a part of
	part    int                         // its number there; whole if it is all of it
	accepts func(inputs ...[]int) error // checks the owner's inputs; nil if the layer does
}

// whole is the part of a node that is all of its owner.
const whole = -1

// New builds a network of layers that run in order, with the weights named
// layers.<i>.<param>, where i counts every layer from 0, in PyTorch's names and
// layouts. It fails if a layer or an argument is unknown ([ErrUnsupported]), or if
// a weight is missing, of another shape, left over or not finite ([ErrWeights]).
// The weights are copied.
func New(specs []Spec, weights map[string]tensor.Tensor) (*Net, error) {
	return NewGraph(List(specs), weights)
}

// List is the graph of layers that run in order.
func List(specs []Spec) []Node {
	nodes := make([]Node, len(specs))
	for i, s := range specs {
		nodes[i] = Node{Spec: s, Inputs: []int{i}}
	}
	return nodes
}

// NewGraph is [New] for nodes that take any values before them. It also fails,
// naming the node, if one takes a value that does not exist, or too few or too
// many, and if an output, or the network's input, feeds nothing.
func NewGraph(nodes []Node, weights map[string]tensor.Tensor) (*Net, error) {
	return build(nodes, weights, layers.NewParam)
}

// Frozen is NewGraph for a network that is only run: most weights are not copied, so the caller
// must leave them as they are. Its outputs are the same, and it cannot be trained.
func Frozen(nodes []Node, weights map[string]tensor.Tensor) (*Net, error) {
	net, err := build(nodes, weights, layers.FrozenParam)
	if err != nil {
		return nil, err
	}
	net.frozen = true
	return net, nil
}

func build(nodes []Node, weights map[string]tensor.Tensor, param func(layers.ParamSpec, tensor.Tensor) *layers.Param) (*Net, error) {
	if len(nodes) > maxNodes {
		return nil, fmt.Errorf("%d layers: at most %d", len(nodes), maxNodes)
	}
	b := builder{net: &Net{}, source: weights, make: param, values: []int{0}, owners: map[string]*layers.Param{}}
	for i, nd := range nodes {
		if err := b.add(i, nd); err != nil {
			return nil, err
		}
	}
	if b.used != len(weights) {
		return nil, b.net.leftOver(weights)
	}
	if err := b.net.countUses(b.values); err != nil {
		return nil, err
	}
	return b.net, nil
}

// builder turns the caller's nodes into operators.
type builder struct {
	net    *Net
	source map[string]tensor.Tensor
	make   func(layers.ParamSpec, tensor.Tensor) *layers.Param
	used   int
	values []int                    // of the caller's graph, in the operators'
	owners map[string]*layers.Param // that others can be tied to, by name
}

func (b *builder) add(i int, nd Node) error {
	plan, err := layers.Read(nd.Spec)
	if err != nil {
		return fmt.Errorf("layer %d: %w", i, err)
	}
	b.net.specs = append(b.net.specs, nd.Spec)
	inputs, err := b.inputs(i, nd, plan)
	if err != nil {
		return err
	}
	params, err := b.params(i, plan, nd.Tied)
	if err != nil {
		return err
	}
	values := slices.Clone(inputs[:1]) // of the layer's parts
	for k, p := range plan.Parts {
		op := node{layer: p.Build(params[:p.Params]), owner: i, part: k}
		params = params[p.Params:]
		for _, v := range p.From {
			if v == layers.LastInput {
				op.inputs = append(op.inputs, inputs[len(inputs)-1])
				continue
			}
			op.inputs = append(op.inputs, values[v])
		}
		if p.From == nil {
			op.inputs, op.part = inputs, whole
		}
		if k == 0 {
			op.accepts = plan.Accepts
		}
		b.net.nodes = append(b.net.nodes, op)
		values = append(values, len(b.net.nodes))
	}
	b.values = append(b.values, len(b.net.nodes))
	return nil
}

// inputs checks the values that a node takes and returns the operators'.
func (b *builder) inputs(i int, nd Node, plan layers.Plan) ([]int, error) {
	if n := len(nd.Inputs); n < plan.MinInputs || n > plan.MaxInputs {
		return nil, b.net.errorf(i, "takes %s, got %d", plan.InputCount(), n)
	}
	values := make([]int, len(nd.Inputs))
	for k, v := range nd.Inputs {
		if v < 0 || v > i {
			return nil, b.net.errorf(i, "takes value %d: there are 0, the input, to %d, the output of the layer before", v, i)
		}
		values[k] = b.values[v]
	}
	return values, nil
}

// findUses counts the inputs that each value feeds, and finds the last node that takes
// it.
func (n *Net) findUses() {
	n.uses, n.last = make([]int, len(n.nodes)+1), make([]int, len(n.nodes)+1)
	for v := range n.last {
		n.last[v] = -1
	}
	for i, nd := range n.nodes {
		for _, v := range nd.inputs {
			n.uses[v]++
			n.last[v] = i
		}
	}
}

// countUses is findUses, and refuses a value that no node takes. values are those of
// the caller's graph.
func (n *Net) countUses(values []int) error {
	n.findUses()
	for i, v := range values[:len(values)-1] {
		switch {
		case n.uses[v] > 0:
		case i == 0:
			return fmt.Errorf("the network's input feeds no layer")
		default:
			return n.errorf(i-1, "its output feeds no layer")
		}
	}
	return nil
}

// errorf names the caller's node i.
func (n *Net) errorf(i int, format string, v ...any) error {
	return fmt.Errorf("layer %d (%s): %w", i, n.specs[i].Type, fmt.Errorf(format, v...))
}

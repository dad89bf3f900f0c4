// Package lower turns the tail of an ONNX network into layers of torch.nn that can be
// trained: what a head is made of. It knows the patterns that exporters write for one
// layer; what it does not know it refuses by name.
package lower

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Head is a network of layers with its weights, named layers.<i>.<param>.
type Head struct {
	Nodes   []nn.Node
	Weights map[string]tensor.Tensor
	// Origins say what each of the nodes was in the graph: the weight and the node, as far as the file names them.
	Origins []string
}

// Tail lowers what lies behind a cut. The head takes the value there as rows of
// numbers; where it has more dimensions, an Unflatten comes first. The error wraps
// [onnx.ErrUnsupported] and names the node that is no layer.
func Tail(n *onnx.Net, c onnx.Cut) (Head, error) {
	return lowered(n, c, func(l *lowerer, from int) value { return l.cut(c, n.Dims(from)) })
}

// Whole lowers all of a network, which takes samples as they are. Its errors are those of
// [Tail].
func Whole(n *onnx.Net) (Head, error) {
	return lowered(n, n.Start(), func(*lowerer, int) value { return plain(0, n.Sample()) })
}

// lowered lowers what lies behind a cut, of which first makes the head's value.
func lowered(n *onnx.Net, c onnx.Cut, first func(l *lowerer, from int) value) (Head, error) {
	from, nodes, output := n.Tail(c)
	l := lowerer{net: n, nodes: nodes, values: map[int]value{}, users: map[int][]int{}, from: map[int]int{}, done: map[int]bool{}}
	for i, nd := range nodes {
		for _, v := range nd.In {
			l.users[v] = append(l.users[v], i)
		}
		for _, v := range nd.Out {
			l.from[v] = i
		}
	}
	l.users[output] = append(l.users[output], len(nodes)) // the output is used outside
	l.values[from] = first(&l, from)
	for i := range nodes {
		if l.done[i] || !l.flows(nodes[i]) {
			continue
		}
		l.origin = l.called(nodes[i])
		if err := l.node(i); err != nil {
			return Head{}, fmt.Errorf("%w: node %.60q (%s): %w", onnx.ErrUnsupported, nodes[i].Name, nodes[i].OpType, err)
		}
	}
	v, ok := l.values[output]
	if !ok {
		return Head{}, fmt.Errorf("%w: the output is not that of the last layer", onnx.ErrUnsupported)
	}
	if c.Shared != "" {
		return Head{}, fmt.Errorf("%w: the weight %.60q is used on both sides of the cut, and would come apart", onnx.ErrUnsupported, c.Shared)
	}
	v = l.canonical(v)
	if l.err != nil || v.id == 0 || len(v.dims) == 0 || !slices.Equal(v.dims[0], []int{batch}) {
		return Head{}, fmt.Errorf("%w: an output of dimensions %v", onnx.ErrUnsupported, v.all())
	}
	return l.head(v.id), nil
}

// cut is the value at a cut, which the head has as rows of numbers.
func (l *lowerer) cut(c onnx.Cut, dims []onnx.Dim) value {
	v := plain(l.view(0, []int{size(c.Shape)}, c.Shape), c.Shape)
	if b := slices.IndexFunc(dims, func(d onnx.Dim) bool { return d.Batch }); b > 0 {
		v.dims = slices.Insert(v.dims[1:], b, []int{batch})
	}
	return v
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

type args = map[string]any

// weights are a layer's by name.
type weights = map[string]*ops.Value

// layer is a node of the head.
type layer struct {
	nn.Node
	weights weights
	origin  string
}

type lowerer struct {
	net    *onnx.Net
	nodes  []onnx.View
	values map[int]value // of the graph
	users  map[int][]int // the nodes that take a value
	from   map[int]int   // the node that gives a value
	done   map[int]bool  // nodes that became part of an earlier one's layer
	layers []layer
	origin string // of the layers that are being added
	err    error  // of a view that cannot be
}

// add appends a layer and returns its value.
func (l *lowerer) add(typ string, params args, w weights, inputs ...int) int {
	if params == nil {
		params = args{}
	}
	l.layers = append(l.layers, layer{nn.Node{Spec: nn.Spec{Type: typ, Params: params}, Inputs: inputs}, w, l.origin})
	return len(l.layers)
}

// head is the network that computes a value: layers that it does not need are left out.
func (l *lowerer) head(output int) Head {
	needed := map[int]bool{output: true}
	for v := output; v > 0; v-- {
		if needed[v] {
			for _, in := range l.layers[v-1].Inputs {
				needed[in] = true
			}
		}
	}
	h, number := Head{Weights: map[string]tensor.Tensor{}}, map[int]int{0: 0}
	for v := 1; v <= output; v++ {
		if !needed[v] {
			continue
		}
		nd := l.layers[v-1].Node
		own := map[string]tensor.Tensor{}
		for name, w := range l.layers[v-1].weights {
			t := tensor.Tensor{Shape: slices.Clone(w.Shape), Data: w.Own()}
			if first := twin(h.Weights, t); first != "" && !strings.HasPrefix(name, "running_") {
				if nd.Tied == nil {
					nd.Tied = map[string]string{}
				}
				nd.Tied[name] = first
				continue
			}
			own[fmt.Sprintf("layers.%d.%s", len(h.Nodes), name)] = t
		}
		maps.Copy(h.Weights, own)
		for k, in := range nd.Inputs {
			nd.Inputs[k] = number[in]
		}
		h.Nodes, h.Origins = append(h.Nodes, nd), append(h.Origins, l.layers[v-1].origin)
		number[v] = len(h.Nodes)
	}
	return h
}

// twin names a weight of an earlier layer with the same numbers, which is the same one
// to the exporter; "" for none. Where all are alike nothing follows: different weights
// begin with ones or zeros.
func twin(weights map[string]tensor.Tensor, w tensor.Tensor) (first string) {
	if alike(w.Data) {
		return ""
	}
	for name, t := range weights {
		if slices.Equal(t.Shape, w.Shape) && slices.Equal(t.Data, w.Data) && !strings.Contains(name, ".running_") && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// flows reports whether a node takes data from the cut; others compute shapes, or
// constants for every batch.
func (l *lowerer) flows(nd onnx.View) bool {
	return nd.OpType != "Shape" && nd.OpType != "Size" && slices.ContainsFunc(nd.In, func(v int) bool {
		_, ok := l.values[v]
		return ok
	})
}

// node lowers node i, and perhaps some behind it that are one layer with it.
func (l *lowerer) node(i int) error {
	nd := l.nodes[i]
	rule, ok := rules[nd.OpType]
	if !ok {
		return fmt.Errorf("no layer does it")
	}
	k := slices.IndexFunc(nd.Out[1:], func(v int) bool { return v >= 0 && len(l.users[v]) > 0 })
	if k >= 0 && !several[nd.OpType] {
		return fmt.Errorf("its output %d is used", k+1)
	}
	if err := rule(l, i, nd); err != nil {
		return err
	}
	return l.err
}

// called is what the file calls a node and its weights: its own, the one of several dimensions, and others that go into the
// layer, such as a bias behind it, which exporters name where they turn a matrix around and give it a name of their own.
func (l *lowerer) called(nd onnx.View, others ...int) string {
	own := slices.IndexFunc(nd.In, func(v int) bool {
		c := l.net.Const(v)
		return c != nil && c.Type.Floating() && len(c.Shape) > 1
	})
	if own < 0 {
		return nd.Name
	}
	var names []string
	for _, v := range append([]int{nd.In[own]}, others...) {
		names = append(names, l.net.Name(v))
	}
	if nd.Name != "" {
		names = append(names, "node "+nd.Name)
	}
	return strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), ", ")
}

// rule says what an operator becomes: that of node i.
type rule = func(l *lowerer, i int, nd onnx.View) error

// rules are those of all operators that are known; several are the ones among them
// with more than one output.
var (
	rules   map[string]rule
	several = map[string]bool{"LinearClassifier": true, "Split": true, "LSTM": true, "GRU": true, "RNN": true}
)

// set says what a value of the graph is.
func (l *lowerer) set(v int, is value) error {
	if want := l.net.Dims(v); want != nil && !slices.Equal(want, is.all()) {
		return fmt.Errorf("an output of dimensions %v instead of %v", is.all(), want)
	}
	l.values[v] = is
	return nil
}

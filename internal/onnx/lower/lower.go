// Package lower turns the tail of an ONNX network into layers of torch.nn that can be
// trained: what a head is made of. It knows the patterns that exporters write for one
// layer; what it does not know it refuses by name.
package lower

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Head is a network of layers with its weights, named layers.<i>.<param>.
type Head struct {
	Nodes   []nn.Node
	Weights map[string]tensor.Tensor
}

// Tail lowers what lies behind a cut. The head takes the value there as rows of
// numbers; where it has more dimensions, an Unflatten comes first. The error wraps
// [onnx.ErrUnsupported] and names the node that is no layer.
func Tail(n *onnx.Net, c onnx.Cut) (Head, error) {
	from, nodes, output := n.Tail(c)
	l := lowerer{net: n, nodes: nodes, values: map[int]int{}, users: map[int][]int{}, done: map[int]bool{},
		head: Head{Weights: map[string]tensor.Tensor{}}}
	for i, nd := range nodes {
		for _, v := range nd.In {
			l.users[v] = append(l.users[v], i)
		}
	}
	l.users[output] = append(l.users[output], len(nodes)) // the output is used outside
	l.values[from] = 0
	if len(c.Shape) != 1 {
		l.values[from] = l.add("Unflatten", args{"dim": 1.0, "unflattened_size": list(c.Shape)}, nil, 0)
	}
	for i := range nodes {
		if l.done[i] {
			continue
		}
		if err := l.node(i); err != nil {
			return Head{}, fmt.Errorf("%w: node %.60q (%s): %w", onnx.ErrUnsupported, nodes[i].Name, nodes[i].OpType, err)
		}
	}
	last, ok := l.values[output]
	if !ok || last != len(l.head.Nodes) {
		return Head{}, fmt.Errorf("%w: the output is not that of the last layer", onnx.ErrUnsupported)
	}
	return l.head, nil
}

type args = map[string]any

// weights are a layer's by name.
type weights = map[string]*ops.Value

type lowerer struct {
	net    *onnx.Net
	nodes  []onnx.View
	values map[int]int   // of the graph, in the head
	users  map[int][]int // the nodes that take a value
	done   map[int]bool  // nodes that became part of an earlier one's layer
	head   Head
}

// add appends a layer and returns its value.
func (l *lowerer) add(typ string, params args, w weights, inputs ...int) int {
	i := len(l.head.Nodes)
	if params == nil {
		params = args{}
	}
	l.head.Nodes = append(l.head.Nodes, nn.Node{Spec: nn.Spec{Type: typ, Params: params}, Inputs: inputs})
	for name, v := range w {
		l.head.Weights[fmt.Sprintf("layers.%d.%s", i, name)] = tensor.Tensor{Shape: slices.Clone(v.Shape), Data: slices.Clone(v.F)}
	}
	return i + 1
}

// node lowers node i, and perhaps some behind it that are one layer with it.
func (l *lowerer) node(i int) error {
	nd := l.nodes[i]
	rule, ok := rules[nd.OpType]
	if !ok {
		return fmt.Errorf("no layer does it")
	}
	if nd.OpType == "LinearClassifier" { // the scores are its second output
		return rule(l, i, nd)
	}
	if i := slices.IndexFunc(nd.Out[1:], func(v int) bool { return v >= 0 && len(l.users[v]) > 0 }); i >= 0 {
		return fmt.Errorf("its output %d is used", i+1)
	}
	return rule(l, i, nd)
}

// rules say what an operator becomes.
var rules map[string]func(l *lowerer, i int, nd onnx.View) error

// data is the head's value for input k of a node, which must not be a constant.
func (l *lowerer) data(nd onnx.View, k int) (int, error) {
	if k >= len(nd.In) {
		return 0, fmt.Errorf("input %d is missing", k)
	}
	v, ok := l.values[nd.In[k]]
	if !ok {
		return 0, fmt.Errorf("input %d does not come from the cut", k)
	}
	return v, nil
}

// constant is input k of a node, which must be a constant of floating-point numbers.
func (l *lowerer) constant(nd onnx.View, k int) (*ops.Value, error) {
	if k < len(nd.In) {
		if v := l.net.Const(nd.In[k]); v != nil && v.Type.Floating() {
			return v, nil
		}
	}
	return nil, fmt.Errorf("input %d is not constant", k)
}

// shapes are those of a node's first input and output, for one sample.
func (l *lowerer) shapes(nd onnx.View) (in, out []int, err error) {
	in, ok := l.net.Shape(nd.In[0])
	out, ok2 := l.net.Shape(nd.Out[0])
	if !ok || !ok2 {
		return nil, nil, fmt.Errorf("the batch is not the first dimension")
	}
	return in, out, nil
}

// layer makes one layer of a node with one data input.
func (l *lowerer) layer(nd onnx.View, typ string, params args, w weights) error {
	x, err := l.data(nd, 0)
	if err == nil {
		l.values[nd.Out[0]] = l.add(typ, params, w, x)
	}
	return err
}

// only is the node that alone takes a value.
func (l *lowerer) only(v int) (i int, nd onnx.View, ok bool) {
	if u := l.users[v]; len(u) == 1 && u[0] < len(l.nodes) {
		return u[0], l.nodes[u[0]], true
	}
	return 0, onnx.View{}, false
}

// simple is a rule for a layer without weights.
func simple(typ string, params func(nd onnx.View) (args, error)) func(*lowerer, int, onnx.View) error {
	return func(l *lowerer, _ int, nd onnx.View) error {
		var p args
		if params != nil {
			var err error
			if p, err = params(nd); err != nil {
				return err
			}
		}
		return l.layer(nd, typ, p, nil)
	}
}

// alpha is a rule for a layer with one number.
func alpha(typ, name string, def float32) func(*lowerer, int, onnx.View) error {
	return simple(typ, func(nd onnx.View) (args, error) { return args{name: number(float(nd, "alpha", def))}, nil })
}

// number is a float32 as the shortest JSON number that reads back as the same.
func number(f float32) float64 {
	if f == float32(math.Trunc(float64(f))) {
		return float64(f)
	}
	return shortest(f)
}

func list(ints []int) []any {
	out := make([]any, len(ints))
	for i, v := range ints {
		out[i] = float64(v)
	}
	return out
}

func attr(nd onnx.View, name string) *wire.Attribute {
	for _, a := range nd.Attributes {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func float(nd onnx.View, name string, def float32) float32 {
	if a := attr(nd, name); a != nil {
		return a.F
	}
	return def
}

func integer(nd onnx.View, name string, def int) int {
	if a := attr(nd, name); a != nil {
		return int(a.I)
	}
	return def
}

func integers(nd onnx.View, name string) []int {
	a := attr(nd, name)
	if a == nil {
		return nil
	}
	out := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		out[i] = int(v)
	}
	return out
}

func text(nd onnx.View, name, def string) string {
	if a := attr(nd, name); a != nil {
		return a.S
	}
	return def
}

package nn

import "github.com/decloud-sdk/decloud-go/internal/nn/layers"

// Spec is one layer: the name of its class in torch.nn and its arguments.
type Spec = layers.Spec

// ErrUnsupported is wrapped by every error about a layer, or an option of one,
// that this package does not implement.
var ErrUnsupported = layers.ErrUnsupported

// Specs converts layers of a public type with Spec's fields.
func Specs[L ~struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}](list []L) []Spec {
	specs := make([]Spec, len(list))
	for i, l := range list {
		specs[i] = Spec(l)
	}
	return specs
}

// Nodes is the graph of layers of a public type with Spec's fields: inputs says which
// values each takes ([Node]); nil means that they run in order.
func Nodes[L ~struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}](list []L, inputs [][]int) []Node {
	if inputs == nil {
		return List(Specs(list))
	}
	nodes := make([]Node, len(list))
	for i, l := range list {
		nodes[i].Spec = Spec(l)
		if i < len(inputs) {
			nodes[i].Inputs = inputs[i]
		}
	}
	return nodes
}

// Supported lists the layer types that New accepts, sorted.
func Supported() []string { return layers.Supported() }

// GraphOnly reports whether a layer type stands in graphs only, not in lists.
func GraphOnly(name string) bool { return layers.GraphOnly(name) }

// SameSpec reports whether two layers are the same: of one type, with arguments of
// the same values, whether written out or left to their defaults.
func SameSpec(a, b Spec) (bool, error) { return layers.SameSpec(a, b) }

// ParamShapes names the layer's parameters and buffers with their shapes in
// PyTorch's layout ("weight": [out, in]). A layer without any gives an empty
// map; an unknown layer or argument gives an error that wraps [ErrUnsupported].
func ParamShapes(s Spec) (map[string][]int, error) { return layers.ParamShapes(s) }

// LearnableParams is the number of the layer's learnable values: its parameters
// without buffers such as BatchNorm's running statistics.
func LearnableParams(s Spec) (int, error) { return layers.LearnableParams(s) }

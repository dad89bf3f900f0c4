package nn

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
)

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
// values each takes ([Node]); nil means that they run in order. tied names weights,
// layers.<i>.<param>, that are those of earlier layers.
func Nodes[L ~struct {
	Type   string         `json:"type"`
	Params map[string]any `json:"params"`
}](list []L, inputs [][]int, tied map[string]string) []Node {
	nodes := List(Specs(list))
	for i := range nodes {
		if inputs != nil {
			nodes[i].Inputs = nil
		}
		if i < len(inputs) {
			nodes[i].Inputs = inputs[i]
		}
	}
	for name, to := range tied {
		var i int
		var param string
		if _, err := fmt.Sscanf(name, "layers.%d.%s", &i, &param); err != nil || i < 0 || i >= len(nodes) {
			continue // a caller's mistake: its weight will be missing
		}
		if nodes[i].Tied == nil {
			nodes[i].Tied = map[string]string{}
		}
		nodes[i].Tied[param] = to
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

package layers

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// class reads the arguments of one class of torch.nn.
type class func(a *args) Plan

// classes are the layers this package knows; the files of the layers fill it.
var classes = map[string]class{}

// graphOnly are the ones among them that a list of layers cannot hold: torch.nn has no
// class for them.
var graphOnly = map[string]bool{}

// GraphOnly reports whether a layer type stands in graphs only.
func GraphOnly(name string) bool { return graphOnly[name] }

// register is called from init functions only.
func register(name string, c class) { classes[name] = c }

// Supported lists the layer types that a list of layers can hold, sorted.
func Supported() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(classes)), func(name string) bool { return graphOnly[name] })
}

// Read reads a Spec. An unknown layer or argument is an error that wraps
// [ErrUnsupported].
func Read(s Spec) (Plan, error) {
	p, _, err := read(s)
	return p, err
}

// read also returns the values of all arguments, defaults included.
func read(s Spec) (Plan, map[string]any, error) {
	c, ok := classes[s.Type]
	if !ok {
		return Plan{}, nil, fmt.Errorf("layer type %q is %w; supported are %s", s.Type, ErrUnsupported, strings.Join(Supported(), ", "))
	}
	a := s.args()
	p := c(a)
	if err := a.done(); err != nil {
		return Plan{}, nil, fmt.Errorf("%s: %w", s.Type, err)
	}
	for _, ps := range p.Params {
		if _, err := Elements(ps.Shape); err != nil {
			return Plan{}, nil, fmt.Errorf("%s: parameter %s: %w", s.Type, ps.Name, err)
		}
	}
	return p, a.resolved, nil
}

// SameSpec reports whether two layers are the same: of one type, with arguments of
// the same values, whether written out or left to their defaults.
func SameSpec(a, b Spec) (bool, error) {
	_, ra, err := read(a)
	if err != nil {
		return false, err
	}
	_, rb, err := read(b)
	if err != nil {
		return false, err
	}
	return a.Type == b.Type && reflect.DeepEqual(ra, rb), nil
}

// ParamShapes names the layer's parameters and buffers with their shapes in
// PyTorch's layout ("weight": [out, in]). A layer without any gives an empty
// map; an unknown layer or argument gives an error that wraps [ErrUnsupported].
func ParamShapes(s Spec) (map[string][]int, error) {
	p, err := Read(s)
	if err != nil {
		return nil, err
	}
	shapes := make(map[string][]int, len(p.Params))
	for _, ps := range p.Params {
		shapes[ps.Name] = ps.Shape
	}
	return shapes, nil
}

// LearnableParams is the number of the layer's learnable values: its parameters
// without buffers such as BatchNorm's running statistics.
func LearnableParams(s Spec) (int, error) {
	p, err := Read(s)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, ps := range p.Params {
		if !ps.Buffer {
			n += elements(ps.Shape)
		}
	}
	return n, nil
}

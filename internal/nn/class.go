package nn

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// plan is a layer whose arguments have been read, before it has parameters.
type plan struct {
	params []paramSpec
	build  func(p []*param) layer
}

// class reads the arguments of one torch.nn class.
type class func(a *args) plan

// classes are the layers this package knows; the files of the layers fill it.
var classes = map[string]class{}

// register is called from init functions only.
func register(name string, c class) { classes[name] = c }

// Supported lists the layer types that New accepts, sorted.
func Supported() []string { return slices.Sorted(maps.Keys(classes)) }

// planOf reads a Spec.
func planOf(s Spec) (plan, error) {
	p, _, err := read(s)
	return p, err
}

// read returns what the arguments came to as well, defaults included.
func read(s Spec) (plan, map[string]any, error) {
	c, ok := classes[s.Type]
	if !ok {
		return plan{}, nil, fmt.Errorf("layer type %q is %w; supported are %s", s.Type, ErrUnsupported, strings.Join(Supported(), ", "))
	}
	a := s.args()
	p := c(a)
	if err := a.done(); err != nil {
		return plan{}, nil, fmt.Errorf("%s: %w", s.Type, err)
	}
	for _, ps := range p.params {
		if _, err := product(ps.shape); err != nil {
			return plan{}, nil, fmt.Errorf("%s: parameter %s: %w", s.Type, ps.name, err)
		}
	}
	return p, a.resolved, nil
}

// SameSpec reports whether two layers are the same one: of one type, with
// arguments that come to the same values whether written out or left to their
// defaults.
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
	p, err := planOf(s)
	if err != nil {
		return nil, err
	}
	shapes := make(map[string][]int, len(p.params))
	for _, ps := range p.params {
		shapes[ps.name] = ps.shape
	}
	return shapes, nil
}

// LearnableParams is the number of the layer's learnable values: its parameters
// without buffers such as BatchNorm's running statistics.
func LearnableParams(s Spec) (int, error) {
	p, err := planOf(s)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, ps := range p.params {
		if !ps.buffer {
			n += elements(ps.shape)
		}
	}
	return n, nil
}

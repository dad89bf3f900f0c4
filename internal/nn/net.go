package nn

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// Net is a network: layers that run in order, with their weights. Forward may
// be called from several goroutines at once, but not during training.
type Net struct {
	specs  []Spec
	layers []layer
}

// ErrWeights is wrapped by errors about weights that do not fit their layers.
var ErrWeights = errors.New("weights do not fit the layers")

// New builds a network from its layers and the weights named
// layers.<i>.<param>, where i counts every layer from 0, in PyTorch's names and
// layouts. It fails where a layer or an argument is unknown ([ErrUnsupported]),
// and where a weight is missing, of another shape, left over or not finite
// ([ErrWeights]). The weights are copied.
func New(specs []Spec, weights map[string]tensor.Tensor) (*Net, error) {
	n := &Net{specs: slices.Clone(specs)}
	used := 0
	for i, s := range specs {
		p, err := planOf(s)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		params := make([]*param, len(p.params))
		for j, ps := range p.params {
			name := layerName(i) + ps.name
			t, ok := weights[name]
			switch {
			case ok:
				used++
			case ps.optional:
				t = tensor.Tensor{Shape: ps.shape, Data: make([]float32, elements(ps.shape))}
			default:
				return nil, fmt.Errorf("%w: %s (%s, shape %v) is missing", ErrWeights, name, s.Type, ps.shape)
			}
			if !sameShape(t.Shape, ps.shape) || len(t.Data) != elements(ps.shape) {
				return nil, fmt.Errorf("%w: %s has shape %v (%d values): %s wants %v", ErrWeights, name, t.Shape, len(t.Data), s.Type, ps.shape)
			}
			if err := tensor.CheckFinite(t.Data); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrWeights, name, err)
			}
			params[j] = newParam(ps, t)
		}
		n.layers = append(n.layers, p.build(params))
	}
	if used != len(weights) {
		return nil, n.leftOver(weights)
	}
	return n, nil
}

// layerName is what the names of layer i's weights begin with.
func layerName(i int) string { return fmt.Sprintf("layers.%d.", i) }

// leftOver names the weights that no layer asked for.
func (n *Net) leftOver(weights map[string]tensor.Tensor) error {
	known := n.Weights()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if _, ok := known[name]; !ok {
			names = append(names, name)
		}
	}
	if len(names) > 8 {
		names = append(names[:8], "…")
	}
	return fmt.Errorf("%w: no layer has %s", ErrWeights, strings.Join(names, ", "))
}

// Weights copies the weights out, named and laid out as New takes them.
func (n *Net) Weights() map[string]tensor.Tensor {
	w := map[string]tensor.Tensor{}
	for i, l := range n.layers {
		for _, p := range l.params() {
			w[layerName(i)+p.name] = p.tensor()
		}
	}
	return w
}

// NumParams is the number of learnable values, BatchNorm's buffers not counted.
func (n *Net) NumParams() int {
	total := 0
	for _, p := range n.learnable() {
		total += len(p.w)
	}
	return total
}

// learnable lists the parameters that training changes, in order.
func (n *Net) learnable() []*param {
	var ps []*param
	for _, l := range n.layers {
		for _, p := range l.params() {
			if !p.buffer {
				ps = append(ps, p)
			}
		}
	}
	return ps
}

// OutputShape is the shape of one output for one input of shape in, both
// without the batch. It fails at the first layer that cannot take its input.
func (n *Net) OutputShape(in []int) ([]int, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return nil, err
	}
	return slices.Clone(shapes[len(n.layers)]), nil
}

// shapes gives the shape of a sample before each layer, and after the last.
func (n *Net) shapes(in []int) ([][]int, error) {
	size, err := product(in)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, fmt.Errorf("an input of shape %v is empty", in)
	}
	all := [][]int{slices.Clone(in)}
	for i, l := range n.layers {
		out, err := l.outShape(all[i])
		if err != nil {
			return nil, n.errorf(i, "input of shape %v: %w", all[i], err)
		}
		if size, err = product(out); err != nil {
			return nil, n.errorf(i, "%w", err)
		}
		if size == 0 {
			return nil, n.errorf(i, "an input of shape %v leaves nothing: output %v", all[i], out)
		}
		all = append(all, out)
	}
	return all, nil
}

// errorf names layer i.
func (n *Net) errorf(i int, format string, v ...any) error {
	return fmt.Errorf("layer %d (%s): %w", i, n.specs[i].Type, fmt.Errorf(format, v...))
}

// CheckFinite fails, naming the weight, where training has left the finite
// numbers.
func (n *Net) CheckFinite() error {
	for i, l := range n.layers {
		for _, p := range l.params() {
			if err := tensor.CheckFinite(p.w); err != nil {
				return n.errorf(i, "%s: %w", p.name, err)
			}
		}
	}
	return nil
}

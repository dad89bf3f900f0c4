package update

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/packagefmt/safetensors"
)

// Change is what training did to a head: for each of its weights, by name, the
// trained value minus the model's.
type Change map[string]safetensors.Tensor

// Names are the names of the weights, in the order in which everything goes
// through them.
func (c Change) Names() []string { return slices.Sorted(maps.Keys(c)) }

// Diff returns trained − model. The error wraps [ErrLayers] unless both have the
// same weights, and [ErrNotFinite] if a difference is not finite.
func Diff(trained, model packagefmt.Network) (Change, error) {
	if err := sameWeights(trained.Weights, model.Weights); err != nil {
		return nil, err
	}
	out := make(Change, len(model.Weights))
	for name, from := range model.Weights {
		to := trained.Weights[name].Data
		data := make([]float32, len(from.Data))
		for i, w := range from.Data {
			data[i] = to[i] - w
		}
		out[name] = safetensors.Tensor{Shape: from.Shape, Data: data}
	}
	return out, out.checkFinite()
}

// Apply returns model + change.
func (c Change) Apply(model packagefmt.Network) (packagefmt.Network, error) {
	if err := sameWeights(c, model.Weights); err != nil {
		return packagefmt.Network{}, err
	}
	out := packagefmt.Network{Layers: model.Layers, Weights: make(map[string]safetensors.Tensor, len(c))}
	for name, from := range model.Weights {
		data := make([]float32, len(from.Data))
		for i, w := range from.Data {
			data[i] = w + c[name].Data[i]
		}
		out.Weights[name] = safetensors.Tensor{Shape: from.Shape, Data: data}
	}
	return out, Change(out.Weights).checkFinite()
}

// Norm is the Euclidean norm of the learned weights ([packagefmt.Learned]).
func (c Change) Norm() float64 {
	squares := 0.0
	for _, name := range c.Names() {
		if packagefmt.Learned(name) {
			for _, v := range c[name].Data {
				squares += float64(float64(v) * float64(v))
			}
		}
	}
	return math.Sqrt(squares)
}

// add returns c + other; a nil other counts as zeros.
func (c Change) add(other Change) Change {
	if other == nil {
		return c
	}
	return c.combine(other, func(a, b float32) float32 { return a + b })
}

func (c Change) minus(other Change) Change {
	return c.combine(other, func(a, b float32) float32 { return a - b })
}

func (c Change) combine(other Change, f func(a, b float32) float32) Change {
	out := make(Change, len(c))
	for name, t := range c {
		data := make([]float32, len(t.Data))
		for i, v := range t.Data {
			data[i] = f(v, other[name].Data[i])
		}
		out[name] = safetensors.Tensor{Shape: t.Shape, Data: data}
	}
	return out
}

func (c Change) checkFinite() error {
	for _, name := range c.Names() {
		if err := c[name].Check(); err != nil {
			return fmt.Errorf("%w: %q: %w", ErrNotFinite, name, err)
		}
	}
	return nil
}

// sameWeights fails with [ErrLayers] unless got has the names and shapes of want.
func sameWeights(got, want map[string]safetensors.Tensor) error {
	if len(got) != len(want) {
		return fmt.Errorf("%w: %d weights, the model has %d", ErrLayers, len(got), len(want))
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t, ok := got[name]
		if !ok {
			return fmt.Errorf("%w: no weight %q", ErrLayers, name)
		}
		if !slices.Equal(t.Shape, want[name].Shape) || len(t.Data) != len(want[name].Data) {
			return fmt.Errorf("%w: %q has shape %v, the model's has %v", ErrLayers, name, t.Shape, want[name].Shape)
		}
	}
	return nil
}

package nn

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// ErrWeights is wrapped by errors about weights that do not fit their layers.
var ErrWeights = errors.New("weights do not fit the layers")

// weightName is the name of a parameter of the caller's node i.
func weightName(i int, param string) string { return fmt.Sprintf("layers.%d.%s", i, param) }

// params takes the parameters of the caller's node i out of the weights, or those of
// the nodes that they are tied to.
func (b *builder) params(i int, plan layers.Plan, ties map[string]string) ([]*layers.Param, error) {
	params, tied := make([]*layers.Param, len(plan.Params)), 0
	for j, ps := range plan.Params {
		name, typ := weightName(i, ps.Name), b.net.specs[i].Type
		if to, ok := ties[ps.Name]; ok {
			owner := b.owners[to]
			if owner == nil || ps.Buffer || !slices.Equal(owner.Shape, ps.Shape) {
				return nil, fmt.Errorf("%w: %s (%s, shape %v) cannot be tied to %.100q: no earlier layer has such a parameter of its own of that shape", ErrWeights, name, typ, ps.Shape, to)
			}
			params[j] = layers.TiedParam(ps, owner)
			b.net.tied, tied = append(b.net.tied, params[j]), tied+1
			continue
		}
		t, ok := b.source[name]
		switch {
		case ok:
			b.used++
		case ps.Optional:
			t = tensor.New(ps.Shape...)
		default:
			return nil, fmt.Errorf("%w: %s (%s, shape %v) is missing", ErrWeights, name, typ, ps.Shape)
		}
		if !slices.Equal(t.Shape, ps.Shape) || len(t.Data) != tensor.Size(ps.Shape) {
			return nil, fmt.Errorf("%w: %s has shape %v (%d values): %s wants %v", ErrWeights, name, t.Shape, len(t.Data), typ, ps.Shape)
		}
		if err := tensor.CheckFinite(t.Data); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrWeights, name, err)
		}
		params[j] = b.make(ps, t)
		if !ps.Buffer {
			b.owners[name] = params[j]
		}
	}
	if tied != len(ties) {
		return nil, fmt.Errorf("%w: layer %d (%s) ties a parameter that it does not have", ErrWeights, i, b.net.specs[i].Type)
	}
	return params, nil
}

// eachParam calls f for every parameter and buffer in order, with the caller's
// node that it belongs to, until f fails. Those that are tied to others are left out.
func (n *Net) eachParam(f func(owner int, p *layers.Param) error) error {
	for _, nd := range n.nodes {
		for _, p := range nd.layer.Params() {
			if p.Tied != nil {
				continue
			}
			if err := f(nd.owner, p); err != nil {
				return err
			}
		}
	}
	return nil
}

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
	_ = n.eachParam(func(owner int, p *layers.Param) error { // which never fails
		w[weightName(owner, p.Name)] = p.Tensor()
		return nil
	})
	return w
}

// NumParams is the number of learnable values, BatchNorm's buffers not counted.
func (n *Net) NumParams() int {
	total := 0
	for _, p := range n.learnable() {
		total += len(p.W)
	}
	return total
}

// learnable lists the parameters that training changes, in order.
func (n *Net) learnable() []*layers.Param {
	var ps []*layers.Param
	_ = n.eachParam(func(_ int, p *layers.Param) error { // which never fails
		if p.Learned() {
			ps = append(ps, p)
		}
		return nil
	})
	return ps
}

// CheckFinite fails, naming the weight, if a weight is no longer finite.
func (n *Net) CheckFinite() error {
	return n.eachParam(func(owner int, p *layers.Param) error {
		if err := tensor.CheckFinite(p.W); err != nil {
			return n.errorf(owner, "%s: %w", p.Name, err)
		}
		return nil
	})
}

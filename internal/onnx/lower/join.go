package lower

import (
	"fmt"
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/nn/layers"
	"github.com/decloud-sdk/decloud-go/internal/onnx"
	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
)

// maskFrom is how large numbers are that switch something off when they are added: no
// weight that can be trained, and not to be.
const maskFrom = 1e4

// join is a node that computes element by element from two values, of which one may be
// a constant.
func join(op string) rule {
	return func(l *lowerer, _ int, nd onnx.View) error {
		to := l.net.Dims(nd.Out[0])
		if to == nil {
			return fmt.Errorf("an output whose dimensions do not follow from the batch")
		}
		for k := range 2 {
			if c := l.net.PerSample(nd.In[k]); c != nil && c.Type.Floating() {
				if op == "Add" && causal(c.Shape, c.F, masks) {
					return l.masked(nd, 1-k, layers.Lowest)
				}
				if len(c.F) > 0 && !alike(c.F) && !l.copies(nd.In[k]) {
					return fmt.Errorf("weights that are computed from others for every batch")
				}
				return l.joinConstant(op, nd, 1-k, c, to)
			}
		}
		var in [2]value
		for k := range in {
			v, err := l.data(nd, k)
			if err != nil {
				return err
			}
			if in[k], err = l.expanded(v, to); err != nil {
				return err
			}
		}
		typ := op
		if op == "Sub" {
			typ, in[1] = "Add", l.times(in[1], -1)
		}
		v, err := l.joined(typ, in[0], in[1])
		if err != nil {
			return err
		}
		return l.set(nd.Out[0], v)
	}
}

// joinConstant computes with a constant; k is the other input.
func (l *lowerer) joinConstant(op string, nd onnx.View, k int, c *ops.Value, to []onnx.Dim) error {
	v, err := l.data(nd, k)
	if err != nil {
		return err
	}
	if v, err = l.expanded(v, to); err != nil {
		return err
	}
	switch {
	case op == "Div" && (k != 0 || len(c.F) != 1):
		return fmt.Errorf("a quotient by more than a number")
	case op == "Div":
		op, c = "Mul", ops.Float([]float32{1 / c.F[0]}, c.Shape...)
	case op == "Sub" && k == 0:
		op, c = "Add", scaled(c, -1)
	case op == "Sub":
		op, v = "Add", l.times(v, -1)
	}
	if len(c.F) == 0 {
		return fmt.Errorf("a constant without numbers")
	}
	for _, x := range c.F {
		if most := math.Abs(float64(x)); !(most < maskFrom || c.Size() == 1 && most <= math.MaxFloat32) {
			return fmt.Errorf("a mask of numbers such as %v", x)
		}
	}
	if v, err = l.broadcast(op, v, c); err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

// broadcast adds or multiplies by a constant: a number, or a weight for some of the last
// dimensions.
func (l *lowerer) broadcast(op string, v value, c *ops.Value) (value, error) {
	typ, arg, neutral := "Scale", "factor", float32(1)
	if op == "Add" {
		typ, arg, neutral = "Bias", "value", 0
	}
	if c.Size() == 1 || alike(c.F) && c.F[0] == neutral {
		if c.F[0] == neutral {
			return v, nil
		}
		return v.with(l.add(typ, args{arg: number(c.F[0])}, nil, v.id)), nil
	}
	c = once(c)
	shape := c.Shape
	for len(shape) > 0 && shape[0] == 1 {
		shape = shape[1:]
	}
	var err error
	if inner := v.dims[len(v.dims)-len(shape):]; slices.Contains(slices.Concat(inner...), batch) {
		// The batch is among those dimensions: the constant has 1 there.
		v = l.canonical(v)
		var own []int
		for d, group := range inner {
			if !slices.Contains(group, batch) {
				own = append(own, shape[d])
			} else if len(group) > 1 || shape[d] != 1 {
				return v, fmt.Errorf("a constant of shape %v for dimensions %v", c.Shape, v.all())
			}
		}
		shape = own
	} else if v, err = l.lastInside(v, len(shape)); err != nil {
		return v, err
	}
	w := ops.Float(c.F, shape...)
	return v.with(l.add(typ, args{"shape": list(shape)}, weights{"weight": w}, v.id)), nil
}

// where takes one of two values, by a condition that is the same for all samples: a mask
// that masks nothing, or a causal one.
func where(l *lowerer, _ int, nd onnx.View) error {
	c := l.net.PerSample(nd.In[0])
	if c == nil || len(c.I) == 0 {
		return l.chosen(nd)
	}
	is := func(want int64) func(x int64) bool { return func(x int64) bool { return x == want } }
	kept := 1
	switch {
	case causal(c.Shape, c.I, is(0)):
	case causal(c.Shape, c.I, is(1)):
		kept = 2
	case alike(c.I):
		if c.I[0] == 0 {
			kept = 2
		}
		return l.expand(nd, kept)
	default:
		return fmt.Errorf("a mask that is not causal (no token sees those after it)")
	}
	if fill := l.net.PerSample(nd.In[3-kept]); fill != nil && len(fill.F) > 0 && alike(fill.F) {
		return l.masked(nd, kept, max(fill.F[0], layers.Lowest))
	}
	return fmt.Errorf("a mask between two values")
}

// masks reports whether adding x switches a score off.
func masks(x float32) bool { return x <= -maskFrom }

// causal reports whether a mask [..., n, n] says yes to what is behind the diagonal, and to all else a plain no: of
// numbers, that they are 0 or 1.
func causal[T int64 | float32](shape []int, mask []T, yes func(x T) bool) bool {
	d := len(shape) - 2
	if d < 0 || shape[d] != shape[d+1] || shape[d] < 2 || len(mask) == 0 {
		return false
	}
	n := shape[d]
	for i, x := range mask {
		behind := i%n > i/n%n
		if yes(x) != behind || !behind && x*x != x {
			return false
		}
	}
	return true
}

// masked puts a number in the place of what is behind the diagonal of input k.
func (l *lowerer) masked(nd onnx.View, k int, fill float32) error {
	v, err := l.data(nd, k)
	if err != nil {
		return err
	}
	if v, err = l.expanded(v, l.net.Dims(nd.Out[0])); err != nil {
		return err
	}
	if v, err = l.lastInside(v, 2); err != nil {
		return err
	}
	return l.set(nd.Out[0], v.with(l.add("CausalMask", args{"value": number(fill)}, nil, v.id)))
}

// alike reports whether all numbers are the same.
func alike[T int64 | float32](all []T) bool {
	return !slices.ContainsFunc(all, func(x T) bool { return x != all[0] })
}

// once is a constant without what is only repeated along a dimension: the weight that
// was expanded before it was added.
func once(c *ops.Value) *ops.Value {
	if alike(c.F) {
		return c
	}
	for d, n := range c.Shape {
		inner := size(c.Shape[d+1:])
		repeats := true
		for i, x := range c.F {
			repeats = repeats && x == c.F[i-i/inner%n*inner]
		}
		if n == 1 || !repeats {
			continue
		}
		var f []float32
		for i, x := range c.F {
			if i/inner%n == 0 {
				f = append(f, x)
			}
		}
		shape := slices.Clone(c.Shape)
		shape[d] = 1
		c = ops.Float(f, shape...)
	}
	return c
}

package lower

import (
	"fmt"
	"math"
	"slices"

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
				if l.net.Const(nd.In[k]) == nil && len(c.F) > 0 && !alike(c.F) {
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
		switch op {
		case "Div":
			return fmt.Errorf("a quotient of two values")
		case "Sub":
			typ, in[1] = "Add", l.times(in[1], -1)
		}
		if a, b := in[0], in[1]; !a.same(b) || !slices.Equal(a.have, b.have) {
			in[0], in[1] = l.canonical(a), l.canonical(b)
		}
		if !in[0].same(in[1]) || !slices.Equal(in[0].have, in[1].have) {
			return fmt.Errorf("its inputs have the batch at different places")
		}
		return l.set(nd.Out[0], in[0].with(l.add(typ, nil, nil, in[0].id, in[1].id)))
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
		if !(math.Abs(float64(x)) < maskFrom) {
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
// that masks nothing.
func where(l *lowerer, _ int, nd onnx.View) error {
	c := l.net.PerSample(nd.In[0])
	if c == nil || len(c.I) == 0 || slices.ContainsFunc(c.I, func(x int64) bool { return x != c.I[0] }) {
		return fmt.Errorf("a mask")
	}
	k := 1
	if c.I[0] == 0 {
		k = 2
	}
	v, err := l.data(nd, k)
	if err != nil {
		return err
	}
	if v, err = l.expanded(v, l.net.Dims(nd.Out[0])); err != nil {
		return err
	}
	return l.set(nd.Out[0], v)
}

// alike reports whether all numbers are the same.
func alike(f []float32) bool {
	return !slices.ContainsFunc(f, func(x float32) bool { return x != f[0] })
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

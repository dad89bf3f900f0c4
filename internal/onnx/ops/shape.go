package ops

import (
	"math"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register("Identity", 1, 1, "", func(c *Call) { c.Out[0] = c.In[0] })
	register("Dropout", 1, 3, "ratio seed", dropout)
	register("Shape", 1, 1, "start end", shapeOf)
	register("Size", 1, 1, "", func(c *Call) { c.Out[0] = Ints([]int64{int64(c.In[0].Size())}) })
	register("Reshape", 2, 2, "allowzero", reshape)
	register("Flatten", 1, 1, "axis", flatten)
	register("Squeeze", 1, 2, "axes", squeeze)
	register("Unsqueeze", 1, 2, "axes", unsqueeze)
	register("Constant", 0, 0, "value value_float value_floats value_int value_ints", constant)
	register("ConstantOfShape", 1, 1, "value", constantOfShape)
	register("Range", 3, 3, "", rangeOp)
	register("EyeLike", 1, 1, "dtype k", eyeLike)
}

// dropout does nothing, as in eval mode.
func dropout(c *Call) {
	if t := c.in(2); t != nil {
		c.need(t.Known && t.Size() == 1 && !t.Type.Floating(), "training_mode is %v, want a constant", t)
		if t.I[0] != 0 && c.floatOf(1, 0.5) != 0 {
			c.failf("%w: dropout in training mode; export the model in eval mode", ErrUnsupported)
		}
	}
	c.Out[0] = c.In[0]
	if c.wanted(1) {
		mask := c.out(1, wire.Bool, c.In[0].Shape...)
		for i := range mask.I {
			mask.I[i] = 1
		}
	}
}

func shapeOf(c *Call) {
	shape := c.In[0].Shape
	rank := len(shape)
	place := func(name string, def int) int {
		v := c.attrInt(name, def)
		if v < 0 {
			v += rank
		}
		return min(max(v, 0), rank)
	}
	lo, hi := place("start", 0), place("end", rank)
	out := []int64{}
	for d := lo; d < hi; d++ {
		out = append(out, int64(shape[d]))
	}
	c.Out[0] = Ints(out, len(out))
}

// reshape: 0 keeps a size, −1 is what is left.
func reshape(c *Call) {
	x, to := c.In[0], c.ints(1)
	shape, infer, rest := slices.Clone(to), -1, 1
	for d, n := range to {
		switch {
		case n == 0 && c.attrInt("allowzero", 0) == 0:
			c.need(d < len(x.Shape), "shape %v keeps dimension %d of %v", to, d, x.Shape)
			shape[d] = x.Shape[d]
		case n == -1:
			c.need(infer < 0, "shape %v leaves two dimensions open", to)
			infer = d
			continue
		}
		c.need(shape[d] >= 0 && shape[d] <= maxElements && (shape[d] == 0 || rest <= maxElements/shape[d]), "shape %v", to)
		rest *= shape[d]
	}
	if infer >= 0 {
		c.need(rest > 0 && x.Size()%rest == 0, "%v does not fit into shape %v", x, to)
		shape[infer] = x.Size() / rest
	}
	c.view(x, shape...)
}

func flatten(c *Call) {
	x := c.In[0]
	axis := c.attrInt("axis", 1)
	if axis != len(x.Shape) {
		axis = c.axis(axis, len(x.Shape))
	}
	c.view(x, product(x.Shape[:axis]), product(x.Shape[axis:]))
}

func squeeze(c *Call) {
	x := c.In[0]
	axes := c.axes(c.listed(13, "axes"), len(x.Shape))
	shape := []int{}
	for d, n := range x.Shape {
		if n == 1 && (len(axes) == 0 || slices.Contains(axes, d)) {
			continue
		}
		c.need(!slices.Contains(axes, d), "axis %d of %v is not 1", d, x.Shape)
		shape = append(shape, n)
	}
	c.view(x, shape...)
}

func unsqueeze(c *Call) {
	x := c.In[0]
	list := c.listed(13, "axes")
	rank := len(x.Shape) + len(list)
	c.need(rank <= 64, "%d dimensions", rank)
	axes := c.axes(list, rank)
	rest, shape := x.Shape, []int{}
	for d := range rank {
		if slices.Contains(axes, d) {
			shape = append(shape, 1)
			continue
		}
		shape, rest = append(shape, rest[0]), rest[1:]
	}
	c.view(x, shape...)
}

func constant(c *Call) {
	switch {
	case c.has("value"):
		v, err := FromTensor(c.attr("value", wire.AttrTensor).T)
		if err != nil {
			c.fail(err)
		}
		c.Out[0] = v
	case c.has("value_float"):
		c.Out[0] = Float([]float32{c.attrFloat("value_float", 0)})
	case c.has("value_floats"):
		list := c.attrFloats("value_floats")
		c.Out[0] = Float(list, len(list))
	case c.has("value_int"):
		c.Out[0] = Ints([]int64{c.attr("value_int", wire.AttrInt).I})
	case c.has("value_ints"):
		list := c.attr("value_ints", wire.AttrInts).Ints
		c.Out[0] = Ints(list, len(list))
	default:
		c.failf("no value")
	}
}

func constantOfShape(c *Call) {
	shape := c.ints(0)
	fill := Float([]float32{0}, 1)
	if a := c.attr("value", wire.AttrTensor); a != nil {
		v, err := FromTensor(a.T)
		if err != nil {
			c.fail(err)
		}
		c.need(v.Size() == 1, "a value of %d elements", v.Size())
		fill = v
	}
	y := c.out(0, fill.Type, shape...)
	for i := range y.F {
		y.F[i] = fill.F[0]
	}
	for i := range y.I {
		y.I[i] = fill.I[0]
	}
}

func rangeOp(c *Call) {
	var v [3]float64
	for i, in := range c.In {
		c.sameType(c.In[0], in)
		c.need(in.Size() == 1, "input %d is %v, want one number", i, in)
		if !in.Known {
			c.failf("input %d %w", i, ErrUnknown)
		}
		if in.Type.Floating() {
			v[i] = float64(in.F[0])
		} else {
			v[i] = float64(in.I[0])
		}
	}
	count := max(0, math.Ceil((v[1]-v[0])/v[2]))
	c.need(count <= maxElements, "%v numbers", count) // false for NaN
	y := c.out(0, c.In[0].Type, int(count))
	for i := range y.F {
		y.F[i] = float32(v[0] + float64(i)*v[2])
	}
	for i := range y.I {
		y.I[i] = c.In[0].I[0] + int64(i)*c.In[2].I[0]
	}
}

func eyeLike(c *Call) {
	x := c.In[0]
	c.need(len(x.Shape) == 2, "an input of shape %v, want a matrix", x.Shape)
	t := wire.DataType(c.attrInt("dtype", int(x.Type)))
	c.need(t.Size() > 0, "type %s", t)
	y, k := c.out(0, t, x.Shape...), c.attrInt("k", 0)
	for i := range x.Shape[0] {
		j := i + k
		if j < 0 || j >= x.Shape[1] || !y.Known {
			continue
		}
		if t.Floating() {
			y.F[i*x.Shape[1]+j] = 1
		} else {
			y.I[i*x.Shape[1]+j] = 1
		}
	}
}

package ops

import (
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// attr is the node's attribute of a name, nil if it has none.
func (c *Call) attr(name string, t wire.AttributeType) *wire.Attribute {
	for _, a := range c.Node.Attributes {
		if a.Name == name {
			c.need(a.Type == t, "attribute %s has type %d, want %d", name, a.Type, t)
			return a
		}
	}
	return nil
}

func (c *Call) has(name string) bool {
	return slices.ContainsFunc(c.Node.Attributes, func(a *wire.Attribute) bool { return a.Name == name })
}

func (c *Call) attrInt(name string, def int) int {
	if a := c.attr(name, wire.AttrInt); a != nil {
		c.need(a.I >= -maxElements && a.I <= maxElements, "attribute %s is %d", name, a.I)
		return int(a.I)
	}
	return def
}

func (c *Call) attrFloat(name string, def float32) float32 {
	if a := c.attr(name, wire.AttrFloat); a != nil {
		return a.F
	}
	return def
}

func (c *Call) attrFloats(name string) []float32 {
	if a := c.attr(name, wire.AttrFloats); a != nil {
		return a.Floats
	}
	return nil
}

// attrInts are the numbers of a list; nil if the attribute is absent.
func (c *Call) attrInts(name string) []int {
	a := c.attr(name, wire.AttrInts)
	if a == nil {
		return nil
	}
	return c.sizes(a.Ints)
}

// attrString is one of the choices; the first is the default.
func (c *Call) attrString(name string, choices ...string) string {
	a := c.attr(name, wire.AttrString)
	if a == nil {
		return choices[0]
	}
	if !slices.Contains(choices, a.S) {
		c.failf("%w: attribute %s is %.60q; supported are %s", ErrUnsupported, name, a.S, strings.Join(choices, ", "))
	}
	return a.S
}

func (c *Call) attrStrings(name string) []string {
	if a := c.attr(name, wire.AttrStrings); a != nil {
		return a.Strings
	}
	return nil
}

// sizes are numbers of a file as ints.
func (c *Call) sizes(list []int64) []int {
	out := make([]int, len(list))
	for i, v := range list {
		// Slice says "to the end" with the largest and smallest numbers.
		out[i] = int(min(max(v, -1<<40), 1<<40))
	}
	return out
}

// ints are the values of an integer input, which must not depend on the data of the
// model's input.
func (c *Call) ints(i int) []int {
	v := c.In[i]
	c.need(!v.Type.Floating(), "input %d is %s, want integers", i, v.Type)
	if !v.Known {
		c.failf("input %d %w", i, ErrUnknown)
	}
	return c.sizes(v.I)
}

// intsOr is ints of an input that may be absent: nil.
func (c *Call) intsOr(i int) []int {
	if c.in(i) == nil {
		return nil
	}
	return c.ints(i)
}

// listed are the numbers of an attribute up to a version of the operators, and of
// input 1 from then on.
func (c *Call) listed(since int64, attr string) []int {
	if c.Opset < since {
		return c.attrInts(attr)
	}
	return c.intsOr(1)
}

// floatOf is the one value of a floating-point input, which must be known.
func (c *Call) floatOf(i int, def float32) float32 {
	v := c.in(i)
	if v == nil {
		return def
	}
	c.need(v.Type.Floating() && v.Size() == 1, "input %d is %s, want one number", i, v)
	if !v.Known {
		c.failf("input %d %w", i, ErrUnknown)
	}
	return v.F[0]
}

// floats checks that an input holds floating-point numbers.
func (c *Call) floats(i int) *Value {
	v := c.In[i]
	c.need(v.Type.Floating(), "input %d is %s, want floating-point numbers", i, v.Type)
	return v
}

// axis is a dimension of a tensor of rank dimensions; negative ones count from the end.
func (c *Call) axis(a, rank int) int {
	c.need(a >= -rank && a < rank, "axis %d of %d dimensions", a, rank)
	if a < 0 {
		a += rank
	}
	return a
}

// axes are different dimensions of a tensor.
func (c *Call) axes(list []int, rank int) []int {
	out := make([]int, len(list))
	for i, a := range list {
		out[i] = c.axis(a, rank)
		c.need(!slices.Contains(out[:i], out[i]), "axis %d twice", a)
	}
	return out
}

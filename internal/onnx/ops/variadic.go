package ops

func init() {
	variadic("Sum", func(x, y float32) float32 { return x + y }, nil)
	variadic("Max", func(x, y float32) float32 { return max(x, y) }, func(x, y int64) int64 { return max(x, y) })
	variadic("Min", func(x, y float32) float32 { return min(x, y) }, func(x, y int64) int64 { return min(x, y) })
	register("Mean", 1, many, "", func(c *Call) {
		out := c.fold(func(x, y float32) float32 { return x + y }, nil)
		for i := range out.F {
			out.F[i] /= float32(len(c.In))
		}
	})
}

// variadic registers an operator that joins any number of inputs.
func variadic(name string, f func(x, y float32) float32, g func(x, y int64) int64) {
	register(name, 1, many, "", func(c *Call) { c.fold(f, g) })
}

func (c *Call) fold(f func(x, y float32) float32, g func(x, y int64) int64) *Value {
	shape := c.broadcast(c.In...)
	t := c.In[0].Type
	c.need(t.Floating() || g != nil, "inputs of type %s", t)
	out := c.out(0, t, shape...)
	for _, v := range c.In {
		c.sameType(c.In[0], v)
		c.work(float64(out.Size()))
	}
	if c.trial() {
		return out
	}
	w := newWalk(shape, c.In[0])
	if t.Floating() {
		expand(out.F, c.In[0].F, w)
	} else {
		expand(out.I, c.In[0].I, w)
	}
	for _, v := range c.In[1:] {
		c.binary(out, out, v, f, g)
	}
	return out
}

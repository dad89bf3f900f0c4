package ops

func init() {
	bitwise("BitwiseAnd", func(x, y int64) int64 { return x & y })
	bitwise("BitwiseOr", func(x, y int64) int64 { return x | y })
	bitwise("BitwiseXor", func(x, y int64) int64 { return x ^ y })
	register("BitwiseNot", 1, 1, "", func(c *Call) {
		c.need(c.In[0].Type.Integer(), "input of type %s, want integers", c.In[0].Type)
		c.unaryInt(c.In[0].Type, func(x int64) int64 { return ^x })
	})
}

func bitwise(name string, g func(x, y int64) int64) {
	register(name, 2, 2, "", func(c *Call) {
		a, b := c.In[0], c.In[1]
		c.sameType(a, b)
		c.need(a.Type.Integer(), "inputs of type %s, want integers", a.Type)
		c.binary(c.out(0, a.Type, c.broadcast(a, b)...), a, b, nil, g)
	})
}

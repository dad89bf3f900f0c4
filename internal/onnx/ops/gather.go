package ops

import "slices"

func init() {
	register("Gather", 2, 2, "axis", gatherOp)
	register("GatherElements", 2, 2, "axis", gatherElements)
	register("GatherND", 2, 2, "batch_dims", gatherND)
	register("ScatterND", 3, 3, "reduction", scatterND)
	register("ScatterElements", 3, 3, "axis reduction", scatterElements)
	register("Scatter", 3, 3, "axis", scatterElements)
	register("OneHot", 3, 3, "axis", oneHot)
}

// index is a place along a dimension of n; negative ones count from the end.
func (c *Call) index(i int64, n int) int {
	c.need(i >= -int64(n) && i < int64(n), "index %d of %d", i, n)
	if i < 0 {
		i += int64(n)
	}
	return int(i)
}

// copyRun copies n elements between values of one type.
func copyRun(dst *Value, to int, src *Value, from, n int) {
	if src.Type.Floating() {
		copy(dst.F[to:to+n], src.F[from:from+n])
		return
	}
	copy(dst.I[to:to+n], src.I[from:from+n])
}

// indices is input 1, which must hold integers.
func (c *Call) indices() *Value {
	c.need(c.In[1].Type.Integer(), "indices of type %s", c.In[1].Type)
	return c.In[1]
}

func gatherOp(c *Call) {
	x, at := c.In[0], c.indices()
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	y := c.full(0, x.Type, slices.Concat(x.Shape[:axis], at.Shape, x.Shape[axis+1:])...)
	if c.trial() {
		return
	}
	outer, inner := outerInner(x.Shape, axis)
	n := x.Shape[axis]
	for o := range outer {
		for k, i := range at.I {
			copyRun(y, (o*len(at.I)+k)*inner, x, (o*n+c.index(i, n))*inner, inner)
		}
	}
}

func gatherElements(c *Call) {
	x, at := c.In[0], c.indices()
	c.need(len(at.Shape) == len(x.Shape), "indices %v of %v", at, x)
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	y := c.out(0, x.Type, at.Shape...)
	c.insideOf(at.Shape, x.Shape, axis)
	if c.trial() {
		return
	}
	c.eachElement(at, x, axis, func(i, place int) { copyRun(y, i, x, place, 1) })
}

// insideOf checks that a shape exceeds another one only along an axis.
func (c *Call) insideOf(shape, of []int, axis int) {
	for d := range shape {
		c.need(d == axis || shape[d] <= of[d], "indices of shape %v for %v", shape, of)
	}
}

// eachElement calls f for every index with its number and the place in x that it names
// along the axis.
func (c *Call) eachElement(at, x *Value, axis int, f func(i, place int)) {
	own, index := strides(x.Shape), make([]int, len(at.Shape))
	for i, v := range at.I {
		place := c.index(v, x.Shape[axis]) * own[axis]
		for d, k := range index {
			if d != axis {
				place += k * own[d]
			}
		}
		f(i, place)
		next(index, at.Shape)
	}
}

// tuples checks indices whose last dimension names places in the dimensions of x from
// skip on, and returns how many elements each names.
func (c *Call) tuples(at, x *Value, skip int) (depth, run int) {
	c.need(len(at.Shape) > skip && skip >= 0 && len(x.Shape) >= skip && slices.Equal(at.Shape[:skip], x.Shape[:skip]), "indices %v of %v", at, x)
	depth = at.Shape[len(at.Shape)-1]
	c.need(depth >= 1 && skip+depth <= len(x.Shape), "indices %v of %v", at, x)
	return depth, product(x.Shape[skip+depth:])
}

// place is where a tuple points to.
func (c *Call) place(tuple []int64, shape []int) int {
	at := 0
	for d, i := range tuple {
		at = at*shape[d] + c.index(i, shape[d])
	}
	return at
}

func gatherND(c *Call) {
	x, at := c.In[0], c.indices()
	skip := c.attrInt("batch_dims", 0)
	depth, run := c.tuples(at, x, skip)
	y := c.out(0, x.Type, slices.Concat(at.Shape[:len(at.Shape)-1], x.Shape[skip+depth:])...)
	if c.trial() {
		return
	}
	count := len(at.I) / depth
	per, plane := max(1, count/max(1, product(x.Shape[:skip]))), product(x.Shape[skip:])
	for k := range count {
		from := k/per*plane + c.place(at.I[k*depth:(k+1)*depth], x.Shape[skip:])*run
		copyRun(y, k*run, x, from, run)
	}
}

func scatterND(c *Call) {
	x, at, updates := c.In[0], c.indices(), c.In[2]
	c.sameType(x, updates)
	depth, run := c.tuples(at, x, 0)
	c.need(slices.Equal(updates.Shape, slices.Concat(at.Shape[:len(at.Shape)-1], x.Shape[depth:])), "updates %v of %v at %v", updates, x, at)
	join := c.joining()
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	copyRun(y, 0, x, 0, x.Size())
	for k := range len(at.I) / depth {
		to := c.place(at.I[k*depth:(k+1)*depth], x.Shape) * run
		for i := range run {
			join(y, to+i, updates, k*run+i)
		}
	}
}

func scatterElements(c *Call) {
	x, at, updates := c.In[0], c.indices(), c.In[2]
	c.sameType(x, updates)
	c.need(len(at.Shape) == len(x.Shape) && slices.Equal(at.Shape, updates.Shape), "updates %v of %v at %v", updates, x, at)
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	c.insideOf(at.Shape, x.Shape, axis)
	join := c.joining()
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	copyRun(y, 0, x, 0, x.Size())
	c.eachElement(at, x, axis, func(i, place int) { join(y, place, updates, i) })
}

// joining is what a scatter does with the element that is there.
func (c *Call) joining() func(y *Value, to int, u *Value, from int) {
	mode := c.attrString("reduction", "none", "add", "mul", "max", "min")
	return func(y *Value, to int, u *Value, from int) {
		if y.Type.Floating() {
			y.F[to] = joined(mode, y.F[to], u.F[from])
			return
		}
		y.I[to] = wrap(joined(mode, y.I[to], u.I[from]), y.Type)
	}
}

func joined[T float32 | int64](mode string, old, update T) T {
	switch mode {
	case "add":
		return old + update
	case "mul":
		return old * update
	case "max":
		return max(old, update)
	case "min":
		return min(old, update)
	}
	return update
}

func oneHot(c *Call) {
	at, values := c.In[0], c.In[2]
	depth := 0
	c.need(c.In[1].Size() == 1 && values.Size() == 2, "depth %v and values %v", c.In[1], values)
	if c.In[1].Type.Floating() {
		depth = int(c.floatOf(1, 0))
	} else {
		depth = c.ints(1)[0]
	}
	c.need(depth >= 1 && depth <= maxElements, "a depth of %d", depth)
	axis := c.axis(c.attrInt("axis", -1), len(at.Shape)+1)
	y := c.out(0, values.Type, slices.Insert(slices.Clone(at.Shape), axis, depth)...)
	if c.trial() {
		return
	}
	inner := product(at.Shape[axis:])
	hot := func(i int) int64 {
		if at.Type.Floating() {
			return int64(at.F[i])
		}
		return at.I[i]
	}
	for i := range y.Size() {
		o, d, k := i/(depth*inner), i/inner%depth, i%inner
		h := hot(o*inner + k)
		copyRun(y, i, values, int(truth(h == int64(d) || h+int64(depth) == int64(d))), 1)
	}
}

package ops

import "slices"

func init() {
	register("Transpose", 1, 1, "perm", transpose)
	register("Concat", 1, many, "axis", concat)
	register("Split", 1, 2, "axis split num_outputs", split)
	register("Slice", 1, 5, "starts ends axes", slice)
	register("Expand", 2, 2, "", expandOp)
	register("Tile", 2, 2, "", tile)
	register("Trilu", 1, 2, "upper", trilu)
	register("DepthToSpace", 1, 1, "blocksize mode", depthToSpace)
	register("SpaceToDepth", 1, 1, "blocksize", spaceToDepth)
	register("ReverseSequence", 2, 2, "batch_axis time_axis", reverseSequence)
}

// copyWalk makes output 0 of elements of an input, in any order: strides and start
// say where the neighbours of the output are in it.
func (c *Call) copyWalk(x *Value, shape []int, start int, strides []int) {
	y := c.full(0, x.Type, shape...)
	if c.trial() || y.Size() == 0 {
		return
	}
	if len(shape) == 0 {
		shape, strides = []int{1}, []int{0}
	}
	// The first dimension that is not 1 is what is divided.
	d := max(0, min(slices.IndexFunc(shape, func(n int) bool { return n > 1 }), len(shape)-1))
	size := product(shape[d+1:])
	c.parallelSpans(shape[d], size, func(lo, hi int) {
		w := &walk{shape: append([]int{hi - lo}, shape[d+1:]...), strides: [][]int{strides[d:]}}
		if x.Type.Floating() {
			gather(y.F[lo*size:hi*size], x.F, w, start+lo*strides[d])
		} else {
			gather(y.I[lo*size:hi*size], x.I, w, start+lo*strides[d])
		}
	})
}

func gather[T any](out, in []T, w *walk, start int) {
	s := w.step(0)
	w.rows(func(at int, from []int, n int) {
		p := start + from[0]
		if s == 1 {
			copy(out[at:at+n], in[p:])
			return
		}
		for k := range out[at : at+n] {
			out[at+k] = in[p+k*s]
		}
	})
}

func transpose(c *Call) {
	x := c.In[0]
	perm := c.attrInts("perm")
	if perm == nil {
		for d := range x.Shape {
			perm = append(perm, len(x.Shape)-1-d)
		}
	}
	perm = c.axes(perm, len(x.Shape))
	c.need(len(perm) == len(x.Shape), "a permutation %v of %d dimensions", perm, len(x.Shape))
	own := strides(x.Shape)
	shape, st := make([]int, len(perm)), make([]int, len(perm))
	for d, p := range perm {
		shape[d], st[d] = x.Shape[p], own[p]
	}
	c.copyWalk(x, shape, 0, st)
}

func concat(c *Call) {
	x := c.In[0]
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	shape := slices.Clone(x.Shape)
	shape[axis] = 0
	for _, v := range c.In {
		c.sameType(x, v)
		c.need(len(v.Shape) == len(shape) && slices.Equal(v.Shape[:axis], shape[:axis]) && slices.Equal(v.Shape[axis+1:], shape[axis+1:]),
			"inputs %v differ in more than dimension %d", c.In, axis)
		shape[axis] += v.Shape[axis]
		c.need(shape[axis] <= maxElements, "an output of %d along dimension %d", shape[axis], axis)
	}
	y := c.full(0, x.Type, shape...)
	if c.trial() {
		return
	}
	outer, _ := outerInner(shape, axis)
	at := 0
	for o := range outer {
		for _, v := range c.In {
			n := v.Size() / outer
			if x.Type.Floating() {
				copy(y.F[at:], v.F[o*n:(o+1)*n])
			} else {
				copy(y.I[at:], v.I[o*n:(o+1)*n])
			}
			at += n
		}
	}
}

func split(c *Call) {
	x := c.In[0]
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	outputs, n := len(c.Node.Outputs), x.Shape[axis]
	parts := c.listed(13, "split")
	if parts == nil {
		each := (n + outputs - 1) / max(1, outputs)
		for i := range outputs {
			parts = append(parts, max(0, min(each, n-i*each)))
		}
	}
	c.need(len(parts) == outputs, "%d parts for %d outputs", len(parts), outputs)
	outer, inner := outerInner(x.Shape, axis)
	at := 0
	for i, size := range parts {
		c.need(size >= 0 && at+size <= n, "parts %v of %d elements", parts, n)
		shape := slices.Clone(x.Shape)
		shape[axis] = size
		y := c.full(i, x.Type, shape...)
		for o := range outer {
			if c.trial() {
				break
			}
			from := (o*n + at) * inner
			if x.Type.Floating() {
				copy(y.F[o*size*inner:], x.F[from:from+size*inner])
			} else {
				copy(y.I[o*size*inner:], x.I[from:from+size*inner])
			}
		}
		at += size
	}
	c.need(at == n, "parts %v of %d elements", parts, n)
}

// slice takes its numbers from attributes before version 10.
func slice(c *Call) {
	x := c.In[0]
	starts, ends, axes := c.attrInts("starts"), c.attrInts("ends"), c.attrInts("axes")
	var steps []int
	if c.Opset >= 10 {
		c.need(len(c.In) >= 3 && c.In[1] != nil && c.In[2] != nil, "no starts or ends")
		starts, ends, axes, steps = c.ints(1), c.ints(2), c.intsOr(3), c.intsOr(4)
	}
	if axes == nil {
		axes = tail(0, len(starts))
	}
	if steps == nil {
		steps = filled(len(starts), 1)
	}
	axes = c.axes(axes, len(x.Shape))
	c.need(len(ends) == len(starts) && len(axes) == len(starts) && len(steps) == len(starts), "starts %v, ends %v, axes %v, steps %v", starts, ends, axes, steps)
	shape, st, begin := slices.Clone(x.Shape), strides(x.Shape), 0
	for i, d := range axes {
		c.need(steps[i] != 0 && steps[i] < maxElements && steps[i] > -maxElements, "a step of %d", steps[i])
		from, n := span(starts[i], ends[i], steps[i], x.Shape[d])
		begin += from * st[d]
		shape[d] = n
		st[d] *= steps[i]
	}
	c.copyWalk(x, shape, begin, st)
}

// span is where a slice begins, and how many elements it has.
func span(start, end, step, size int) (from, n int) {
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	if step > 0 {
		start, end = min(max(start, 0), size), min(max(end, 0), size)
		return start, max(0, (end-start+step-1)/step)
	}
	start, end = min(max(start, 0), size-1), min(max(end, -1), size-1)
	if n = max(0, (start-end-step-1)/-step); n == 0 {
		start = 0
	}
	return start, n
}

func expandOp(c *Call) {
	x, to := c.In[0], c.ints(1)
	for _, n := range to {
		c.need(n >= 0 && n <= maxElements, "shape %v", to)
	}
	shape := c.broadcast(x, Unknown(x.Type, to...))
	c.copyWalk(x, shape, 0, stretched(x.Shape, shape))
}

// tile repeats the input: each dimension is counted twice, once without a stride.
func tile(c *Call) {
	x, times := c.In[0], c.ints(1)
	c.need(len(times) == len(x.Shape), "%d repeats of %d dimensions", len(times), len(x.Shape))
	own := strides(x.Shape)
	shape, st, final := []int{}, []int{}, []int{}
	for d, n := range x.Shape {
		c.need(times[d] >= 0 && times[d] <= maxElements && (n == 0 || times[d] <= maxElements/n), "%d repeats", times[d])
		shape, st = append(shape, times[d], n), append(st, 0, own[d])
		final = append(final, times[d]*n)
	}
	c.copyWalk(x, shape, 0, st)
	c.Out[0].Shape = final
}

func trilu(c *Call) {
	x := c.In[0]
	k := 0
	if c.in(1) != nil {
		list := c.ints(1)
		c.need(len(list) == 1, "%d numbers of the diagonal", len(list))
		k = list[0]
	}
	upper := c.attrInt("upper", 1) != 0
	c.need(len(x.Shape) >= 2, "an input of shape %v, want matrices", x.Shape)
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	rows, cols := x.Shape[len(x.Shape)-2], x.Shape[len(x.Shape)-1]
	for i := range y.Size() {
		row, col := i/cols%rows, i%cols
		if upper && col < row+k || !upper && col > row+k {
			continue
		}
		if x.Type.Floating() {
			y.F[i] = x.F[i]
		} else {
			y.I[i] = x.I[i]
		}
	}
}

// blocks permutes the dimensions of a reshaped input.
func (c *Call) blocks(split []int, perm []int, shape ...int) {
	own := strides(split)
	sizes, st := make([]int, len(perm)), make([]int, len(perm))
	for d, p := range perm {
		sizes[d], st[d] = split[p], own[p]
	}
	c.copyWalk(c.In[0], sizes, 0, st)
	c.Out[0].Shape = shape
}

func depthToSpace(c *Call) {
	s, b := c.In[0].Shape, c.attrInt("blocksize", 0)
	c.need(len(s) == 4 && small(b) && s[1]%(b*b) == 0, "blocks of %d in %v", b, s)
	n, depth, h, w := s[0], s[1]/(b*b), s[2], s[3]
	if c.attrString("mode", "DCR", "CRD") == "DCR" {
		c.blocks([]int{n, b, b, depth, h, w}, []int{0, 3, 4, 1, 5, 2}, n, depth, h*b, w*b)
		return
	}
	c.blocks([]int{n, depth, b, b, h, w}, []int{0, 1, 4, 2, 5, 3}, n, depth, h*b, w*b)
}

func spaceToDepth(c *Call) {
	s, b := c.In[0].Shape, c.attrInt("blocksize", 0)
	c.need(len(s) == 4 && small(b) && s[2]%b == 0 && s[3]%b == 0, "blocks of %d in %v", b, s)
	c.blocks([]int{s[0], s[1], s[2] / b, b, s[3] / b, b}, []int{0, 3, 5, 1, 2, 4}, s[0], s[1]*b*b, s[2]/b, s[3]/b)
}

func reverseSequence(c *Call) {
	x, lens := c.In[0], c.ints(1)
	batch, time := c.axis(c.attrInt("batch_axis", 1), len(x.Shape)), c.axis(c.attrInt("time_axis", 0), len(x.Shape))
	c.need(batch != time && len(lens) == x.Shape[batch], "%d lengths of %v", len(lens), x)
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	st := strides(x.Shape)
	for i := range y.Size() {
		b, t := i/st[batch]%x.Shape[batch], i/st[time]%x.Shape[time]
		c.need(lens[b] >= 0 && lens[b] <= x.Shape[time], "a length of %d", lens[b])
		from := i
		if t < lens[b] {
			from += (lens[b] - 1 - 2*t) * st[time]
		}
		if x.Type.Floating() {
			y.F[i] = x.F[from]
		} else {
			y.I[i] = x.I[from]
		}
	}
}

package ops

func init() {
	register("Pad", 1, 4, "mode pads value", pad)
}

// pad takes the padding from attributes before version 11. Negative numbers crop.
func pad(c *Call) {
	x := c.In[0]
	rank := len(x.Shape)
	pads := c.listed(11, "pads")
	axes := tail(0, rank)
	if c.in(3) != nil {
		axes = c.axes(c.ints(3), rank)
	}
	c.need(len(pads) == 2*len(axes), "%d pads for %d dimensions", len(pads), len(axes))
	before, shape := make([]int, rank), append([]int{}, x.Shape...)
	for i, d := range axes {
		lo, hi := pads[i], pads[len(axes)+i]
		c.need(lo > -maxElements && lo < maxElements && hi > -maxElements && hi < maxElements && shape[d]+lo+hi >= 0, "pads %v of %v", pads, x)
		before[d] = lo
		shape[d] += lo + hi
	}
	mode := c.attrString("mode", "constant", "reflect", "edge", "wrap")
	var fill Value
	if v := c.in(2); v != nil && v.Size() > 0 {
		c.sameType(x, v)
		fill = *v
		if !v.Known && x.Known {
			c.failf("the value %w", ErrUnknown)
		}
	}
	y := c.out(0, x.Type, shape...)
	if c.trial() || y.Size() == 0 {
		return
	}
	sources := make([][]int, rank)
	for d := range sources {
		sources[d] = make([]int, shape[d])
		for i := range sources[d] {
			sources[d][i] = c.source(i-before[d], x.Shape[d], mode)
		}
	}
	st, index := strides(x.Shape), make([]int, rank)
	for i := range y.Size() {
		from := 0
		for d, k := range index {
			if s := sources[d][k]; s < 0 || from < 0 {
				from = -1
			} else {
				from += s * st[d]
			}
		}
		switch {
		case from >= 0:
			copyRun(y, i, x, from, 1)
		case fill.F != nil:
			y.F[i] = fill.F[0]
		case fill.I != nil:
			y.I[i] = fill.I[0]
		case x.Type.Floating() && fill.Shape == nil:
			y.F[i] = c.attrFloat("value", 0)
		}
		next(index, shape)
	}
}

// source is the input element that place p shows, −1 for the fill value.
func (c *Call) source(p, n int, mode string) int {
	if p >= 0 && p < n {
		return p
	}
	if mode == "constant" {
		return -1
	}
	c.need(n > 0, "padding of nothing")
	switch mode {
	case "edge":
		return min(max(p, 0), n-1)
	case "wrap":
		return (p%n + n) % n
	}
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	p = (p%period + period) % period
	return min(p, period-p)
}

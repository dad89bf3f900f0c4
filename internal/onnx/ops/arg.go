package ops

import (
	"cmp"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

func init() {
	register("ArgMax", 1, 1, "axis keepdims select_last_index", func(c *Call) { c.arg(1) })
	register("ArgMin", 1, 1, "axis keepdims select_last_index", func(c *Call) { c.arg(-1) })
	register("TopK", 2, 2, "axis largest sorted", topK)
}

// arg finds the largest (sign 1) or smallest (sign −1) element along a dimension.
func (c *Call) arg(sign int) {
	x := c.In[0]
	axis := c.axis(c.attrInt("axis", 0), len(x.Shape))
	last := c.attrInt("select_last_index", 0) != 0
	y := c.out(0, wire.Int64, withoutAxes(x.Shape, []int{axis}, c.attrInt("keepdims", 1) != 0)...)
	c.work(float64(x.Size()))
	if c.trial() {
		return
	}
	n := x.Shape[axis]
	c.need(n > 0 || y.Size() == 0, "no element along axis %d", axis)
	outer, inner := outerInner(x.Shape, axis)
	for o := range outer {
		for i := range inner {
			best := 0
			for k := 1; k < n; k++ {
				d := sign * x.compare((o*n+k)*inner+i, (o*n+best)*inner+i)
				if d > 0 || d == 0 && last {
					best = k
				}
			}
			y.I[o*inner+i] = int64(best)
		}
	}
}

func (v *Value) compare(i, j int) int {
	if v.Type.Floating() {
		return cmp.Compare(v.F[i], v.F[j])
	}
	return cmp.Compare(v.I[i], v.I[j])
}

// topK finds the k largest or smallest elements along a dimension, in order; of equal
// ones the first.
func topK(c *Call) {
	x := c.In[0]
	ks := c.ints(1)
	axis := c.axis(c.attrInt("axis", -1), len(x.Shape))
	c.need(len(ks) == 1 && ks[0] >= 0 && ks[0] <= x.Shape[axis], "k is %v of %d elements", ks, x.Shape[axis])
	sign := 1 - 2*c.attrInt("largest", 1)
	shape := slices.Clone(x.Shape)
	shape[axis] = ks[0]
	values, index := c.out(0, x.Type, shape...), c.out(1, wire.Int64, shape...)
	c.work(64 * float64(x.Size()))
	if c.trial() {
		return
	}
	n := x.Shape[axis]
	order := make([]int, n)
	outer, inner := outerInner(x.Shape, axis)
	for o := range outer {
		for i := range inner {
			for k := range order {
				order[k] = k
			}
			slices.SortStableFunc(order, func(a, b int) int {
				return sign * x.compare((o*n+a)*inner+i, (o*n+b)*inner+i)
			})
			for k, from := range order[:ks[0]] {
				at, in := (o*ks[0]+k)*inner+i, (o*n+from)*inner+i
				index.I[at] = int64(from)
				if x.Type.Floating() {
					values.F[at] = x.F[in]
				} else {
					values.I[at] = x.I[in]
				}
			}
		}
	}
}

package ops

import (
	"math"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func init() {
	register("BatchNormalization", 5, 5, "epsilon momentum training_mode", batchNorm)
	register("InstanceNormalization", 3, 3, "epsilon", instanceNorm)
	register("GroupNormalization", 3, 3, "epsilon num_groups stash_type", groupNorm)
	register("LayerNormalization", 2, 3, "axis epsilon stash_type", layerNorm)
	register("RMSNormalization", 2, 2, "axis epsilon stash_type", rmsNorm)
	register("LRN", 1, 1, "alpha beta bias size", lrn)
}

// perChannel checks inputs of one number for each channel.
func (c *Call) perChannel(n int, inputs ...int) {
	for _, i := range inputs {
		c.need(c.floats(i).Size() == n, "input %d is %v, want one number for each of %d", i, c.In[i], n)
	}
}

func batchNorm(c *Call) {
	x := c.floats(0)
	if c.attrInt("training_mode", 0) != 0 || c.wanted(1) {
		c.failf("%w: batch normalization in training mode; export the model in eval mode", ErrUnsupported)
	}
	c.need(len(x.Shape) >= 2, "an input of shape %v, want [batch, channels, …]", x.Shape)
	channels := x.Shape[1]
	c.perChannel(channels, 1, 2, 3, 4)
	y := c.out(0, x.Type, x.Shape...)
	if c.trial() {
		return
	}
	eps := float64(c.attrFloat("epsilon", 1e-5))
	plane := product(x.Shape[2:])
	for i := range x.Shape[0] * channels {
		ch := i % channels
		factor := float64(c.In[1].F[ch]) / math.Sqrt(float64(c.In[4].F[ch])+eps)
		shift := float64(c.In[2].F[ch]) - float64(c.In[3].F[ch])*factor
		kernel.ApplyScaled(kernel.ScaleShift, y.F[i*plane:(i+1)*plane], x.F[i*plane:(i+1)*plane], float32(factor), float32(shift))
	}
}

// normalize writes (x − mean) / √(variance + eps), in float64; without center x / √(mean square + eps).
// It returns the mean and the inverse deviation.
func normalize(y, x []float32, eps float64, center bool) (mean, inverse float64) {
	if center {
		for _, v := range x {
			mean += float64(v)
		}
		mean /= float64(len(x))
	}
	sum := 0.0
	for _, v := range x {
		d := float64(v) - mean
		sum += d * d
	}
	inverse = 1 / math.Sqrt(sum/float64(len(x))+eps)
	for i, v := range x {
		y[i] = float32((float64(v) - mean) * inverse)
	}
	return mean, inverse
}

func instanceNorm(c *Call) {
	x := c.floats(0)
	c.need(len(x.Shape) >= 3, "an input of shape %v, want [batch, channels, …]", x.Shape)
	c.perChannel(x.Shape[1], 1, 2)
	c.groups(x.Shape[1], x.Shape[1])
}

// groupNorm has one scale for each group in version 18, for each channel from 21 on.
func groupNorm(c *Call) {
	x := c.floats(0)
	c.need(len(x.Shape) >= 2, "an input of shape %v, want [batch, channels, …]", x.Shape)
	groups := c.attrInt("num_groups", 1)
	c.need(groups >= 1 && x.Shape[1]%groups == 0, "%d groups of %d channels", groups, x.Shape[1])
	scales := x.Shape[1]
	if c.Opset < 21 {
		scales = groups
	}
	c.perChannel(scales, 1, 2)
	c.groups(groups, scales)
}

func (c *Call) groups(groups, scales int) {
	x := c.In[0]
	y := c.out(0, x.Type, x.Shape...)
	c.work(4 * float64(x.Size()))
	if c.trial() || x.Size() == 0 {
		return
	}
	eps := float64(c.attrFloat("epsilon", 1e-5))
	size := x.Size() / x.Shape[0] / groups
	for i := range x.Shape[0] * groups {
		normalize(y.F[i*size:(i+1)*size], x.F[i*size:(i+1)*size], eps, true)
	}
	channels, plane := x.Shape[1], product(x.Shape[2:])
	for i := range y.F {
		s := i / plane % channels * scales / channels
		y.F[i] = y.F[i]*c.In[1].F[s] + c.In[2].F[s]
	}
}

func layerNorm(c *Call) {
	x := c.floats(0)
	axis := c.axis(c.attrInt("axis", -1), len(x.Shape))
	y := c.full(0, x.Type, x.Shape...)
	c.work(4 * float64(x.Size()))
	outer, n := product(x.Shape[:axis]), product(x.Shape[axis:])
	var means, inverses *Value
	if c.wanted(1) {
		means = c.out(1, x.Type, withoutAxes(x.Shape, tail(axis, len(x.Shape)), true)...)
	}
	if c.wanted(2) {
		inverses = c.out(2, x.Type, withoutAxes(x.Shape, tail(axis, len(x.Shape)), true)...)
	}
	if c.trial() {
		return
	}
	eps := float64(c.attrFloat("epsilon", 1e-5))
	if rows, bias := c.floats(1), c.in(2); bias != nil && len(rows.F) == n && len(bias.F) == n && len(rows.Shape) == len(x.Shape)-axis {
		c.parallelSpans(outer, n, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				m, inv := kernel.LayerNorm(y.F[i*n:(i+1)*n], x.F[i*n:(i+1)*n], rows.F, bias.F, eps)
				keep(means, i, m)
				keep(inverses, i, inv)
			}
		})
		return
	}
	for i := range outer {
		m, inv := normalize(y.F[i*n:(i+1)*n], x.F[i*n:(i+1)*n], eps, true)
		keep(means, i, m)
		keep(inverses, i, inv)
	}
	c.affine(y)
}

// keep stores a number in an output that may not be wanted.
func keep(out *Value, i int, x float64) {
	if out != nil {
		out.F[i] = float32(x)
	}
}

// tail are the dimensions from axis on.
func tail(axis, rank int) (axes []int) {
	for ; axis < rank; axis++ {
		axes = append(axes, axis)
	}
	return axes
}

// affine multiplies with input 1 and adds input 2, both broadcast.
func (c *Call) affine(y *Value) {
	fits := func(i int) *Value {
		v := c.floats(i)
		c.need(len(c.broadcast(y, v)) == len(y.Shape) && product(c.broadcast(y, v)) == y.Size(), "input %d is %v, the output %v", i, v, y)
		return v
	}
	c.binary(y, y, fits(1), func(x, s float32) float32 { return x * s }, nil)
	if c.in(2) != nil {
		c.binary(y, y, fits(2), func(x, b float32) float32 { return x + b }, nil)
	}
}

func rmsNorm(c *Call) {
	x := c.floats(0)
	axis := c.axis(c.attrInt("axis", -1), len(x.Shape))
	y := c.out(0, x.Type, x.Shape...)
	c.work(4 * float64(x.Size()))
	if c.trial() {
		return
	}
	eps := float64(c.attrFloat("epsilon", 1e-5))
	n := product(x.Shape[axis:])
	for i := range product(x.Shape[:axis]) {
		normalize(y.F[i*n:(i+1)*n], x.F[i*n:(i+1)*n], eps, false)
	}
	c.affine(y)
}

// lrn divides by a power of the sum of squares over neighbouring channels.
func lrn(c *Call) {
	x := c.floats(0)
	c.need(len(x.Shape) >= 2, "an input of shape %v, want [batch, channels, …]", x.Shape)
	size := c.attrInt("size", 1)
	c.need(small(size), "size %d", size)
	y := c.out(0, x.Type, x.Shape...)
	c.work((float64(min(size, x.Shape[1])) + 20) * float64(x.Size()))
	if c.trial() {
		return
	}
	alpha, beta, bias := float64(c.attrFloat("alpha", 1e-4)), float64(c.attrFloat("beta", 0.75)), float64(c.attrFloat("bias", 1))
	channels, plane := x.Shape[1], product(x.Shape[2:])
	for i := range x.F {
		ch := i / plane % channels
		lo, hi := max(0, ch-(size-1)/2), min(channels-1, ch+size/2)
		sum := 0.0
		for k := lo; k <= hi; k++ {
			v := float64(x.F[i+(k-ch)*plane])
			sum += v * v
		}
		y.F[i] = float32(float64(x.F[i]) / math.Pow(bias+alpha/float64(size)*sum, beta))
	}
}

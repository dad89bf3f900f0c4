package ops

import (
	"math"
	"slices"
)

func init() {
	register("Resize", 1, 4, "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value keep_aspect_ratio_policy mode nearest_mode", resize)
	register("Upsample", 1, 2, "mode scales", resize)
}

// resize goes over one dimension after the other.
func resize(c *Call) {
	x := c.floats(0)
	if c.attrInt("antialias", 0) != 0 || c.attrInt("exclude_outside", 0) != 0 {
		c.failf("%w: antialias and exclude_outside", ErrUnsupported)
	}
	rank := len(x.Shape)
	axes := tail(0, rank)
	if list := c.attrInts("axes"); list != nil {
		axes = c.axes(list, rank)
	}
	scales, shape := c.resizeTo(axes)
	r := resizer{
		mode:    c.attrString("mode", "nearest", "linear", "cubic"),
		nearest: c.attrString("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
		place:   c.attrString("coordinate_transformation_mode", "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"),
		cubic:   float64(c.attrFloat("cubic_coeff_a", -0.75)),
	}
	if c.Opset < 11 {
		r.place, r.nearest = "asymmetric", "floor"
	}
	y := c.out(0, x.Type, shape...)
	c.work(16 * float64(y.Size()))
	size := 0
	for _, n := range shape {
		size = max(size, n)
	}
	c.scratch(2*y.Size() + 2*x.Size() + 32*size)
	if c.trial() {
		return
	}
	cur, data := slices.Clone(x.Shape), x.F
	for d := range rank {
		if scales[d] == 1 && shape[d] == x.Shape[d] {
			continue
		}
		data = r.along(data, cur, d, shape[d], scales[d])
		cur[d] = shape[d]
	}
	copy(y.F, data)
}

// resizeTo reads the factors or sizes. Which input they are in differs by version.
func (c *Call) resizeTo(axes []int) (scales []float64, shape []int) {
	x := c.In[0]
	scales, shape = make([]float64, len(x.Shape)), slices.Clone(x.Shape)
	for d := range scales {
		scales[d] = 1
	}
	at := 2
	if c.Opset < 11 {
		at = 1
	}
	if list := c.attrFloats("scales"); list != nil {
		c.scaleBy(list, axes, scales, shape)
		return scales, shape
	}
	if v := c.in(at); v != nil && v.Size() > 0 {
		c.need(v.Type.Floating(), "scales of type %s", v.Type)
		if !v.Known {
			c.failf("scales: %w", ErrUnknown)
		}
		c.scaleBy(v.F, axes, scales, shape)
		return scales, shape
	}
	sizes := c.intsOr(3)
	c.need(len(sizes) == len(axes), "%d sizes for %d dimensions", len(sizes), len(axes))
	for i, d := range axes {
		c.need(sizes[i] >= 1 && x.Shape[d] >= 1, "a size of %d from %d", sizes[i], x.Shape[d])
		shape[d], scales[d] = sizes[i], float64(sizes[i])/float64(x.Shape[d])
	}
	c.keepAspect(axes, scales, shape)
	return scales, shape
}

func (c *Call) scaleBy(list []float32, axes []int, scales []float64, shape []int) {
	c.need(len(list) == len(axes), "%d scales for %d dimensions", len(list), len(axes))
	for i, d := range axes {
		scales[d] = float64(list[i])
		n := math.Floor(float64(shape[d]) * scales[d])
		c.need(n >= 1 && n <= maxElements, "a scale of %v of %d", list[i], shape[d])
		shape[d] = int(n)
	}
}

// keepAspect makes all factors the smallest or the largest of them.
func (c *Call) keepAspect(axes []int, scales []float64, shape []int) {
	policy := c.attrString("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller")
	if policy == "stretch" {
		return
	}
	c.need(len(axes) > 0, "no dimension whose aspect is kept")
	one := scales[axes[0]]
	for _, d := range axes {
		if policy == "not_larger" {
			one = min(one, scales[d])
		} else {
			one = max(one, scales[d])
		}
	}
	for _, d := range axes {
		n := math.Round(one * float64(c.In[0].Shape[d]))
		c.need(n >= 1 && n <= maxElements, "a size of %v", n)
		shape[d], scales[d] = int(n), one
	}
}

type resizer struct {
	mode, nearest, place string
	cubic                float64
}

// along resamples one dimension.
func (r resizer) along(x []float32, shape []int, d, n int, scale float64) []float32 {
	outer, inner := outerInner(shape, d)
	in := shape[d]
	out := make([]float32, outer*n*inner)
	for k := range n {
		from, weights := r.sources(k, in, n, scale)
		for o := range outer {
			to := out[(o*n+k)*inner:][:inner]
			for t, w := range weights {
				line := x[(o*in+from[t])*inner:][:inner]
				for i, v := range line {
					to[i] += float32(w * float64(v))
				}
			}
		}
	}
	return out
}

// coordinate is where output k lies in the input.
func (r resizer) coordinate(k, in, out int, scale float64) float64 {
	p := float64(k)
	switch r.place {
	case "align_corners":
		if out == 1 {
			return 0
		}
		return p * float64(in-1) / float64(out-1)
	case "asymmetric":
		return p / scale
	case "pytorch_half_pixel":
		if out == 1 {
			return 0
		}
	case "half_pixel_symmetric":
		adjust := float64(out) / (scale * float64(in))
		center := float64(in) / 2
		return center*(1-adjust) + (p+0.5)/scale - 0.5
	}
	return (p+0.5)/scale - 0.5
}

func (r resizer) sources(k, in, out int, scale float64) ([]int, []float64) {
	p := r.coordinate(k, in, out, scale)
	clip := func(i float64) int { return int(min(max(i, 0), float64(in-1))) }
	base := math.Floor(p)
	t := p - base
	switch r.mode {
	case "nearest":
		return []int{clip(r.round(p))}, []float64{1}
	case "linear":
		return []int{clip(base), clip(base + 1)}, []float64{1 - t, t}
	}
	a := r.cubic
	near := func(t float64) float64 { return ((a+2)*t-(a+3))*t*t + 1 }
	far := func(t float64) float64 { return ((a*t-5*a)*t+8*a)*t - 4*a }
	return []int{clip(base - 1), clip(base), clip(base + 1), clip(base + 2)},
		[]float64{far(1 + t), near(t), near(1 - t), far(2 - t)}
}

func (r resizer) round(p float64) float64 {
	switch r.nearest {
	case "floor":
		return math.Floor(p)
	case "ceil":
		return math.Ceil(p)
	case "round_prefer_ceil":
		return math.Floor(p + 0.5)
	}
	return math.Ceil(p - 0.5)
}

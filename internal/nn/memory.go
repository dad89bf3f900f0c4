package nn

import "math"

// SampleBytes is about what one sample of shape in (without the batch) takes
// between the layers, in bytes, tables included: what a layer list from a
// stranger must be held to before anything runs. It is no more than
// math.MaxInt32, and fails as OutputShape does.
func (n *Net) SampleBytes(in []int) (int, error) {
	shapes, err := n.shapes(in)
	if err != nil {
		return 0, err
	}
	total := n.rowBytes(shapes)
	for i, l := range n.layers {
		total += fixedBytes(l, shapes[i], shapes[i+1])
	}
	return int(min(total, math.MaxInt32)), nil
}

// rowBytes is what one sample takes; float64, so that no sum overflows.
func (n *Net) rowBytes(shapes [][]int) float64 {
	total := 0.0
	for _, s := range shapes {
		total += 4 * float64(elements(s))
	}
	for i, l := range n.layers {
		if l, ok := l.(greedyLayer); ok {
			total += 4 * float64(l.extra(shapes[i]))
		}
	}
	return total
}

// fixedBytes is what a layer takes once, however many samples there are: tables
// of what each output reads along each dimension, and room for patches.
func fixedBytes(l layer, in, out []int) float64 {
	total := 0.0
	switch l := l.(type) {
	case *conv:
		oh, ow := picture(out, l.dims)
		total += 4 * (float64(l.axes[0].size)*float64(oh) + float64(l.axes[1].size)*float64(ow))
		total += 4 * float64(l.patch()) * min(float64(l.block()), float64(oh)*float64(ow))
		h, w := picture(in, l.dims)
		total += 4*float64(l.patch()) + 32*float64(oh) + 4*float64(l.in/l.groups)*float64(l.plane(h, w))
	case *pool:
		for _, d := range out[1:] {
			total += 32 * float64(d)
		}
	case *upsample:
		for _, d := range out[1:] {
			total += 24 * float64(d)
		}
	}
	return total
}

package ops

import "github.com/decloud-sdk/decloud-go/internal/onnx/wire"

func init() {
	register("Cast", 1, 1, "to saturate round_mode", func(c *Call) { c.cast(wire.DataType(c.attrInt("to", 0))) })
	register("CastLike", 2, 2, "saturate round_mode", func(c *Call) { c.cast(c.In[1].Type) })
}

func (c *Call) cast(to wire.DataType) {
	x := c.In[0]
	if to.Size() == 0 {
		c.failf("to %s: %w", to, ErrUnsupported)
	}
	if to == x.Type || to == wire.Double && x.Type.Floating() {
		v := *x
		v.Type = to
		c.Out[0] = &v
		return
	}
	y := c.out(0, to, x.Shape...)
	if c.trial() {
		return
	}
	for i := range x.F {
		switch f := x.F[i]; {
		case to.Floating():
			y.F[i] = rounded(f, to)
		case to == wire.Bool:
			y.I[i] = truth(f != 0)
		default:
			y.I[i] = wrap(truncated(float64(f)), to)
		}
	}
	for i, n := range x.I {
		if to.Floating() {
			y.F[i] = rounded(float32(n), to)
		} else {
			y.I[i] = wrap(n, to)
		}
	}
}

// rounded is f as a floating-point type holds it; a double is computed as float32.
func rounded(f float32, t wire.DataType) float32 {
	switch t {
	case wire.Float16:
		return toHalf(f)
	case wire.BFloat16:
		return toBrain(f)
	}
	return f
}

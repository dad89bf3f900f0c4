package ops

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// NewMap2D is an activation of pictures in blocked form: the attribute names it.
func NewMap2D(in, out Layout) *Op {
	return &Op{min: 1, max: 1, PerSample: true, run: func(c *Call) {
		x := c.blocked(0, in)
		y := c.blockedOut(x.Shape[0], out)
		e := c.epilogue()
		if c.trial() {
			return
		}
		c.planes(x.Shape[0], out, func(sample, block int) {
			src, dst := x.F[sample*in.sample()+block*in.plane():], y.F[sample*out.sample()+block*out.plane():]
			rows(out, in, func(to, from, n int) {
				row := dst[to : to+n]
				copy(row, src[from:])
				e.finish(row)
			})
		})
	}}
}

// finish activates what has no other epilogue.
func (e epilogue) finish(y []float32) {
	switch {
	case e.relu:
		kernel.ReLU(y, y)
	case e.f != nil:
		e.f(y)
	}
}

// NewPair2D is the sum or the product of pictures in blocked form, and an activation.
func NewPair2D(product bool, a, b, out Layout) *Op {
	f := kernel.Add
	if product {
		f = kernel.Mul
	}
	return &Op{min: 2, max: 2, PerSample: true, run: func(c *Call) {
		x, z := c.blocked(0, a), c.blocked(1, b)
		c.need(x.Shape[0] == z.Shape[0], "batches of %d and %d", x.Shape[0], z.Shape[0])
		y := c.blockedOut(x.Shape[0], out)
		e := c.epilogue()
		if c.trial() {
			return
		}
		c.planes(x.Shape[0], out, func(sample, block int) {
			left, right := x.F[sample*a.sample()+block*a.plane():], z.F[sample*b.sample()+block*b.plane():]
			dst := y.F[sample*out.sample()+block*out.plane():]
			for row := range out.Height {
				at := dst[out.at(row, 0):][:out.Width*kernel.Block]
				f(at, left[a.at(row, 0):], right[b.at(row, 0):])
				e.finish(at)
			}
		})
	}}
}

// NewGate2D multiplies the channels of pictures in blocked form with one number each,
// input 1: [batch, channels, 1, 1].
func NewGate2D(in, out Layout) *Op {
	return &Op{min: 2, max: 2, PerSample: true, run: func(c *Call) {
		x, gate := c.blocked(0, in), c.floats(1)
		batch := x.Shape[0]
		c.need(slices.Equal(gate.Shape, []int{batch, in.Channels, 1, 1}), "a gate %v for %v", gate, x)
		y := c.blockedOut(batch, out)
		e := c.epilogue()
		if c.trial() {
			return
		}
		width := out.Width * kernel.Block
		c.planes(batch, out, func(sample, block int) {
			channels := min(kernel.Block, in.Channels-block*kernel.Block)
			factors := make([]float32, width)
			copy(factors, gate.F[sample*in.Channels+block*kernel.Block:][:channels])
			for n := kernel.Block; n < width; n *= 2 {
				copy(factors[n:], factors[:n])
			}
			src, dst := x.F[sample*in.sample()+block*in.plane():], y.F[sample*out.sample()+block*out.plane():]
			for row := range out.Height {
				at := dst[out.at(row, 0):][:width]
				kernel.Mul(at, src[in.at(row, 0):], factors)
				e.finish(at)
			}
		})
	}}
}

// NewConcat2D puts channels of pictures in blocked form behind each other; all inputs but
// the last fill whole blocks.
func NewConcat2D(in []Layout, out Layout) *Op {
	return &Op{min: len(in), max: len(in), PerSample: true, run: func(c *Call) {
		var batch int
		for i, l := range in {
			batch = c.blocked(i, l).Shape[0]
		}
		y := c.blockedOut(batch, out)
		if c.trial() {
			return
		}
		first := 0
		for i, l := range in {
			x := c.blocked(i, l)
			c.need(x.Shape[0] == batch, "batches of %d and %d", x.Shape[0], batch)
			c.planes(batch, l, func(sample, block int) {
				dst := y.F[sample*out.sample()+(first+block)*out.plane():]
				src := x.F[sample*l.sample()+block*l.plane():]
				rows(out, l, func(to, from, n int) { copy(dst[to:to+n], src[from:]) })
			})
			first += l.Blocks()
		}
	}}
}

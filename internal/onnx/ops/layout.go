package ops

import (
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Layout is the blocked form of pictures: [batch, ⌈Channels/16⌉, Height + 2·Border, Width +
// 2·Border, 16]. The border is zero. Channels that only fill the last block have numbers
// that mean nothing, but are finite.
type Layout struct{ Channels, Height, Width, Border int }

// Blocks is the number of blocks of channels.
func (l Layout) Blocks() int { return (l.Channels + kernel.Block - 1) / kernel.Block }

func (l Layout) row() int    { return kernel.Block * (l.Width + 2*l.Border) }
func (l Layout) plane() int  { return l.row() * (l.Height + 2*l.Border) }
func (l Layout) sample() int { return l.plane() * l.Blocks() }

// at is where a pixel lies in a plane; it may be in the border.
func (l Layout) at(y, x int) int {
	return (y+l.Border)*l.row() + (x+l.Border)*kernel.Block
}

func (l Layout) shape(batch int) []int {
	return []int{batch, l.Blocks(), l.Height + 2*l.Border, l.Width + 2*l.Border, kernel.Block}
}

// blocked is an input in blocked form.
func (c *Call) blocked(i int, l Layout) *Value {
	x := c.floats(i)
	c.need(len(x.Shape) == 5 && slices.Equal(x.Shape, l.shape(x.Shape[0])), "input %d is %v, want the layout %+v", i, x, l)
	return x
}

// blockedOut makes output 0 in blocked form, its border zero; the operator writes all
// pixels.
func (c *Call) blockedOut(batch int, l Layout) *Value {
	y, dirty := c.raw(0, wire.Float, l.shape(batch))
	if dirty && l.Border > 0 {
		c.planes(batch, l, func(sample, block int) {
			plane := y.F[sample*l.sample()+block*l.plane():][:l.plane()]
			end := 0 // of the pixels before
			for row := range l.Height {
				clear(plane[end:l.at(row, 0)])
				end = l.at(row, l.Width)
			}
			clear(plane[end:])
		})
	}
	return y
}

// planes calls f for every plane of a batch, in any order.
func (c *Call) planes(batch int, l Layout, f func(sample, block int)) {
	n := batch * l.Blocks()
	c.parallelSpans(n, l.plane(), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i/l.Blocks(), i%l.Blocks())
		}
	})
}

// rows calls f for every row of a picture without its border, or once for all of them, if
// none has a border.
func rows(to, from Layout, f func(to, from, n int)) {
	if to.Border == 0 && from.Border == 0 {
		f(0, 0, to.plane())
		return
	}
	for y := range to.Height {
		f(to.at(y, 0), from.at(y, 0), to.Width*kernel.Block)
	}
}

// NewBlock brings [batch, channels, height, width] into blocked form.
func NewBlock(l Layout) *Op {
	return &Op{min: 1, max: 1, PerSample: true, run: func(c *Call) {
		x := c.floats(0)
		c.need(len(x.Shape) == 4 && slices.Equal(x.Shape[1:], []int{l.Channels, l.Height, l.Width}), "%v for the layout %+v", x, l)
		y := c.blockedOut(x.Shape[0], l)
		if c.trial() {
			return
		}
		size := l.Height * l.Width
		c.planes(x.Shape[0], l, func(sample, block int) {
			channels := min(kernel.Block, l.Channels-block*kernel.Block)
			src := x.F[(sample*l.Channels+block*kernel.Block)*size:][:channels*size]
			dst := y.F[sample*l.sample()+block*l.plane():][:l.plane()]
			if channels < kernel.Block {
				clear(dst)
			}
			for row := range l.Height {
				at := l.at(row, 0)
				kernel.Transpose(kernel.Mat{Data: dst[at:], Rows: l.Width, Cols: channels, RowStride: kernel.Block, ColStride: 1},
					kernel.Mat{Data: src[row*l.Width:], Rows: channels, Cols: l.Width, RowStride: size, ColStride: 1})
			}
		})
	}}
}

// NewUnblock brings the blocked form back to [batch, channels, height, width].
func NewUnblock(l Layout) *Op {
	return &Op{min: 1, max: 1, PerSample: true, run: func(c *Call) {
		x := c.blocked(0, l)
		y := c.full(0, x.Type, x.Shape[0], l.Channels, l.Height, l.Width)
		if c.trial() {
			return
		}
		size := l.Height * l.Width
		c.planes(x.Shape[0], l, func(sample, block int) {
			channels := min(kernel.Block, l.Channels-block*kernel.Block)
			dst := y.F[(sample*l.Channels+block*kernel.Block)*size:][:channels*size]
			src := x.F[sample*l.sample()+block*l.plane():][:l.plane()]
			for row := range l.Height {
				at := l.at(row, 0)
				kernel.Transpose(kernel.Mat{Data: dst[row*l.Width:], Rows: channels, Cols: l.Width, RowStride: size, ColStride: 1},
					kernel.Mat{Data: src[at:], Rows: l.Width, Cols: channels, RowStride: kernel.Block, ColStride: 1})
			}
		})
	}}
}

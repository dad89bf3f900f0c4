package ops

import "github.com/decloud-sdk/decloud-go/internal/kernel"

// Pool2D is a pool of pictures in blocked form.
type Pool2D struct {
	Max                                   bool
	In, Out                               Layout
	Size, Stride, Dilation, Before, After [2]int
	CountPad                              bool // an average counts the padding
}

// poolPart are outputs that see the same part of the window.
type poolPart struct {
	panels *kernel.Panels
	grid   *kernel.Grid
}

// NewPool2D is a pool whose windows are cut off at the edges: outputs that see the same
// part of the window are computed together.
func NewPool2D(p Pool2D) *Op {
	var parts []poolPart
	for _, y := range p.ranges(0, p.In.Height, p.Out.Height) {
		for _, x := range p.ranges(1, p.In.Width, p.Out.Width) {
			parts = append(parts, p.part(y, x))
		}
	}
	return &Op{min: 1, max: 1, PerSample: true, run: func(c *Call) {
		x := c.blocked(0, p.In)
		y := c.blockedOut(x.Shape[0], p.Out)
		c.work(4 * float64(y.Size()) * float64(p.Size[0]*p.Size[1]))
		if c.trial() {
			return
		}
		c.planes(x.Shape[0], p.Out, func(sample, block int) {
			in := x.F[sample*p.In.sample()+block*p.In.plane():][:p.In.plane()]
			out := y.F[sample*p.Out.sample()+block*p.Out.plane():][:p.Out.plane()]
			for _, part := range parts {
				part.panels.Run(out, in, nil, part.grid, 0, 1, false)
			}
		})
	}}
}

// outRange are outputs lo … hi-1 along a dimension, which see taps from … to-1 of the
// window; counted are those within the input or its padding.
type outRange struct{ lo, hi, from, to, counted int }

func (p *Pool2D) ranges(d, in, outs int) (list []outRange) {
	for o := range outs {
		r := outRange{lo: o, hi: o + 1, from: p.Size[d]}
		for k := range p.Size[d] {
			at := o*p.Stride[d] - p.Before[d] + k*p.Dilation[d]
			if at >= 0 && at < in {
				r.from, r.to = min(r.from, k), k+1
			}
			if at < in+p.After[d] {
				r.counted++
			}
		}
		r.from = min(r.from, r.to)
		if n := len(list) - 1; n >= 0 && list[n].from == r.from && list[n].to == r.to && list[n].counted == r.counted {
			list[n].hi = o + 1
			continue
		}
		list = append(list, r)
	}
	return list
}

func (p *Pool2D) part(y, x outRange) poolPart {
	at := func(d, o, k int) int { return o*p.Stride[d] - p.Before[d] + k*p.Dilation[d] }
	var taps []int32
	first := p.In.at(at(0, y.lo, y.from), at(1, x.lo, x.from))
	for ky := y.from; ky < y.to; ky++ {
		for kx := x.from; kx < x.to; kx++ {
			taps = append(taps, int32(p.In.at(at(0, y.lo, ky), at(1, x.lo, kx))-first))
		}
	}
	var runs []kernel.Run
	for o := y.lo; o < y.hi; o++ {
		runs = append(runs, kernel.Run{From: p.In.at(at(0, o, y.from), at(1, x.lo, x.from)), To: p.Out.at(o, x.lo), N: x.hi - x.lo})
	}
	grid := kernel.NewGrid(p.Stride[1]*kernel.Block, kernel.Block, p.Out.plane(), false, runs)
	if p.Max {
		return poolPart{kernel.Maxima(taps), grid}
	}
	n := len(taps)
	if p.CountPad {
		n = y.counted * x.counted
	}
	weight := float32(1 / float64(n))
	return poolPart{kernel.Pack(kernel.Block, kernel.Depthwise, taps, func(int, int) float32 { return weight }, nil, nil), grid}
}

// Fits reports whether every window sees some of the input.
func (p *Pool2D) Fits() bool {
	for d, in := range []int{p.In.Height, p.In.Width} {
		for _, r := range p.ranges(d, in, []int{p.Out.Height, p.Out.Width}[d]) {
			if r.to == r.from {
				return false
			}
		}
	}
	return true
}

// NewMean2D is the mean over all pixels of pictures in blocked form, [batch, channels]
// and, if keep is set, 1 × 1.
func NewMean2D(l Layout, keep bool) *Op {
	taps := make([]int32, l.Width) // a row is a pixel whose sum is taken
	for x := range taps {
		taps[x] = int32(x * kernel.Block)
	}
	sums := kernel.Pack(kernel.Block, kernel.Depthwise, taps, func(int, int) float32 { return 1 }, nil, nil)
	grid := kernel.NewGrid(l.row(), kernel.Block, 0, false, []kernel.Run{{From: l.at(0, 0), N: l.Height}})
	return &Op{min: 1, max: 2, PerSample: true, run: func(c *Call) {
		x := c.blocked(0, l)
		shape := []int{x.Shape[0], l.Channels}
		if keep {
			shape = append(shape, 1, 1)
		}
		y := c.out(0, x.Type, shape...)
		if c.trial() {
			return
		}
		c.planes(x.Shape[0], l, func(sample, block int) {
			rows := make([]float32, l.Height*kernel.Block)
			sums.Run(rows, x.F[sample*l.sample()+block*l.plane():], nil, grid, 0, 1, false)
			var total [kernel.Block]float64
			for i, v := range rows {
				total[i%kernel.Block] += float64(v)
			}
			out := y.F[sample*l.Channels+block*kernel.Block:]
			for j := range min(kernel.Block, l.Channels-block*kernel.Block) {
				out[j] = float32(total[j] / float64(l.Height*l.Width))
			}
		})
	}}
}

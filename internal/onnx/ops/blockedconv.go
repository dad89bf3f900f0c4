package ops

import (
	"sync"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// Conv2D is a convolution of pictures with constant weights.
type Conv2D struct {
	Weight, Bias *Value // [outputs, inputs of a group, height, width]
	In, Out      Layout
	Plain        bool // the input is [batch, channels, height, width]; it has one group then
	Groups       int
	Merged       int // groups that are computed as one, their weights for each other being 0; see Merge
	// By dimension.
	Stride, Dilation, Before, After [2]int
}

// CanBlock reports whether the weights are worth packing, and groups fit the blocks: one, one for each channel, or some of
// whole blocks.
func (v *Conv2D) CanBlock() bool {
	ins, outs := v.ins(), v.Weight.Shape[0]/v.groups()
	return v.Merged > 1 || worthPacking(v.Weight, v.Weight.Shape[0]) && (v.Groups == 1 || v.depthwise() || ins%kernel.Block == 0 && outs%kernel.Block == 0)
}

// mostMerged bounds the work that merging adds, as a multiple, and mergedBytes the memory.
const (
	mostMerged  = 8
	mergedBytes = 16 << 20
)

// Merge computes some groups as one, if they do not fit the blocks and few of them do so
// together: the kernels are faster by more than the zeros between the groups cost.
func (v *Conv2D) Merge() {
	if v.Groups == 1 || v.depthwise() || v.Weight.Size() == 0 {
		return
	}
	for n := 1; n <= min(mostMerged, v.Groups); n++ {
		ins, outs := v.Weight.Shape[1]*n, v.Weight.Shape[0]/v.Groups*n
		if v.Groups%n == 0 && (n == v.Groups || ins%kernel.Block == 0 && outs%kernel.Block == 0) {
			if 4*kernel.PackedLen(v.Weight.Shape[0], v.Weight.Size()/v.Weight.Shape[0]*n) <= mergedBytes {
				v.Merged = n
			}
			return
		}
	}
}

// groups is the number of groups, merged ones being one.
func (v *Conv2D) groups() int { return v.Groups / max(1, v.Merged) }

// ins are the inputs of a group.
func (v *Conv2D) ins() int { return v.Weight.Shape[1] * max(1, v.Merged) }

// weight is where the weight of an output and an input of its group is; −1 for one that
// merging added.
func (v *Conv2D) weight(out, in, y, x int) int {
	own := v.Weight.Shape[1]
	if v.Merged > 1 {
		if group := out / (v.Weight.Shape[0] / v.Groups) % v.Merged; in/own != group {
			return -1
		}
		in %= own
	}
	return ((out*own+in)*v.Weight.Shape[2]+y)*v.Weight.Shape[3] + x
}

func (v *Conv2D) depthwise() bool {
	return v.Groups > 1 && v.Weight.Shape[1] == 1 && v.Weight.Shape[0] == v.Groups
}

// blockedConv is a convolution with packed weights, in strips of rows.
type blockedConv struct {
	Conv2D
	panels  func() *kernel.Panels // packed at the first run
	strips  []strip
	patch   int  // inputs of an output
	byPanel bool // the weights are larger than a sample's input
}

// strip are rows of the output.
type strip struct {
	*kernel.Grid
	lo, hi int
}

// stripFloats is about how many floats of the input are used before the next strip: they
// stay in the L2 cache.
const stripFloats = 1 << 17

// NewConv2D is a convolution whose output is in blocked form, and whose weights are packed
// once, at the first run. Its inputs are x and perhaps a residual in the form of the output.
func NewConv2D(v Conv2D) *Op {
	b := &blockedConv{Conv2D: v, patch: v.ins() * product(v.Weight.Shape[2:])}
	// The input with what is needed around it.
	row, pixel, plane := v.In.row(), kernel.Block, v.In.plane()
	if v.Plain {
		row, pixel = v.In.Width+v.Before[1]+v.After[1], 1
		plane = row * (v.In.Height + v.Before[0] + v.After[0])
	}
	taps, depth, index := b.taps(row, pixel, plane)
	each := max(1, depth)
	ins := v.ins()
	pack := packing{outputsFirst, v.Out.Channels, len(taps) * each, func(o, k int) int {
		t := index[k/each]
		if in := t.channel + k%each; in < ins {
			return v.weight(o, in, t.y, t.x)
		}
		return -1
	}}
	switch {
	case v.Merged > 1:
		pack.order = merged
	case depth == kernel.Four:
		pack.order = blocksFirst
	}
	b.panels = sync.OnceValue(func() *kernel.Panels {
		return kernel.NewPanels(v.Out.Channels, depth, taps, v.Weight.pack(pack), floatsOf(v.Bias), b.bases(plane))
	})
	b.byPanel = v.Weight.Size() > plane*max(1, v.In.Channels/kernel.Block)
	rows := v.Out.Height
	if depth == kernel.Four {
		rows = max(1, stripFloats/max(1, row*v.Stride[0]*v.In.Blocks()))
	}
	strips := (v.Out.Height + rows - 1) / rows
	for s := range strips {
		lo, hi := kernel.Span(v.Out.Height, s, strips)
		b.strips = append(b.strips, strip{b.grid(lo, hi, row, pixel), lo, hi})
	}
	return &Op{min: 1, max: 2, run: b.run, PerSample: true, Weights: v.Weight.Bytes()}
}

// tap is a place in the kernel, and the first channel of those that lie side by side.
type tap struct{ channel, y, x int }

// taps lists where inputs lie from the first one of a pixel, and what they are.
func (b *blockedConv) taps(row, pixel, plane int) (offsets []int32, depth int, index []tap) {
	kh, kw := b.Weight.Shape[2], b.Weight.Shape[3]
	add := func(channel, y, x, at int) {
		offsets = append(offsets, int32(at+y*b.Dilation[0]*row+x*b.Dilation[1]*pixel))
		index = append(index, tap{channel, y, x})
	}
	spatial := func(f func(y, x int)) {
		for y := range kh {
			for x := range kw {
				f(y, x)
			}
		}
	}
	ins := b.ins()
	switch {
	case b.depthwise():
		spatial(func(y, x int) { add(0, y, x, 0) })
		return offsets, kernel.Depthwise, index
	case b.Plain:
		for c := range ins {
			spatial(func(y, x int) { add(c, y, x, c*plane) })
		}
		return offsets, kernel.Single, index
	}
	for c := 0; c < ins; c += kernel.Block {
		spatial(func(y, x int) {
			for d := 0; d < min(kernel.Block, ins-c); d += kernel.Four {
				add(c+d, y, x, c/kernel.Block*plane+d)
			}
		})
	}
	return offsets, kernel.Four, index
}

// bases are where the inputs of a panel begin.
func (b *blockedConv) bases(plane int) []int {
	if b.groups() == 1 {
		return nil
	}
	bases := make([]int, b.Out.Blocks())
	for i := range bases {
		if bases[i] = i * plane; !b.depthwise() {
			group := i * kernel.Block / (b.Out.Channels / b.groups())
			bases[i] = group * b.ins() / kernel.Block * plane
		}
	}
	return bases
}

func (b *blockedConv) grid(lo, hi, row, pixel int) *kernel.Grid {
	var runs []kernel.Run
	border := b.In.Border
	if b.Plain {
		border = b.Before[0]
	}
	left := b.In.Border
	if b.Plain {
		left = b.Before[1]
	}
	for y := lo; y < hi; y++ {
		from := (y*b.Stride[0]-b.Before[0]+border)*row + (left-b.Before[1])*pixel
		runs = append(runs, kernel.Run{From: from, To: b.Out.at(y, 0), N: b.Out.Width})
	}
	distance := b.Stride[1] * pixel
	if b.Out.Border == 0 && b.Stride[0]*row == b.Out.Width*distance { // rows follow each other
		runs = []kernel.Run{{From: runs[0].From, To: runs[0].To, N: (hi - lo) * b.Out.Width}}
	}
	return kernel.NewGrid(distance, kernel.Block, b.Out.plane(), false, runs)
}

func (b *blockedConv) run(c *Call) {
	x := c.floats(0)
	if b.Plain {
		c.need(len(x.Shape) == 4 && x.Shape[1] == b.In.Channels && x.Shape[2] == b.In.Height && x.Shape[3] == b.In.Width, "%v for the layout %+v", x, b.In)
	} else {
		x = c.blocked(0, b.In)
	}
	batch := x.Shape[0]
	y := c.blockedOut(batch, b.Out)
	residual := c.residual(1, y.Shape)
	e := c.epilogue()
	c.work(float64(y.Size()) * float64(b.patch))
	size := x.Size() / max(1, batch)
	pad := b.Plain && b.Before != [2]int{} || b.After != [2]int{} && b.Plain
	if pad {
		size = b.In.Channels * (b.In.Height + b.Before[0] + b.After[0]) * (b.In.Width + b.Before[1] + b.After[1])
		c.scratch(size * batch)
	}
	if c.trial() || batch == 0 {
		return
	}
	in := x.F
	if pad {
		var giveBack func()
		in, giveBack = c.borrow(batch * size)
		defer giveBack()
		b.pad(c, in, x, size)
	}
	groups := b.shares(batch, c.threads())
	n := batch * len(b.strips) * groups
	c.parallel(n, func(i int) {
		sample, s, g := i/groups/len(b.strips), i/groups%len(b.strips), i%groups
		if b.byPanel {
			g, sample, s = i/len(b.strips)/batch, i/len(b.strips)%batch, i%len(b.strips)
		}
		b.compute(y.F, in[sample*size:][:size], residual, sample, b.strips[s], g, groups, e)
	})
}

// panelBytes is about how many bytes of weights are used for all samples before the
// next ones.
const panelBytes = 1 << 18

// shares is how many parts the panels are divided into.
func (b *blockedConv) shares(batch, threads int) int {
	n := 1
	if b.byPanel {
		n = (b.panels().Bytes() + panelBytes - 1) / panelBytes
	}
	if tasks := batch * len(b.strips); threads > 1 && tasks*n < 4*threads {
		n = (4*threads + tasks - 1) / tasks
	}
	return max(1, min(n, b.Out.Blocks()/2))
}

// compute computes a part of the panels in one strip of a sample.
func (b *blockedConv) compute(y, in, residual []float32, sample int, s strip, group, groups int, e epilogue) {
	size, blocks := b.Out.sample(), b.Out.Blocks()
	from, to := kernel.Span((blocks+1)/2, group, groups)
	from, to = 2*from, min(2*to, blocks)
	out := y[sample*size:][:size]
	b.panels().Run(out, in, part(residual, sample*size, (sample+1)*size), s.Grid, from, to, e.relu)
	if e.f == nil {
		return
	}
	width := b.Out.Width * kernel.Block
	for block := from; block < to; block++ {
		plane := out[block*b.Out.plane():]
		if b.Out.Border == 0 {
			e.f(plane[s.lo*width : s.hi*width])
			continue
		}
		for row := s.lo; row < s.hi; row++ {
			e.f(plane[b.Out.at(row, 0):][:width])
		}
	}
}

// pad copies plain pictures into zeros.
func (b *blockedConv) pad(c *Call, out []float32, x *Value, size int) {
	h, w := b.In.Height, b.In.Width
	row := w + b.Before[1] + b.After[1]
	plane := size / b.In.Channels
	c.parallelSpans(x.Shape[0]*b.In.Channels, h*w, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			for y := range h {
				copy(out[p*plane+(y+b.Before[0])*row+b.Before[1]:][:w], x.F[(p*h+y)*w:])
			}
		}
	})
}

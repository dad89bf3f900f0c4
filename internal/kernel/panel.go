package kernel

import (
	"fmt"
	"math"
)

// Block is how many channels lie side by side in the blocked layout
// [channels/Block][height][width][Block], and how many outputs a panel has.
const Block = 16

// segment is how many pixels follow each other at one distance in a tile, which has
// one segment or two.
const segment = 7

// Panels are the weights of a product or a convolution, packed once: for each Block of
// outputs a panel [taps][depth][Block], so that the kernels read them in order.
type Panels struct {
	outs, depth int
	taps        []int32 // by tap: where its first input lies, from a pixel's first
	far         int     // the farthest of them, with its inputs
	w, bias     []float32
	bases       []int // by panel: where its inputs begin
	highest     int   // the highest of them
	maxima      bool
}

// Depths are how many inputs, side by side, a tap has.
const (
	Depthwise = 0 // one for each output: a channel has its own kernel
	Single    = 1
	Four      = 4
)

// Pack packs weights: at(o, k) is that of output o and input k, counted over the taps
// and within them; the rest is as for [NewPanels].
func Pack(outs, depth int, taps []int32, at func(o, k int) float32, bias []float32, bases []int) *Panels {
	inputs := len(taps) * max(1, depth)
	w := make([]float32, PackedLen(outs, inputs))
	EachPacked(outs, inputs, func(o, k, to int) { w[to] = at(o, k) })
	return NewPanels(outs, depth, taps, w, bias, bases)
}

// PackedLen is how many floats the packed weights of so many outputs take, each of so many
// inputs.
func PackedLen(outs, inputs int) int { return (outs + Block - 1) / Block * Block * inputs }

// EachPacked calls f for every weight with where it lies among the packed ones. The other
// places are those of outputs that only fill the last panel.
func EachPacked(outs, inputs int, f func(out, input, at int)) {
	for first := 0; first < outs; first += Block {
		for k := range inputs {
			for o := first; o < min(first+Block, outs); o++ {
				f(o, k, (first*inputs)+k*Block+o-first)
			}
		}
	}
}

// NewPanels are packed weights w, which are not copied; a tap has depth inputs. bias may be
// nil. bases say for each Block of outputs where its inputs begin; nil if all have the same.
func NewPanels(outs, depth int, taps []int32, w, bias []float32, bases []int) *Panels {
	panels, each := (outs+Block-1)/Block, max(1, depth)
	p := &Panels{outs: outs, depth: depth, taps: taps, bases: bases, w: w, bias: make([]float32, panels*Block)}
	if len(w) != PackedLen(outs, len(taps)*each) {
		panic(fmt.Sprintf("kernel: %d packed weights for %d outputs of %d inputs", len(w), outs, len(taps)*each))
	}
	if p.bases == nil {
		p.bases = make([]int, panels)
	}
	for _, t := range taps {
		if t < 0 {
			panic(fmt.Sprintf("kernel: a tap at %d", t))
		}
		p.far = max(p.far, int(t)+each)
	}
	if depth == Depthwise {
		p.far += Block - 1
	}
	for _, b := range p.bases {
		p.highest = max(p.highest, b)
	}
	copy(p.bias, bias)
	return p
}

// Maxima is one panel that has no weights: an output is the largest of its channel's
// inputs. NaN may get lost, as in a comparison.
func Maxima(taps []int32) *Panels {
	p := Pack(Block, Depthwise, taps, func(int, int) float32 { return 0 }, nil, nil)
	p.maxima = true
	for i := range p.bias {
		p.bias[i] = float32(math.Inf(-1))
	}
	return p
}

// Blocks is the number of panels.
func (p *Panels) Blocks() int { return len(p.bases) }

// Bytes is the memory of the packed weights.
func (p *Panels) Bytes() int { return 4 * len(p.w) }

// Run computes panels from … to-1 of out = epilogue(bias + residual + weights·in). The
// residual lies as out does, in memory of its own, and is nil if there is none. Each output
// is one chain of additions in the order of the taps, so that panels may be computed in any
// order, by anybody.
func (p *Panels) Run(out, in, residual []float32, g *Grid, from, to int, relu bool) {
	p.check(out, in, residual, g, from, to)
	r := panelRun{Panels: p, grid: g, out: out, in: in, residual: residual, relu: relu, class: Current()}
	if r.partial(p.Blocks() - 1) {
		r.scratch, r.added = make([]float32, 2*segment*Block), make([]float32, 2*segment*Block)
	}
	for b := from; b < to; {
		if r.class == AVX2 && p.depth > 0 {
			r.dense(b)
			b++
			continue
		}
		n := 1
		if b+1 < to && p.bases[b+1] == p.bases[b] && p.depth > 0 && !r.partial(b+1) {
			n = 2
		}
		for _, t := range g.tiles {
			r.tile(b, n, t)
		}
		b += n
	}
}

// check panics where the assembly would read or write beyond its data.
func (p *Panels) check(out, in, residual []float32, g *Grid, from, to int) {
	if from < 0 || to > p.Blocks() {
		panic(fmt.Sprintf("kernel: panels %d to %d of %d", from, to, p.Blocks()))
	}
	if len(g.tiles) == 0 || p.outs == 0 {
		return
	}
	last := Block
	if g.narrow {
		last = p.outs - (p.Blocks()-1)*Block
	}
	size := g.out + (p.Blocks()-1)*g.outBlock + last
	if len(in) < p.highest+g.in+p.far || len(out) < size || residual != nil && len(residual) < size {
		panic(fmt.Sprintf("kernel: %d inputs, %d outputs and %d residuals, want %d and %d", len(in), len(out), len(residual), p.highest+g.in+p.far, size))
	}
}

// panelRun is the state of one Run.
type panelRun struct {
	*Panels
	grid              *Grid
	out, in, residual []float32
	relu              bool
	class             Class
	scratch, added    []float32 // what a panel that is partial goes through
}

// panelTile is the argument of the kernels of Panels; gen/panel.go has its offsets.
// Distances are in bytes.
type panelTile struct {
	in, in2, w, out, out2   *float32
	taps                    *int32
	bias, residual, second  *float32
	count                   int
	inPixel, outPixel       int
	wBlock, outBlock, flags int
	n, blocks               int
}

// partial reports whether a panel has fewer outputs than it is wide.
func (r *panelRun) partial(block int) bool {
	return r.grid.narrow && (block+1)*Block > r.outs
}

// tile computes n panels of a tile. What is narrower than a panel goes through scratch
// memory.
func (r *panelRun) tile(block, n int, t gridTile) {
	at := block * r.grid.outBlock
	if !r.partial(block) {
		r.compute(block, n, t, r.out[at:], r.residual, at, r.grid.outPixel)
		return
	}
	width := r.outs - block*Block
	dense := gridTile{t.in, t.in2, 0, segment * Block, t.n}
	pixels := func(f func(own, scratch int)) {
		for i := range t.n {
			f(at+t.pixel(i, t.out, t.out2, r.grid.outPixel), i*Block)
		}
	}
	var residual []float32
	if r.residual != nil {
		residual = r.added
		pixels(func(own, scratch int) { copy(r.added[scratch:][:width], r.residual[own:]) })
	}
	r.compute(block, n, dense, r.scratch, residual, 0, Block)
	pixels(func(own, scratch int) { copy(r.out[own:][:width], r.scratch[scratch:]) })
}

// compute computes a tile of n panels into out; the residual lies from offset at on.
func (r *panelRun) compute(block, n int, t gridTile, out, residual []float32, at, outPixel int) {
	if residual != nil {
		residual = residual[at:]
	}
	if r.class == Portable {
		r.portable(block, n, t, out, residual, outPixel)
		return
	}
	r.vector(block, n, t, out, residual, outPixel)
}

func (r *panelRun) portable(block, n int, t gridTile, out, residual []float32, outPixel int) {
	each := max(1, r.depth)
	for b := block; b < block+n; b++ {
		for i := range t.n {
			sums := [Block]float32(r.bias[b*Block:])
			w := r.w[b*len(r.taps)*each*Block:]
			for k, tap := range r.taps {
				x := r.in[r.bases[b]+int(tap)+t.pixel(i, t.in, t.in2, r.grid.inPixel):]
				if r.maxima {
					keepLargest(&sums, (*[Block]float32)(x))
					continue
				}
				if r.depth == Depthwise {
					addProducts(&sums, (*[Block]float32)(x), (*[Block]float32)(w[k*Block:]))
					continue
				}
				for d, v := range x[:each] {
					addScaled(&sums, v, (*[Block]float32)(w[(k*each+d)*Block:]))
				}
			}
			to := (b-block)*r.grid.outBlock + t.pixel(i, t.out, t.out2, outPixel)
			for j, v := range sums {
				if residual != nil {
					v += residual[to+j]
				}
				if r.relu {
					v = max(v, 0)
				}
				out[to+j] = v
			}
		}
	}
}

func addScaled(sums *[Block]float32, x float32, w *[Block]float32) {
	for j, v := range w {
		sums[j] += x * v
	}
}

func addProducts(sums, x, w *[Block]float32) {
	for j, v := range w {
		sums[j] += x[j] * v
	}
}

// keepLargest takes x if either is NaN, as the assembly does.
func keepLargest(sums, x *[Block]float32) {
	for j, v := range sums {
		if !(v > x[j]) {
			sums[j] = x[j]
		}
	}
}

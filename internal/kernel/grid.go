package kernel

import (
	"fmt"
	"math"
	"sync"
)

// Grid says where the pixels of an input and an output lie; distances are in floats. For
// a product they are rows.
type Grid struct {
	inPixel, outPixel, outBlock int
	narrow                      bool
	tiles                       []gridTile
	in, out                     int // the farthest pixels
	dense                       func() denseTiles
}

// gridTile are n pixels from in on, and 7 more from in2 on if n is 14.
type gridTile struct{ in, in2, out, out2, n int }

// denseMost is how many pixels a tile of a dense kernel has at most.
const denseMost = 6

// denseTiles are the same pixels for the dense kernels: the first wide tiles have most of
// them, the others one less.
type denseTiles struct {
	most, wide int
	tiles      []densePixels
}

// densePixels says where each pixel of a tile lies; gen/dense.go knows it.
type densePixels struct{ in, out [denseMost]int32 }

// NewGrid divides runs of pixels into tiles: From is where a run begins in the input, To
// in the output. Panels of outputs lie outBlock apart; narrow says that the last of them
// is only as wide as there are outputs.
func NewGrid(inPixel, outPixel, outBlock int, narrow bool, runs []Run) *Grid {
	g := &Grid{inPixel: inPixel, outPixel: outPixel, outBlock: outBlock, narrow: narrow}
	pixels, pending := 0, -1 // a tile that waits for a second segment
	for _, r := range runs {
		if r.N < 1 || r.From < 0 || r.To < 0 {
			panic(fmt.Sprintf("kernel: a run of %d pixels from %d to %d", r.N, r.From, r.To))
		}
		pixels += r.N
		g.in, g.out = max(g.in, r.From+(r.N-1)*inPixel), max(g.out, r.To+(r.N-1)*outPixel)
		for done := 0; done < r.N; {
			n := segmentOf(r.N - done)
			in, out := r.From+done*inPixel, r.To+done*outPixel
			done += n
			if n == segment && pending >= 0 {
				t := &g.tiles[pending]
				t.in2, t.out2, t.n, pending = in, out, 2*segment, -1
				continue
			}
			if n == segment {
				pending = len(g.tiles)
			}
			g.tiles = append(g.tiles, gridTile{in, in, out, out, n})
		}
	}
	g.dense = sync.OnceValue(func() denseTiles { return g.divide(runs, pixels) })
	return g
}

// divide puts the pixels of all runs into as few dense tiles as can be, of nearly equal size.
func (g *Grid) divide(runs []Run, pixels int) denseTiles {
	if max(g.in, g.out) > math.MaxInt32 {
		panic(fmt.Sprintf("kernel: pixels at %d and %d", g.in, g.out))
	}
	n := (pixels + denseMost - 1) / denseMost
	d := denseTiles{tiles: make([]densePixels, n)}
	if n == 0 {
		return d
	}
	d.most = (pixels + n - 1) / n
	d.wide = pixels - n*(d.most-1)
	tile, at := 0, 0
	for _, r := range runs {
		for i := range r.N {
			d.tiles[tile].in[at], d.tiles[tile].out[at] = int32(r.From+i*g.inPixel), int32(r.To+i*g.outPixel)
			if at++; at == d.most || at == d.most-1 && tile >= d.wide {
				tile, at = tile+1, 0
			}
		}
	}
	return d
}

// segmentOf is how many of n pixels are computed next: few are slow, so that the last
// two segments are of one length.
func segmentOf(n int) int {
	if n > segment && n < segment+4 {
		return (n + 1) / 2
	}
	return min(n, segment)
}

// pixel is where pixel i of a tile lies.
func (t gridTile) pixel(i, first, second, step int) int {
	if i < segment {
		return first + i*step
	}
	return second + (i-segment)*step
}

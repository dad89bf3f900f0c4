package kernel

import "fmt"

// Grid says where the pixels of an input and an output lie; distances are in floats. For
// a product they are rows.
type Grid struct {
	inPixel, outPixel, outBlock int
	narrow                      bool
	tiles                       []gridTile
	in, out                     int // the farthest pixels
}

// gridTile are n pixels from in on, and 7 more from in2 on if n is 14.
type gridTile struct{ in, in2, out, out2, n int }

// NewGrid divides runs of pixels into tiles: From is where a run begins in the input, To
// in the output. Panels of outputs lie outBlock apart; narrow says that the last of them
// is only as wide as there are outputs.
func NewGrid(inPixel, outPixel, outBlock int, narrow bool, runs []Run) *Grid {
	g := &Grid{inPixel: inPixel, outPixel: outPixel, outBlock: outBlock, narrow: narrow}
	pending := -1 // a tile that waits for a second segment
	for _, r := range runs {
		if r.N < 1 || r.From < 0 || r.To < 0 {
			panic(fmt.Sprintf("kernel: a run of %d pixels from %d to %d", r.N, r.From, r.To))
		}
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
	return g
}

// segmentOf is how many of n pixels are computed next: few are slow, so that the last
// two segments are of one length.
func segmentOf(n int) int {
	if n > segment && n < segment+4 {
		return (n + 1) / 2
	}
	return min(n, segment)
}

// Tiles is the number of tiles.
func (g *Grid) Tiles() int { return len(g.tiles) }

// pixel is where pixel i of a tile lies.
func (t gridTile) pixel(i, first, second, step int) int {
	if i < segment {
		return first + i*step
	}
	return second + (i-segment)*step
}

package kernel

const (
	// depth is how much of k one pass takes: so many rows of a tile's columns of
	// B stay in the first-level cache while the tiles of C below each other use
	// them.
	depth = 256
	// packRows is from how many rows of C on a block of B is copied together.
	packRows = 96
	// farApart is a distance in bytes between rows under which they fall into a
	// few sets of the first-level cache and push each other out.
	farApart = 2048
	// cacheLine in floats.
	cacheLine = 16
)

// gemmTiled cuts C into tiles for the assembly. Blocks of k come one after the
// other, and C carries the sums from block to block, so that the chain of
// additions of an element is the same for any cut.
func gemmTiled(c, a, b Mat, e Epilogue, class Class) {
	g := tiling{c: c, a: a, b: b, e: e, class: class, rows: 6, cols: 16}
	if class == AVX512 {
		g.rows, g.cols = 12, 32
	}
	g.tile = tile{aRow: 4 * a.RowStride, aCol: 4 * a.ColStride, cRow: 4 * c.RowStride, sRow: 4 * e.Scale.RowStride}
	if c.Rows >= packRows {
		data, s := borrow(depth * g.cols)
		defer scratch.Put(s)
		g.packed = data
	}
	if a.ColStride == 1 && 4*a.RowStride%farApart == 0 && a.Cols > 0 && c.Cols > g.cols {
		data, s := borrow(a.Rows * (depth + cacheLine))
		defer scratch.Put(s)
		g.near = data
		g.tile.aRow = 4 * (depth + cacheLine)
	}
	for p := 0; p == 0 || p < a.Cols; p += depth {
		g.pass(p, min(depth, a.Cols-p))
	}
}

// tiling is one product under way.
type tiling struct {
	c, a, b    Mat
	e          Epilogue
	class      Class
	rows, cols int // of a whole tile
	tile       tile
	packed     []float32 // a block of B with its rows together, or nil
	near       []float32 // a block of A with its rows nearer, or nil
}

// pass adds k's block p … p+n-1.
func (g *tiling) pass(p, n int) {
	t := &g.tile
	t.k = n
	if g.near != nil {
		for i := range g.a.Rows {
			copy(g.near[i*(depth+cacheLine):][:n], g.a.Data[i*g.a.RowStride+p:][:n])
		}
	}
	first, last := p == 0, p+n == g.a.Cols
	for j := 0; j < g.c.Cols; j += g.cols {
		t.cols = min(g.cols, g.c.Cols-j)
		t.flags, t.bias = 0, nil
		if g.e.Accumulate || !first {
			t.flags |= flagAccumulate
		} else if g.e.Bias != nil {
			t.bias = &g.e.Bias[j]
		}
		if g.e.ReLU && last {
			t.flags |= flagReLU
		}
		if n > 0 {
			g.block(p, j)
		}
		g.column(p, j, last)
	}
}

// block points the tile at rows p … of columns j … of B.
func (g *tiling) block(p, j int) {
	t := &g.tile
	t.b, t.bRow = &g.b.Data[p*g.b.RowStride+j], 4*g.b.RowStride
	if g.packed == nil {
		return
	}
	for q := range t.k {
		copy(g.packed[q*g.cols:][:t.cols], g.b.Data[(p+q)*g.b.RowStride+j:][:t.cols])
	}
	t.b, t.bRow = &g.packed[0], 4*g.cols
}

// column works off the tiles of columns j … from top to bottom.
func (g *tiling) column(p, j int, last bool) {
	t := &g.tile
	blocks := (g.c.Rows + g.rows - 1) / g.rows
	for block := range blocks {
		lo, hi := Span(g.c.Rows, block, blocks)
		t.rows = hi - lo
		switch {
		case t.k == 0:
		case g.near != nil:
			t.a = &g.near[lo*(depth+cacheLine)]
		default:
			t.a = &g.a.Data[lo*g.a.RowStride+p*g.a.ColStride]
		}
		t.c = &g.c.Data[lo*g.c.RowStride+j]
		t.rowBias = nil
		if g.e.RowBias != nil {
			t.rowBias = &g.e.RowBias[lo]
		}
		t.scale = nil
		if last && g.e.Scale.Data != nil {
			t.scale = &g.e.Scale.Data[lo*g.e.Scale.RowStride+j]
		}
		if g.class == AVX512 {
			tileAVX512(t)
		} else {
			tileAVX2(t)
		}
	}
}

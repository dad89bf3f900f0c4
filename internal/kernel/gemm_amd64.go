package kernel

const (
	// kBlock is the block size of k. That many rows of a tile's columns of B
	// stay in the L1 cache while all tiles of C in these columns use them.
	kBlock = 256
	// packRows is the number of rows of C from which a block of B is packed.
	packRows = 96
	// conflictStride is a row stride in bytes whose multiples map to the same
	// few sets of the L1 cache, so that rows evict each other.
	conflictStride = 2048
	// cacheLine is the size of a cache line in floats.
	cacheLine = 16
)

// gemmTiled divides C into tiles for the assembly. It processes one block of k
// after the other, and C holds the sums from block to block, so that the chain
// of additions of an element does not depend on how the work is divided.
func gemmTiled(c, a, b Mat, e Epilogue, class Class) {
	g := tiling{c: c, a: a, b: b, e: e, class: class, rows: 6, cols: 16}
	if class == AVX512 {
		g.rows, g.cols = 12, 32
	}
	g.tile = tile{aRow: 4 * a.RowStride, aCol: 4 * a.ColStride, cRow: 4 * c.RowStride, sRow: 4 * e.Scale.RowStride}
	if c.Rows >= packRows || b.ColStride != 1 {
		data, s := getScratch(kBlock * g.cols)
		defer scratchPool.Put(s)
		g.packedB = data
	}
	if a.ColStride == 1 && 4*a.RowStride%conflictStride == 0 && a.Cols > 0 && c.Cols > g.cols {
		data, s := getScratch(a.Rows * (kBlock + cacheLine))
		defer scratchPool.Put(s)
		g.packedA = data
		g.tile.aRow = 4 * (kBlock + cacheLine)
	}
	for p := 0; p == 0 || p < a.Cols; p += kBlock {
		g.pass(p, min(kBlock, a.Cols-p))
	}
}

// tiling is the state of one product.
type tiling struct {
	c, a, b    Mat
	e          Epilogue
	class      Class
	rows, cols int // of a whole tile
	tile       tile
	packedB    []float32 // a packed block of B, or nil
	packedA    []float32 // a block of A with a stride that avoids cache conflicts, or nil
}

// pass adds block p … p+n-1 of k.
func (g *tiling) pass(p, n int) {
	t := &g.tile
	t.k = n
	if g.packedA != nil {
		for i := range g.a.Rows {
			copy(g.packedA[i*(kBlock+cacheLine):][:n], g.a.Data[i*g.a.RowStride+p:][:n])
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
			g.setB(p, j)
		}
		g.columnTiles(p, j, last)
	}
}

// setB points the tile at the block of B that starts at row p, column j.
func (g *tiling) setB(p, j int) {
	t := &g.tile
	t.b, t.bRow = &g.b.Data[p*g.b.RowStride+j*g.b.ColStride], 4*g.b.RowStride
	if g.packedB == nil {
		return
	}
	if g.b.ColStride != 1 {
		Transpose(Dense(g.packedB, t.k, g.cols).ColRange(0, t.cols), g.b.T().RowRange(j, j+t.cols).ColRange(p, p+t.k))
		t.b, t.bRow = &g.packedB[0], 4*g.cols
		return
	}
	for q := range t.k {
		copy(g.packedB[q*g.cols:][:t.cols], g.b.Data[(p+q)*g.b.RowStride+j:][:t.cols])
	}
	t.b, t.bRow = &g.packedB[0], 4*g.cols
}

// columnTiles computes the tiles of C that start at column j, from top to
// bottom.
func (g *tiling) columnTiles(p, j int, last bool) {
	t := &g.tile
	blocks := (g.c.Rows + g.rows - 1) / g.rows
	for block := range blocks {
		lo, hi := Span(g.c.Rows, block, blocks)
		t.rows = hi - lo
		switch {
		case t.k == 0:
		case g.packedA != nil:
			t.a = &g.packedA[lo*(kBlock+cacheLine)]
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

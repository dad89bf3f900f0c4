package kernel

const (
	// kBlock is the block size of k: that many columns of a tile's rows of A, and that
	// many rows of its columns of B, stay near while they are used.
	kBlock = 256
	// packRows is the number of rows of C from which a block of B is packed.
	packRows = 96
	// packedTiles is how many tiles of columns are packed at a time: they stay in the L2
	// cache while all rows of A pass by, each of which is read from memory once.
	packedTiles = 16
	// conflictStride is a row stride in bytes whose multiples map to the same
	// set of the L1 cache, so that rows evict each other.
	conflictStride = 4096
	// rowCols are the columns of a tile of a single row.
	rowCols = 64
	// cacheLine is the size of a cache line in floats.
	cacheLine = 16
	// aStride is the distance of rows of A that are copied: no multiple of that.
	aStride = kBlock + cacheLine
)

// gemmTiled divides C into tiles for the assembly. It processes one block of k
// after the other, and C holds the sums from block to block, so that the chain
// of additions of an element does not depend on how the work is divided.
func gemmTiled(c, a, b Mat, e Epilogue, class Class) {
	if n := c.Cols / rowCols * rowCols; c.Rows == 1 && class == AVX2 && b.ColStride == 1 && 0 < n && n < c.Cols {
		gemmTiled(c.ColRange(0, n), a, b.ColRange(0, n), e, class)
		gemmTiled(c.ColRange(n, c.Cols), a, b.ColRange(n, c.Cols), e.from(n), class)
		return
	}
	g := tiling{c: c, a: a, b: b, e: e, class: class, rows: 6, cols: 16}
	if class == AVX512 {
		g.rows, g.cols = 12, 32
	}
	if c.Rows == 1 && class == AVX2 && b.ColStride == 1 && c.Cols%rowCols == 0 {
		g.cols = rowCols
	}
	g.tile = tile{aRow: 4 * a.RowStride, aCol: 4 * a.ColStride, cRow: 4 * c.RowStride, sRow: 4 * e.Scale.RowStride}
	g.wide = g.cols
	if c.Rows >= packRows || b.ColStride != 1 {
		g.wide = packedTiles * g.cols
		data, s := getScratch(kBlock * min(g.wide, (c.Cols+g.cols-1)/g.cols*g.cols))
		defer scratchPool.Put(s)
		g.packedB = data
	}
	// A tile's rows of A are copied where their lines would evict each other.
	if a.ColStride == 1 && 4*a.RowStride%conflictStride == 0 && a.Cols > 0 && c.Cols > g.cols {
		data, s := getScratch(g.rows * aStride)
		defer scratchPool.Put(s)
		g.packedA = data
		g.tile.aRow = 4 * aStride
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
	wide       int // columns that the rows of A are multiplied with before the next ones
	tile       tile
	packedB    []float32 // packed blocks of B, tile by tile, or nil
	packedA    []float32 // a tile's rows of A with a stride that avoids cache conflicts, or nil
}

// pass adds block p … p+n-1 of k.
func (g *tiling) pass(p, n int) {
	g.tile.k = n
	for from := 0; from < g.c.Cols; from += g.wide {
		to := min(from+g.wide, g.c.Cols)
		for j := from; j < to && g.packedB != nil && n > 0; j += g.cols {
			g.pack(p, j, g.packedB[(j-from)*kBlock:])
		}
		blocks := (g.c.Rows + g.rows - 1) / g.rows
		for block := range blocks {
			lo, hi := Span(g.c.Rows, block, blocks)
			g.setA(p, lo, hi)
			for j := from; j < to; j += g.cols {
				g.setB(p, j, j-from)
				g.columns(p, lo, j)
			}
		}
	}
}

// pack copies a block of B, or its transpose, for a tile.
func (g *tiling) pack(p, j int, to []float32) {
	k, n := g.tile.k, min(g.cols, g.c.Cols-j)
	if g.b.ColStride != 1 {
		Transpose(Dense(to, k, g.cols).ColRange(0, n), g.b.T().RowRange(j, j+n).ColRange(p, p+k))
		return
	}
	for q := range k {
		copy(to[q*g.cols:][:n], g.b.Data[(p+q)*g.b.RowStride+j:][:n])
	}
}

// setA points the tile at rows lo … hi-1 of A.
func (g *tiling) setA(p, lo, hi int) {
	t := &g.tile
	t.rows = hi - lo
	switch {
	case t.k == 0:
	case g.packedA == nil:
		t.a = &g.a.Data[lo*g.a.RowStride+p*g.a.ColStride]
	default:
		for i := lo; i < hi; i++ {
			copy(g.packedA[(i-lo)*aStride:][:t.k], g.a.Data[i*g.a.RowStride+p:][:t.k])
		}
		t.a = &g.packedA[0]
	}
	t.rowBias = nil
	if g.e.RowBias != nil {
		t.rowBias = &g.e.RowBias[lo]
	}
}

// setB points the tile at the block of B that starts at row p, column j: the packed one
// at column at.
func (g *tiling) setB(p, j, at int) {
	t := &g.tile
	t.cols = min(g.cols, g.c.Cols-j)
	switch {
	case t.k == 0:
	case g.packedB != nil:
		t.b, t.bRow = &g.packedB[at*kBlock], 4*g.cols
	default:
		t.b, t.bRow = &g.b.Data[p*g.b.RowStride+j], 4*g.b.RowStride
	}
}

// columns computes the tile whose first element is in row lo and column j of C.
func (g *tiling) columns(p, lo, j int) {
	t := &g.tile
	t.flags, t.bias, t.scale = 0, nil, nil
	last := p+t.k == g.a.Cols
	if g.e.Accumulate || p > 0 {
		t.flags |= flagAccumulate
	} else if g.e.Bias != nil {
		t.bias = &g.e.Bias[j]
	}
	if g.e.ReLU && last {
		t.flags |= flagReLU
	}
	if last && g.e.Scale.Data != nil {
		t.scale = &g.e.Scale.Data[lo*g.e.Scale.RowStride+j]
	}
	t.c = &g.c.Data[lo*g.c.RowStride+j]
	switch {
	case g.class == AVX512:
		tileAVX512(t)
	case g.cols == rowCols:
		rowAVX2(t)
	default:
		tileAVX2(t)
	}
}

// from is the epilogue of the columns from j on.
func (e Epilogue) from(j int) Epilogue {
	if e.Bias != nil {
		e.Bias = e.Bias[j:]
	}
	if e.Scale.Data != nil {
		e.Scale = e.Scale.ColRange(j, e.Scale.Cols)
	}
	return e
}

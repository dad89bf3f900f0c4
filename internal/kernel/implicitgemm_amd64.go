package kernel

// implicitTile is the argument of the kernels of ImplicitGemm; gen/implicitgemm.go
// has its offsets. Strides are in bytes. The second vector is read at b2 and
// stored at c2.
type implicitTile struct {
	a, b, b2, c, c2, rowBias *float32
	offsets                  *int32
	k, aRow, cRow            int
	rows, n, n2              int
	flags                    int
}

//go:noescape
func implicitAVX2(t *implicitTile)

//go:noescape
func implicitAVX512(t *implicitTile)

// implicitGemmVector multiplies the runs two vectors at a time.
func implicitGemmVector(c, a Mat, w Im2col, e Epilogue, class Class) {
	lanes, rows, f := 8, 6, implicitAVX2
	if class == AVX512 {
		lanes, rows, f = 16, 12, implicitAVX512
	}
	t := implicitTile{offsets: &w.Offsets[0], k: a.Cols, aRow: 4 * a.RowStride, cRow: 4 * c.RowStride}
	if e.ReLU {
		t.flags = flagReLU
	}
	var first Run // the first vector of a pair
	two := func(r, s Run) {
		t.b, t.b2, t.n, t.n2 = &w.Data[r.From], &w.Data[s.From], r.N, s.N
		blocks := (c.Rows + rows - 1) / rows
		for block := range blocks {
			lo, hi := Span(c.Rows, block, blocks)
			t.rows = hi - lo
			t.a, t.c, t.c2 = &a.Data[lo*a.RowStride], &c.Data[lo*c.RowStride+r.To], &c.Data[lo*c.RowStride+s.To]
			if e.RowBias != nil {
				t.rowBias = &e.RowBias[lo]
			}
			f(&t)
		}
	}
	for _, r := range w.Runs {
		for j := 0; j < r.N; j += lanes {
			v := Run{r.From + j, r.To + j, min(lanes, r.N-j)}
			if first.N == 0 {
				first = v
				continue
			}
			two(first, v)
			first.N = 0
		}
	}
	if first.N > 0 {
		two(first, first)
	}
}

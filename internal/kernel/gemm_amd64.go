package kernel

// depth is how much of k one pass takes: so many rows of a tile's columns of B
// stay in the first-level cache while the tiles of C below each other use them.
const depth = 256

// gemmTiled cuts C into tiles for the assembly. A column of tiles is worked off
// downwards, one block of k after the other; C carries the sums from block to
// block, so that the chain of additions of an element is the same for any cut.
func gemmTiled(c, a, b Mat, e Epilogue, class Class) {
	rows, cols := 6, 16
	if class == AVX512 {
		rows, cols = 12, 32
	}
	t := tile{aRow: 4 * a.RowStride, aCol: 4 * a.ColStride, bRow: 4 * b.RowStride, cRow: 4 * c.RowStride, sRow: 4 * e.Scale.RowStride}
	k := a.Cols
	blocks := max(1, (c.Rows+rows-1)/rows)
	for j := 0; j < c.Cols; j += cols {
		t.cols = min(cols, c.Cols-j)
		for p := 0; p == 0 || p < k; p += depth {
			t.k = min(depth, k-p)
			if t.k > 0 {
				t.b = &b.Data[p*b.RowStride+j]
			}
			first, last := p == 0, p+t.k == k
			t.flags, t.bias = 0, nil
			if e.Accumulate || !first {
				t.flags |= flagAccumulate
			} else if e.Bias != nil {
				t.bias = &e.Bias[j]
			}
			if e.ReLU && last {
				t.flags |= flagReLU
			}
			for block := range blocks {
				lo, hi := Span(c.Rows, block, blocks)
				t.rows = hi - lo
				if t.k > 0 {
					t.a = &a.Data[lo*a.RowStride+p*a.ColStride]
				}
				t.c = &c.Data[lo*c.RowStride+j]
				t.scale = nil
				if last && e.Scale.Data != nil {
					t.scale = &e.Scale.Data[lo*e.Scale.RowStride+j]
				}
				if class == AVX512 {
					tileAVX512(&t)
				} else {
					tileAVX2(&t)
				}
			}
		}
	}
}

package kernel

import "fmt"

// Im2col is the im2col matrix of a convolution of stride 1 over a padded image.
// It is not stored, since its rows overlap: element (k, Runs[r].To + j) is
// Data[Offsets[k] + Runs[r].From + j].
type Im2col struct {
	Data    []float32
	Offsets []int32
	Runs    []Run
}

// Run is a run of N columns, from To on, whose elements are consecutive in
// Data, from offset From on.
type Run struct{ From, To, N int }

// Slack is how many floats Im2col.Data must have after the last element in use.
const Slack = 16

// check panics if ImplicitGemm would read or write beyond its data, which is a
// bug of the caller.
func (w Im2col) check(cols int) {
	low, high := int32(0), int32(0)
	for _, o := range w.Offsets {
		low, high = min(low, o), max(high, o)
	}
	for _, r := range w.Runs {
		if r.N < 1 || r.To < 0 || r.To+r.N > cols || low < 0 || r.From < 0 || int(high)+r.From+r.N+Slack > len(w.Data) {
			panic(fmt.Sprintf("kernel: a run of %d from %d to %d (offsets %d to %d) with %d columns and %d elements",
				r.N, r.From, r.To, low, high, cols, len(w.Data)))
		}
	}
}

// panel is how many floats of A stay in the cache while they are multiplied
// with the whole im2col matrix: half of the L2 cache.
const panel = 1 << 17

// ImplicitGemm computes C = epilogue(A·W) for A [m, k] and the k rows of W,
// both A and C with ColStride 1: a convolution as implicit GEMM. Columns
// outside all runs keep their values. Of the epilogue only RowBias and ReLU may
// be set. Each element is one chain of additions in the order of k, as in Gemm.
func ImplicitGemm(c, a Mat, w Im2col, e Epilogue) {
	if c.Rows != a.Rows || a.Cols != len(w.Offsets) || c.ColStride != 1 || a.ColStride != 1 {
		panic(fmt.Sprintf("kernel: product of %d×%d and an im2col matrix of %d rows into %d×%d", a.Rows, a.Cols, len(w.Offsets), c.Rows, c.Cols))
	}
	if e.Accumulate || e.Bias != nil || e.Scale.Data != nil || e.RowBias != nil && len(e.RowBias) < c.Rows {
		panic("kernel: ImplicitGemm supports only RowBias and ReLU as an epilogue")
	}
	c.check("C")
	a.check("A")
	w.check(c.Cols)
	if c.Rows == 0 || len(w.Runs) == 0 || a.Cols == 0 {
		return
	}
	class := Current()
	if class == Portable {
		implicitGemmPortable(c, a, w, e)
		return
	}
	rows := max(24, panel/a.Cols)
	for lo := 0; lo < c.Rows; lo += rows {
		hi := min(lo+rows, c.Rows)
		part := e
		if e.RowBias != nil {
			part.RowBias = e.RowBias[lo:hi]
		}
		implicitGemmVector(c.RowRange(lo, hi), a.RowRange(lo, hi), w, part, class)
	}
}

func implicitGemmPortable(c, a Mat, w Im2col, e Epilogue) {
	for i := range c.Rows {
		at := a.Data[i*a.RowStride:][:len(w.Offsets)]
		for _, r := range w.Runs {
			row := c.Data[i*c.RowStride+r.To:][:r.N]
			startRow(row, i, e)
			for k, o := range w.Offsets {
				chain(row, at[k:], Mat{Cols: 1, ColStride: 1}, Mat{Data: w.Data[int(o)+r.From:], RowStride: r.N})
			}
			finishRow(row, i, e)
		}
	}
}

package kernel

import "fmt"

// Windows is a matrix that need not be stored, for its rows overlap: element
// (k, Runs[r].To + j) is Data[Offsets[k] + Runs[r].From + j]. A convolution of
// stride 1 over a padded picture is a product with such a matrix.
type Windows struct {
	Data    []float32
	Offsets []int32
	Runs    []Run
}

// Run is N columns next to each other whose elements are next to each other in
// Data too.
type Run struct{ From, To, N int }

// Slack is how many floats Windows.Data must reach beyond its last element.
const Slack = 16

// check panics where Slide would read or write beyond its data: a mistake of
// the caller.
func (w Windows) check(cols int) {
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

// panel is how many floats of A are kept near while all of the windows are
// multiplied with them: half of a second-level cache.
const panel = 1 << 17

// Slide reckons C = epilogue(A·W) for A [m, k] and W's k rows, both A and C with
// ColStride 1; columns that no run names are left as they are. Of the epilogue
// only RowBias and ReLU may be set. Each element is one chain of additions in
// the order of k, as in Gemm.
func Slide(c, a Mat, w Windows, e Epilogue) {
	if c.Rows != a.Rows || a.Cols != len(w.Offsets) || c.ColStride != 1 || a.ColStride != 1 {
		panic(fmt.Sprintf("kernel: product of %d×%d and %d windows into %d×%d", a.Rows, a.Cols, len(w.Offsets), c.Rows, c.Cols))
	}
	if e.Accumulate || e.Bias != nil || e.Scale.Data != nil || e.RowBias != nil && len(e.RowBias) < c.Rows {
		panic("kernel: an epilogue that Slide does not have")
	}
	c.check("C")
	a.check("A")
	w.check(c.Cols)
	if c.Rows == 0 || len(w.Runs) == 0 || a.Cols == 0 {
		return
	}
	class := Current()
	if class == Portable {
		slidePortable(c, a, w, e)
		return
	}
	rows := max(24, panel/a.Cols)
	for lo := 0; lo < c.Rows; lo += rows {
		hi := min(lo+rows, c.Rows)
		part := e
		if e.RowBias != nil {
			part.RowBias = e.RowBias[lo:hi]
		}
		slideVector(c.RowRange(lo, hi), a.RowRange(lo, hi), w, part, class)
	}
}

func slidePortable(c, a Mat, w Windows, e Epilogue) {
	for i := range c.Rows {
		for _, r := range w.Runs {
			row := c.Data[i*c.RowStride+r.To:][:r.N]
			clear(row)
			for k, o := range w.Offsets {
				v := a.Data[i*a.RowStride+k]
				for j, x := range w.Data[int(o)+r.From:][:r.N] {
					row[j] += v * x
				}
			}
			finishRow(row, i, e)
		}
	}
}

package kernel

import "fmt"

// Mat is a view of a row-major float32 matrix: element (i, j) is
// Data[i*RowStride+j*ColStride]. A transposed view swaps the strides.
type Mat struct {
	Data                 []float32
	Rows, Cols           int
	RowStride, ColStride int
}

// Dense returns the contiguous row-major view of rows × cols elements.
func Dense(data []float32, rows, cols int) Mat {
	return Mat{Data: data, Rows: rows, Cols: cols, RowStride: cols, ColStride: 1}
}

// T returns the transposed view; nothing is copied.
func (m Mat) T() Mat {
	return Mat{Data: m.Data, Rows: m.Cols, Cols: m.Rows, RowStride: m.ColStride, ColStride: m.RowStride}
}

// RowRange returns the view of rows lo … hi-1.
func (m Mat) RowRange(lo, hi int) Mat {
	v := m
	v.Rows = hi - lo
	if lo < hi {
		v.Data = m.Data[lo*m.RowStride:]
	}
	return v
}

// ColRange returns the view of columns lo … hi-1.
func (m Mat) ColRange(lo, hi int) Mat {
	v := m
	v.Cols = hi - lo
	if lo < hi && m.Rows > 0 { // one of no rows has no data
		v.Data = m.Data[lo*m.ColStride:]
	}
	return v
}

// check panics if the view exceeds its data: the assembly does not check
// bounds, so this is the only place where a bug of the caller can be caught.
func (m Mat) check(name string) {
	if m.Rows == 0 || m.Cols == 0 {
		return
	}
	last := (m.Rows-1)*m.RowStride + (m.Cols-1)*m.ColStride
	if m.Rows < 0 || m.Cols < 0 || m.RowStride < 0 || m.ColStride < 0 || last >= len(m.Data) {
		panic(fmt.Sprintf("kernel: matrix %s of %d×%d (strides %d, %d) exceeds its %d elements",
			name, m.Rows, m.Cols, m.RowStride, m.ColStride, len(m.Data)))
	}
}

// Epilogue is applied to each element of a product before it is stored, in this
// order: + C[i, j] (Accumulate), or else + Bias[j] or RowBias[i]; max(·, 0)
// (ReLU); × Scale[i, j] (a dropout mask: 0 or 1/(1−p)).
type Epilogue struct {
	Accumulate bool
	Bias       []float32 // one per column, or nil
	RowBias    []float32 // one per row, or nil
	ReLU       bool
	Scale      Mat // same size as C, ColStride 1; Data nil for none
}

// Gemm computes C = epilogue(A·B) for A [m, k] with any strides, B [k, n] with a stride of 1
// in one direction, and C [m, n] with ColStride 1. C must not overlap A or B. It panics
// if sizes do not fit, which is a bug of the caller and never caused by input.
func Gemm(c, a, b Mat, e Epilogue) {
	if c.Rows != a.Rows || c.Cols != b.Cols || a.Cols != b.Rows || c.ColStride != 1 || b.ColStride != 1 && b.RowStride != 1 {
		panic(fmt.Sprintf("kernel: product of %d×%d and %d×%d into %d×%d", a.Rows, a.Cols, b.Rows, b.Cols, c.Rows, c.Cols))
	}
	c.check("C")
	a.check("A")
	b.check("B")
	if e.Bias != nil && len(e.Bias) < c.Cols {
		panic("kernel: bias shorter than a row")
	}
	if e.RowBias != nil && len(e.RowBias) < c.Rows {
		panic("kernel: row bias shorter than a column")
	}
	if e.Accumulate && (e.Bias != nil || e.RowBias != nil) || e.Bias != nil && e.RowBias != nil {
		panic("kernel: Epilogue has more than one of Accumulate, Bias and RowBias")
	}
	if e.Scale.Data != nil {
		if e.Scale.Rows < c.Rows || e.Scale.Cols < c.Cols || e.Scale.ColStride != 1 {
			panic("kernel: scale smaller than the product")
		}
		e.Scale.check("Scale")
	}
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	if class := Current(); class != Portable {
		gemmTiled(c, a, b, e, class)
		return
	}
	if b.ColStride != 1 {
		data, s := getScratch(b.Rows * b.Cols)
		defer scratchPool.Put(s)
		turned := Dense(data, b.Rows, b.Cols)
		Transpose(turned, b.T())
		b = turned
	}
	gemmPortable(c, a, b, e)
}

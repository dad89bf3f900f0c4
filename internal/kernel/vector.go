package kernel

// ColSums writes the sum of each column of m to dst, adding rows in order.
func ColSums(dst []float32, m Mat) {
	m.check("M")
	dst = dst[:m.Cols]
	clear(dst)
	for i := range m.Rows {
		row := m.Data[i*m.RowStride:][:m.Cols]
		for j, v := range row {
			dst[j] += v
		}
	}
}

// GemmAny is Gemm for a B with any strides: a transposed one is copied first.
func GemmAny(c, a, b Mat, e Epilogue) {
	if b.ColStride == 1 {
		Gemm(c, a, b, e)
		return
	}
	b.check("B")
	flat := make([]float32, b.Rows*b.Cols)
	for i := range b.Rows {
		for j := range b.Cols {
			flat[i*b.Cols+j] = b.Data[i*b.RowStride+j*b.ColStride]
		}
	}
	Gemm(c, a, Dense(flat, b.Rows, b.Cols), e)
}

package kernel

//go:noescape
func transpose8(dst, src *float32, n, dstStride, srcStride int)

// transposeStrip transposes whole squares of rows i … i+strip-1 and columns from … before
// to, and returns the first column that is left.
func transposeStrip(dst, src Mat, i, from, to int) int {
	n := (to - from) / strip * strip
	if n > 0 {
		transpose8(&dst.Data[from*dst.RowStride+i], &src.Data[i*src.RowStride+from], n, 4*dst.RowStride, 4*src.RowStride)
	}
	return from + n
}

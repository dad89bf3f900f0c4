package kernel

import "sync"

// Transpose writes the transpose of src to dst; both have ColStride 1.
func Transpose(dst, src Mat) {
	if dst.Rows != src.Cols || dst.Cols != src.Rows || dst.ColStride != 1 || src.ColStride != 1 {
		panic("kernel: a transpose of another size")
	}
	dst.check("Dst")
	src.check("Src")
	class := Current()
	for j0 := 0; j0 < src.Cols; j0 += near {
		j1 := min(j0+near, src.Cols)
		for i0 := 0; i0 < src.Rows; i0 += strip {
			i1, j := min(i0+strip, src.Rows), j0
			if class != Portable && i1-i0 == strip {
				j = transposeStrip(dst, src, i0, j0, j1)
			}
			for i := i0; i < i1; i++ {
				row := src.Data[i*src.RowStride:]
				for j := j; j < j1; j++ {
					dst.Data[j*dst.RowStride+i] = row[j]
				}
			}
		}
	}
}

const (
	// strip is how many rows the assembly transposes at a time.
	strip = 8
	// near is how many columns are transposed before the next ones, so that both sides
	// stay in the L1 cache.
	near = 32
)

// scratchPool holds scratch buffers for packed and transposed copies.
var scratchPool = sync.Pool{New: func() any { return new([]float32) }}

// getScratch returns a scratch buffer of n values and the handle to put back
// into scratchPool.
func getScratch(n int) ([]float32, *[]float32) {
	s := scratchPool.Get().(*[]float32)
	if cap(*s) < n {
		*s = make([]float32, n)
	}
	return (*s)[:n], s
}

// GemmBT computes C = A·Bᵀ for A [m, k], B [n, k] and C [m, n], all with
// ColStride
// 1. It transposes either B, or A and C, whichever is smaller: the chain of
// additions of an element is the same.
func GemmBT(c, a, b Mat) {
	m, n, k := c.Rows, c.Cols, a.Cols
	if n*k <= m*(n+k) {
		Gemm(c, a, b.T(), Epilogue{})
		return
	}
	data, s := getScratch(m * (n + k))
	defer scratchPool.Put(s)
	at, ct := Dense(data[:m*k], k, m), Dense(data[m*k:], n, m)
	Transpose(at, a)
	Gemm(ct, b, at, Epilogue{})
	Transpose(c, ct)
}

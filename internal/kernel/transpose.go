package kernel

import "sync"

// Transpose writes the transpose of src to dst; both have ColStride 1.
func Transpose(dst, src Mat) {
	dst.check("Dst")
	src.check("Src")
	const block = 16 // keeps both sides in the L1 cache
	for i0 := 0; i0 < src.Rows; i0 += block {
		i1 := min(i0+block, src.Rows)
		for j0 := 0; j0 < src.Cols; j0 += block {
			j1 := min(j0+block, src.Cols)
			for i := i0; i < i1; i++ {
				row := src.Data[i*src.RowStride:]
				for j := j0; j < j1; j++ {
					dst.Data[j*dst.RowStride+i] = row[j]
				}
			}
		}
	}
}

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
		data, s := getScratch(n * k)
		defer scratchPool.Put(s)
		bt := Dense(data, k, n)
		Transpose(bt, b)
		Gemm(c, a, bt, Epilogue{})
		return
	}
	data, s := getScratch(m * (n + k))
	defer scratchPool.Put(s)
	at, ct := Dense(data[:m*k], k, m), Dense(data[m*k:], n, m)
	Transpose(at, a)
	Gemm(ct, b, at, Epilogue{})
	Transpose(c, ct)
}

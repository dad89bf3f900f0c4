package kernel

import "sync"

// Transpose writes the transpose of src to dst; both have ColStride 1.
func Transpose(dst, src Mat) {
	dst.check("Dst")
	src.check("Src")
	const block = 16 // keeps both sides in the first-level cache
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

// scratch lends out memory for transposed copies.
var scratch = sync.Pool{New: func() any { return new([]float32) }}

// borrow returns room for n values and the handle to give back.
func borrow(n int) ([]float32, *[]float32) {
	s := scratch.Get().(*[]float32)
	if cap(*s) < n {
		*s = make([]float32, n)
	}
	return (*s)[:n], s
}

// GemmBT reckons C = A·Bᵀ for A [m, k], B [n, k] and C [m, n], all with
// ColStride 1. Whichever is smaller is transposed first, B or A and C: the
// chain of additions of an element is the same.
func GemmBT(c, a, b Mat) {
	m, n, k := c.Rows, c.Cols, a.Cols
	if n*k <= m*(n+k) {
		data, s := borrow(n * k)
		defer scratch.Put(s)
		bt := Dense(data, k, n)
		Transpose(bt, b)
		Gemm(c, a, bt, Epilogue{})
		return
	}
	data, s := borrow(m * (n + k))
	defer scratch.Put(s)
	at, ct := Dense(data[:m*k], k, m), Dense(data[m*k:], n, m)
	Transpose(at, a)
	Gemm(ct, b, at, Epilogue{})
	Transpose(c, ct)
}

package kernel

import "golang.org/x/sys/cpu"

// Best returns the best class that this processor supports.
func Best() Class {
	switch {
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return AVX512
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return AVX2
	}
	return Portable
}

//go:generate go run ./gen -o .

// tile is the argument of the tile kernels; gen/gemm.go has its offsets.
// Strides are in bytes.
type tile struct {
	a, b, c, bias, scale         *float32
	k                            int
	aRow, aCol, bRow, cRow, sRow int
	rows, cols                   int
	flags                        int
	rowBias                      *float32
}

const (
	flagAccumulate = 1 << iota
	flagReLU
)

//go:noescape
func tileAVX2(t *tile)

//go:noescape
func rowAVX2(t *tile)

//go:noescape
func tileAVX512(t *tile)

//go:noescape
func adamAVX2(w, grad, m, v *float32, n int, s *AdamStep)

//go:noescape
func adamAVX512(w, grad, m, v *float32, n int, s *AdamStep)

//go:noescape
func reluAVX2(y, x *float32, n int)

//go:noescape
func reluAVX512(y, x *float32, n int)

//go:noescape
func reluGradAVX2(dx, dy, y *float32, n int)

//go:noescape
func reluGradAVX512(dx, dy, y *float32, n int)

//go:noescape
func maxAVX2(dst, a, b *float32, n int)

//go:noescape
func maxAVX512(dst, a, b *float32, n int)

//go:noescape
func mulAVX2(dst, a, b *float32, n int)

//go:noescape
func mulAVX512(dst, a, b *float32, n int)

func adamVector(w, g, m, v []float32, s *AdamStep, class Class) {
	if class == AVX512 {
		adamAVX512(&w[0], &g[0], &m[0], &v[0], len(w), s)
	} else {
		adamAVX2(&w[0], &g[0], &m[0], &v[0], len(w), s)
	}
}

func reluVector(y, x []float32, class Class) {
	if class == AVX512 {
		reluAVX512(&y[0], &x[0], len(y))
	} else {
		reluAVX2(&y[0], &x[0], len(y))
	}
}

func reluGradVector(dx, dy, y []float32, class Class) {
	if class == AVX512 {
		reluGradAVX512(&dx[0], &dy[0], &y[0], len(dx))
	} else {
		reluGradAVX2(&dx[0], &dy[0], &y[0], len(dx))
	}
}

func maxVector(dst, a, b []float32, class Class) {
	if class == AVX512 {
		maxAVX512(&dst[0], &a[0], &b[0], len(dst))
	} else {
		maxAVX2(&dst[0], &a[0], &b[0], len(dst))
	}
}

func mulVector(dst, a, b []float32, class Class) {
	if class == AVX512 {
		mulAVX512(&dst[0], &a[0], &b[0], len(dst))
	} else {
		mulAVX2(&dst[0], &a[0], &b[0], len(dst))
	}
}

//go:noescape
func dropMaskAVX2(mask *float32, n int, limit uint32, keep float32, z uint64)

//go:noescape
func dropMaskAVX512(mask *float32, n int, limit uint32, keep float32, z uint64)

// dropMaskVector fills whole vectors of the mask and returns the number of
// elements filled; z is the generator's state for the first one.
func dropMaskVector(mask []float32, limit uint32, keep float32, z uint64, class Class) int {
	vector := 8
	if class == AVX512 {
		vector = 16
	}
	n := len(mask) / vector * vector
	if n == 0 {
		return 0
	}
	if class == AVX512 {
		dropMaskAVX512(&mask[0], n, limit, keep, z)
	} else {
		dropMaskAVX2(&mask[0], n, limit, keep, z)
	}
	return n
}

//go:noescape
func maxPairsAVX2(dst, src *float32, n int)

//go:noescape
func maxPairsAVX512(dst, src *float32, n int)

// maxPairsVector fills whole vectors of dst and returns the number of elements
// filled.
func maxPairsVector(dst, src []float32, class Class) int {
	n := len(dst) / 8 * 8
	if class == AVX512 {
		n = len(dst) / 16 * 16
	}
	switch {
	case n == 0:
	case class == AVX512:
		maxPairsAVX512(&dst[0], &src[0], n)
	default:
		maxPairsAVX2(&dst[0], &src[0], n)
	}
	return n
}

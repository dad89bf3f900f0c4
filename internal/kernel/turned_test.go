package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A product with a matrix that is stored transposed has the same bits as with a copy of it.
func TestGemmTurned(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {3, 5, 2}, {7, 300, 33}, {100, 513, 70}, {130, 40, 31}, {97, 64, 128}, {2, 0, 5}} {
			m, k, n := s[0], s[1], s[2]
			a, bt := guarded(m, k, k+3, 1), guarded(n, k, k+2, 2)
			b := Mat{Data: make([]float32, k*n), Rows: k, Cols: n, RowStride: n, ColStride: 1}
			for i := range k {
				for j := range n {
					b.Data[i*n+j] = bt.Data[j*bt.RowStride+i]
				}
			}
			bias := guarded(1, n, n, 0).Data
			want, got := Dense(make([]float32, m*n), m, n), Dense(make([]float32, m*n), m, n)
			e := Epilogue{Bias: bias, ReLU: true}
			Gemm(want, a, b, e)
			Gemm(got, a, bt.T(), e)
			require.Equal(t, want.Data, got.Data, fmt.Sprint(s))
		}
	})
}

// Transposes of all sizes near a strip's write what they should, and nothing else.
func TestTranspose(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		for _, rows := range []int{1, 7, 8, 9, 15, 16, 40} {
			for _, cols := range []int{1, 7, 8, 17, 63, 64, 65, 130} {
				src, dst := guarded(rows, cols, cols+3, 1), guarded(cols, rows, rows+2, 2)
				want := append([]float32{}, dst.Data...)
				for i := range rows {
					for j := range cols {
						want[j*dst.RowStride+i] = src.Data[i*src.RowStride+j]
					}
				}
				Transpose(dst, src)
				require.Equal(t, bitsOf(want), bitsOf(dst.Data), "%d×%d", rows, cols)
			}
		}
	})
}

func bitsOf(x []float32) []uint32 {
	bits := make([]uint32, len(x))
	for i, v := range x {
		bits[i] = math.Float32bits(v)
	}
	return bits
}

// BenchmarkTranspose is the transpose of a layer's weights.
func BenchmarkTranspose(b *testing.B) {
	src, dst := Dense(numbers(512*256), 512, 256), Dense(numbers(512*256), 256, 512)
	b.SetBytes(4 * 512 * 256)
	for b.Loop() {
		Transpose(dst, src)
	}
}

package kernel

import (
	"fmt"
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

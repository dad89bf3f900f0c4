package kernel

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A sum of nothing is its bias, as wide as the result may be: a recurrent layer's first step is one.
func TestProductOfNothing(t *testing.T) {
	for _, cols := range []int{1, 16, 63, 64, 65, 80, 200} {
		c := Mat{Data: make([]float32, cols), Rows: 1, Cols: cols, RowStride: cols, ColStride: 1}
		bias := make([]float32, cols)
		for i := range bias {
			bias[i] = float32(i)
		}
		Gemm(c, Mat{Rows: 1, ColStride: 1}, Mat{Cols: cols, RowStride: cols, ColStride: 1}, Epilogue{Bias: bias})
		require.Equal(t, bias, c.Data)
	}
}

package layers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStridedCount: how many outputs PyTorch's pools have; 0 where it refuses.
func TestStridedCount(t *testing.T) {
	for _, c := range []struct {
		n    int
		pool strided
		want int
	}{
		{8, strided{size: 3, stride: 2, dilation: 1}, 3},
		{8, strided{size: 3, stride: 2, dilation: 1, ceil: true}, 4},
		{3, strided{size: 4, stride: 2, dilation: 1}, 0},
		{3, strided{size: 4, stride: 2, dilation: 1, ceil: true}, 1},
		{1, strided{size: 2, stride: 3, dilation: 1, ceil: true}, 1},
		{1, strided{size: 4, stride: 3, pad: 1, dilation: 1, ceil: true}, 1},
		{3, strided{size: 2, stride: 2, pad: 1, dilation: 1, ceil: true}, 2},
		{5, strided{size: 2, stride: 3, pad: 1, dilation: 1, ceil: true}, 2},
		{3, strided{size: 4, stride: 1, dilation: 1, ceil: true}, 0},
		{2, strided{size: 5, stride: 3, dilation: 1, ceil: true}, 0},
		{2, strided{size: 3, stride: 3, dilation: 2, ceil: true}, 0},
	} {
		got, err := c.pool.count(c.n)
		require.Equal(t, c.want, got, "%+v over %d", c.pool, c.n)
		require.Equal(t, c.want == 0, err != nil, "%+v over %d: %v", c.pool, c.n, err)
	}
}

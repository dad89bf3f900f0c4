package kernel

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMaxPairs compares every length with a plain loop, with NaNs and
// infinities on either side.
func TestMaxPairs(t *testing.T) {
	eachClass(t, func(t *testing.T) {
		odd := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, 1}
		for n := range 70 {
			src, dst := guarded(1, 2*n, 2*n, 1).Data, guarded(1, n, n, 3).Data
			for i := range 2 * n {
				if rng.IntN(4) == 0 {
					src[i] = odd[rng.IntN(len(odd))]
				}
			}
			beside := append([]float32{}, dst[n:]...)
			MaxPairs(dst[:n], src[:2*n])
			for i := range n {
				want := max(src[2*i], src[2*i+1])
				require.True(t, dst[i] == want || dst[i] != dst[i] && want != want, "%v of %v and %v", dst[i], src[2*i], src[2*i+1])
			}
			for i, v := range beside {
				require.Equal(t, math.Float32bits(v), math.Float32bits(dst[n+i]))
			}
		}
	})
	require.Panics(t, func() { MaxPairs(make([]float32, 16), make([]float32, 31)) })
}

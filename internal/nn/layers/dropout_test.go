package layers

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

func TestDropMaskShare(t *testing.T) {
	const n = 100_000
	whole := make([]float32, n)
	kernel.DropMask(whole, 0.3, 7, 0)
	zeros := 0
	for _, v := range whole {
		if v == 0 {
			zeros++
		} else {
			require.InDelta(t, 1/0.7, v, 1e-6)
		}
	}
	require.InDelta(t, 0.3, float64(zeros)/n, 5*math.Sqrt(0.21/n))

	part := make([]float32, 101)
	kernel.DropMask(part, 0.3, 7, 333)
	require.Equal(t, whole[333:434], part, "an element does not depend on where a part begins")
	other := make([]float32, n)
	kernel.DropMask(other, 0.3, 8, 0)
	require.NotEqual(t, whole, other)

	for p, want := range map[float64]float32{0: 1, 1: 0} {
		kernel.DropMask(part, p, 7, 0)
		for _, v := range part {
			require.Equal(t, want, v)
		}
	}
}

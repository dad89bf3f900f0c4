package nn

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMaxPoolOfPadding: a dilated window can miss the input altogether.
func TestMaxPoolOfPadding(t *testing.T) {
	n, err := New([]Spec{{Type: "MaxPool1d", Params: map[string]any{"kernel_size": 2.0, "padding": 1.0, "dilation": 5.0}}}, nil)
	require.NoError(t, err)
	y, dx := trainOnce(t, n, []int{1, 4}, 1, 1, []float32{1, 2, 3, 4})
	require.Equal(t, []float32{float32(math.Inf(-1))}, y)
	require.Equal(t, []float32{0, 0, 0, 0}, dx)
}

func TestMaxPoolPropagatesNaN(t *testing.T) {
	n, err := New([]Spec{{Type: "MaxPool1d", Params: map[string]any{"kernel_size": 3.0}}}, nil)
	require.NoError(t, err)
	for at := range 3 {
		x := []float32{1, 2, 3}
		x[at] = float32(math.NaN())
		y, err := n.Forward(tensor(x, 1, 1, 3))
		require.NoError(t, err)
		require.True(t, y.Data[0] != y.Data[0])
	}
}

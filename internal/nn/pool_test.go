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
		y, err := n.Forward(tensorOf(x, 1, 1, 3))
		require.NoError(t, err)
		require.True(t, y.Data[0] != y.Data[0])
	}
}

// TestMaxPoolOfSquares compares windows that tile the picture with a plain loop.
func TestMaxPoolOfSquares(t *testing.T) {
	n, err := New([]Spec{{Type: "MaxPool2d", Params: map[string]any{"kernel_size": 2.0}}}, nil)
	require.NoError(t, err)
	for _, size := range [][2]int{{2, 2}, {4, 6}, {5, 6}, {3, 34}, {8, 7}} {
		h, w := size[0], size[1]
		x := tensorOf(make([]float32, 3*2*h*w), 3, 2, h, w)
		for i := range x.Data {
			x.Data[i] = float32(i*7919%101) - 50
		}
		x.Data[h*w+1] = float32(math.NaN())
		var want []float32
		for plane := range 3 * 2 {
			for i := range h / 2 {
				for j := range w / 2 {
					at := plane*h*w + 2*i*w + 2*j
					want = append(want, max(x.Data[at], x.Data[at+1], x.Data[at+w], x.Data[at+w+1]))
				}
			}
		}
		eachClass(t, func(t *testing.T) {
			y, err := n.Forward(x)
			require.NoError(t, err)
			require.Equal(t, []int{3, 2, h / 2, w / 2}, y.Shape)
			for i, v := range want {
				require.True(t, y.Data[i] == v || v != v && y.Data[i] != y.Data[i], "%d×%d, output %d: %v, want %v", h, w, i, y.Data[i], v)
			}
		})
	}
}

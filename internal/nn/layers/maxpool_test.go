package layers

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestMaxPoolOfPadding: a dilated window can miss the input altogether.
func TestMaxPoolOfPadding(t *testing.T) {
	l := build(t, "MaxPool1d", map[string]any{"kernel_size": 2.0, "padding": 1.0, "dilation": 5.0})
	s := stateFor(t, l, true, tensor.Tensor{Shape: []int{1, 1, 4}, Data: []float32{1, 2, 3, 4}})
	l.Forward(s, 0, 1)
	require.Equal(t, []float32{float32(math.Inf(-1))}, s.y)
	fill(s.dy, 1)
	fill(s.dx, 7)
	l.Backward(s, 0, 1)
	require.Equal(t, []float32{0, 0, 0, 0}, s.dx)
}

func TestMaxPoolPropagatesNaN(t *testing.T) {
	l := build(t, "MaxPool1d", map[string]any{"kernel_size": 3.0})
	for at := range 3 {
		x := tensor.Tensor{Shape: []int{1, 1, 3}, Data: []float32{1, 2, 3}}
		x.Data[at] = float32(math.NaN())
		for _, train := range []bool{false, true} {
			s := stateFor(t, l, train, x)
			l.Forward(s, 0, 1)
			require.True(t, tensor.NotFinite(s.y[0]))
		}
	}
}

// TestTiledMaxPool compares windows that tile the picture with a plain loop.
func TestTiledMaxPool(t *testing.T) {
	l := build(t, "MaxPool2d", map[string]any{"kernel_size": 2.0})
	for _, size := range [][2]int{{2, 2}, {4, 6}, {5, 6}, {3, 34}, {8, 7}} {
		h, w := size[0], size[1]
		x := tensor.New(3, 2, h, w)
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
		eachKernel(t, func(t *testing.T) {
			s := stateFor(t, l, false, x)
			l.Forward(s, 0, 3)
			require.Equal(t, []int{2, h / 2, w / 2}, s.out)
			for i, v := range want {
				require.True(t, s.y[i] == v || v != v && s.y[i] != s.y[i], "%d×%d, output %d: %v, want %v", h, w, i, s.y[i], v)
			}
		})
	}
}

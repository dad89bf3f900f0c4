package tensor_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

func TestCount(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  int
		err   error
	}{
		{nil, 1, nil},
		{[]int{}, 1, nil},
		{[]int{3, 4, 5}, 60, nil},
		{[]int{3, 0, 5}, 0, nil},
		{[]int{0, 1 << 40, 1 << 40}, 0, nil},
		{[]int{-1}, 0, tensor.ErrShape},
		{[]int{0, -1}, 0, tensor.ErrShape},
		{[]int{1 << 40, 1 << 40}, 0, tensor.ErrShape},
		{[]int{math.MaxInt / 8}, math.MaxInt / 8, nil},
		{[]int{math.MaxInt/8 + 1}, 0, tensor.ErrShape},
		{[]int{1 << 32, 1 << 32, 4}, 0, tensor.ErrShape}, // the product wraps around to 0
	} {
		n, err := tensor.Count(c.shape)
		require.ErrorIs(t, err, c.err, "%v", c.shape)
		require.Equal(t, c.want, n, "%v", c.shape)
	}
}

func TestCheck(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for name, c := range map[string]struct {
		t    tensor.Tensor
		err  error
		says string
	}{
		"sound":     {tensor.Tensor{Shape: []int{2}, Data: []float32{1, -math.MaxFloat32}}, nil, ""},
		"scalar":    {tensor.Tensor{Data: []float32{1}}, nil, ""},
		"too few":   {tensor.Tensor{Shape: []int{2, 2}, Data: make([]float32, 3)}, tensor.ErrShape, "needs 4 values, there are 3"},
		"negative":  {tensor.Tensor{Shape: []int{-2}}, tensor.ErrShape, "size -2"},
		"NaN":       {tensor.Tensor{Shape: []int{2}, Data: []float32{1, nan}}, tensor.ErrNotFinite, "element 1 is NaN"},
		"infinity":  {tensor.Tensor{Shape: []int{2}, Data: []float32{inf, nan}}, tensor.ErrNotFinite, "element 0 is -Inf"},
		"overflown": {tensor.Tensor{Shape: []int{1 << 62, 4}}, tensor.ErrShape, "too many elements"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.t.Check()
			require.ErrorIs(t, err, c.err)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
			}
		})
	}
}

func TestNew(t *testing.T) {
	shape := []int{2, 3}
	zeros := tensor.New(shape...)
	require.Equal(t, tensor.Tensor{Shape: []int{2, 3}, Data: make([]float32, 6)}, zeros)
	shape[0] = 7
	require.Equal(t, []int{2, 3}, zeros.Shape, "the shape is a copy")
	require.NoError(t, zeros.Check())
}

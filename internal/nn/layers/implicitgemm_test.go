package layers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestImplicitGEMMIsIm2col: a convolution that reads patches in place gives
// the bits of one that copies them, which the fixtures compare with PyTorch.
func TestImplicitGEMMIsIm2col(t *testing.T) {
	type p = map[string]any
	for class := kernel.AVX2; class <= kernel.Best(); class++ {
		before, err := kernel.Use(class)
		require.NoError(t, err)
		for _, c := range []struct {
			kind   string
			in     []int
			params p
		}{
			{"Conv2d", []int{3, 13, 15}, p{"kernel_size": 3, "padding": 1}},
			{"Conv2d", []int{6, 11, 32}, p{"kernel_size": []any{3.0, 5.0}, "padding": []any{0.0, 2.0}, "bias": false}},
			{"Conv2d", []int{4, 17, 16}, p{"kernel_size": 3, "dilation": 2, "padding": 2, "groups": 2}},
			{"Conv2d", []int{8, 12, 29}, p{"kernel_size": 1}},
			{"Conv2d", []int{2, 10, 14}, p{"kernel_size": 4, "padding": "same"}},
			{"Conv2d", []int{2, 9, 14}, p{"kernel_size": 3, "padding": 2, "padding_mode": "reflect"}},
			{"Conv2d", []int{2, 9, 14}, p{"kernel_size": 3, "padding": 2, "padding_mode": "replicate"}},
			{"Conv2d", []int{2, 9, 14}, p{"kernel_size": 3, "padding": 2, "padding_mode": "circular"}},
			{"Conv2d", []int{16, 40, 48}, p{"kernel_size": 5, "padding": 2, "groups": 16}},
			{"Conv1d", []int{5, 61}, p{"kernel_size": 7, "padding": 3}},
			{"Conv1d", []int{4, 30}, p{"kernel_size": 3, "dilation": 3, "padding": 3, "padding_mode": "circular"}},
		} {
			t.Run(fmt.Sprint(class, c), func(t *testing.T) {
				c.params["in_channels"], c.params["out_channels"] = c.in[0], 16
				l := build(t, c.kind, c.params).(*conv)
				x := draw(rand.New(rand.NewPCG(1, 2)), append([]int{5}, c.in...)...)
				s := stateFor(t, l, false, x)
				require.True(t, l.FuseEpilogue(s, Epilogue{ReLU: true}))
				wk := s.work.(*convWork)
				require.NotNil(t, wk.implicit)
				l.Forward(s, 0, 5)
				got := slices.Clone(s.y)

				wk.implicit = nil
				for _, cut := range []int{5, 2} {
					fill(s.y, 7)
					l.Forward(s, 0, cut)
					l.Forward(s, cut, 5)
					require.Equal(t, s.y, got, "cut at %d", cut)
				}
			})
		}
		_, err = kernel.Use(before)
		require.NoError(t, err)
	}
}

// TestImplicitGEMMOnlyWhereItPays: other strides, narrow rows, much padding and
// weights whose rows evict each other from the cache use im2col.
func TestImplicitGEMMOnlyWhereItPays(t *testing.T) {
	type p = map[string]any
	for name, c := range map[string]struct {
		in     []int
		params p
	}{
		"stride":       {[]int{3, 32, 32}, p{"in_channels": 3, "kernel_size": 3, "padding": 1, "stride": 2}},
		"narrow":       {[]int{3, 32, 7}, p{"in_channels": 3, "kernel_size": 3, "padding": 1}},
		"much padding": {[]int{3, 4, 4}, p{"in_channels": 3, "kernel_size": 5, "padding": 14}},
		"aliases":      {[]int{512, 4, 16}, p{"in_channels": 512, "kernel_size": 1}},
	} {
		c.params["out_channels"] = 4
		s := stateFor(t, build(t, "Conv2d", c.params), false, tensor.New(append([]int{1}, c.in...)...))
		require.Nil(t, s.work.(*convWork).implicit, name)
	}
}

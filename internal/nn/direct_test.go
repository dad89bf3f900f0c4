package nn

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestDirectIsLowering: a convolution that reads patches where they lie gives
// the bits of one that lowers them, which the fixtures compare with PyTorch.
func TestDirectIsLowering(t *testing.T) {
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
				n := zeroNet(t, Spec{c.kind, c.params}, Spec{"ReLU", nil})
				rng := rand.New(rand.NewPCG(1, 2))
				for _, param := range n.learnable() {
					for i := range param.w {
						param.w[i] = rng.Float32() - 0.5
					}
				}
				x := tensor.Tensor{Shape: append([]int{5}, c.in...), Data: make([]float32, 5*elements(c.in))}
				for i := range x.Data {
					x.Data[i] = rng.Float32() - 0.5
				}
				got, err := n.Forward(x)
				require.NoError(t, err)

				shapes, err := n.shapes(c.in)
				require.NoError(t, err)
				r := n.newRun(shapes, 5, false)
				wk := r.slots[0].work.(*convWork)
				require.NotNil(t, wk.direct)
				wk.direct = nil
				for _, threads := range []int{1, 3} {
					team := kernel.NewTeam(threads)
					want, err := r.forward(team, x.Data, 5)
					team.Close()
					require.NoError(t, err)
					require.Equal(t, want, got.Data, "%d threads", threads)
				}
			})
		}
		_, err = kernel.Use(before)
		require.NoError(t, err)
	}
}

// TestDirectOnlyWhereItPays: other strides, narrow rows, much padding and weights
// whose rows fall on each other are lowered.
func TestDirectOnlyWhereItPays(t *testing.T) {
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
		n := zeroNet(t, Spec{"Conv2d", c.params})
		shapes, err := n.shapes(c.in)
		require.NoError(t, err)
		require.Nil(t, n.newRun(shapes, 1, false).slots[0].work.(*convWork).direct, name)
	}
}

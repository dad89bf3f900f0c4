package ops

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWindowCount: how many outputs onnxruntime's pools have; 0 where it refuses.
func TestWindowCount(t *testing.T) {
	for _, c := range []struct {
		in, before, after, span, stride int
		ceil                            bool
		want                            int
	}{
		{8, 0, 0, 3, 2, false, 3},
		{8, 0, 0, 3, 2, true, 4},
		{3, 0, 0, 4, 2, false, 0},
		{3, 0, 0, 4, 2, true, 1},
		{1, 0, 0, 2, 3, true, 1},
		{1, 1, 1, 4, 3, true, 1},
		{3, 1, 1, 2, 2, true, 2},
		{5, 1, 1, 2, 3, true, 2},
		{3, 0, 0, 4, 1, true, 0},
		{2, 0, 0, 5, 3, true, 0},
	} {
		w := &window{in: []int{c.in}, before: []int{c.before}, stride: []int{c.stride}}
		require.Equal(t, c.want, w.count(0, c.in+c.before+c.after-c.span, c.ceil), "%+v", c)
	}
}

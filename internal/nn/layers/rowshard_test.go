package layers

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/tensor"
)

// TestRowShardsCoverALayer: every member has work in a row-sharded layer, however
// many there are, and the sums are covered once, with the same bits.
func TestRowShardsCoverALayer(t *testing.T) {
	l := build(t, "Linear", map[string]any{"in_features": 600, "out_features": 64}).(*linear)
	const batch = 33
	x := draw(rand.New(rand.NewPCG(3, 4)), batch, 600)
	var want []float32
	for parts := 1; parts <= 16; parts++ {
		s := stateFor(t, l, true, x)
		require.True(t, l.ShardRows(s))
		require.Len(t, s.sums, l.blocks()*batch*64)
		fill(s.sums, float32(math.NaN()))
		next := 0
		for part := range parts {
			before := append([]float32{}, s.sums...)
			l.ForwardRows(s, part, parts)
			fresh := 0
			for i, v := range s.sums {
				if v == v && before[i] != before[i] {
					fresh++
				}
			}
			require.Positive(t, fresh, "part %d of %d has nothing to do", part, parts)
			lo, hi := l.weightRows(s, part, parts)
			require.Equal(t, next, lo)
			require.Greater(t, hi, lo)
			next = hi
		}
		require.Equal(t, 600, next)
		require.NoError(t, tensor.CheckFinite(s.sums), "%d parts", parts)
		if want == nil {
			want = s.sums
		}
		require.Equal(t, want, s.sums, "%d parts", parts)
	}
}

// TestRowShardsWhereTheyPay: in training, where the batch carries less than the
// weights.
func TestRowShardsWhereTheyPay(t *testing.T) {
	large := map[string]any{"in_features": 512, "out_features": 256}
	small := map[string]any{"in_features": 64, "out_features": 64}
	for name, c := range map[string]struct {
		params map[string]any
		train  bool
		n      int
		want   bool
	}{
		"training":    {large, true, 32, true},
		"eval":        {large, false, 32, false},
		"large batch": {large, true, MaxBatchRows + 1, false},
		"small layer": {small, true, 32, false},
	} {
		l := build(t, "Linear", c.params).(*linear)
		s := &State{}
		s.Init(l, [][]int{{l.in}}, []int{l.out}, c.n, c.train)
		require.Equal(t, c.want, l.ShardsRows(s, c.n), name)
	}
}

package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuiltinMNIST(t *testing.T) {
	sets, err := Builtin(Mnist)
	require.NoError(t, err)
	require.Equal(t, 1000, sets.Test.Len())
	require.Equal(t, 2000, sets.Train.Len())
	require.Equal(t, []int{1, 28, 28}, sets.Train.Shape())
	seen := map[[784]float32]bool{}
	var mean float64
	for _, part := range []*Memory{sets.Train, sets.Test} {
		for i := range part.Len() {
			var x [784]float32
			label, err := part.Sample(i, x[:])
			require.NoError(t, err)
			require.Equal(t, i%10, label)
			require.False(t, seen[x], "no digit is in both splits, or twice")
			seen[x] = true
			for _, v := range x {
				mean += float64(v)
			}
		}
	}
	require.InDelta(t, 0.1307, mean/(3000*784), 0.01, "MNIST's known mean")
}

func TestNotBuiltin(t *testing.T) {
	for _, id := range []ID{Cifar10, 200} {
		_, err := Builtin(id)
		require.ErrorIs(t, err, ErrNotBuiltin)
		require.ErrorContains(t, err, id.String())
	}
}

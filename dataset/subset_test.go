package dataset

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func numbers(t testing.TB, n int) *Memory {
	t.Helper()
	x, y := make([]float32, n), make([]int, n)
	for i := range x {
		x[i], y[i] = float32(i), i%3
	}
	m, err := New([]int{1}, 3, x, y)
	require.NoError(t, err)
	return m
}

// Splits that users made must be reproducible.
func TestPermutationNeverChanges(t *testing.T) {
	require.Equal(t, []int{8, 1, 5, 9, 0, 4, 3, 2, 6, 7}, Permutation(10, 7))
	require.Equal(t, []int{}, Permutation(0, 7))
	require.NotEqual(t, Permutation(100, 1), Permutation(100, 2))
	// The published test values of SplitMix64 with seed 1234567.
	g := splitMix(1234567)
	require.Equal(t, uint64(6457827717110365317), g.next())
	require.Equal(t, uint64(3203168211198807973), g.next())
}

func TestPermutationIsUniform(t *testing.T) {
	counts := map[[3]int]int{}
	for seed := range uint64(6000) {
		counts[[3]int(Permutation(3, seed))]++
	}
	require.Len(t, counts, 6)
	for p, n := range counts {
		require.InDelta(t, 1000, n, 150, "%v", p)
	}
}

func TestSharesAreDisjointAndComplete(t *testing.T) {
	for _, parts := range []int{1, 3, 7, 100} {
		shares, err := Shares(numbers(t, 100), parts, 5)
		require.NoError(t, err)
		var all []float32
		for _, s := range shares {
			require.InDelta(t, 100/parts, s.Len(), 1)
			x, _ := values(t, s, 1)
			all = append(all, x...)
		}
		slices.Sort(all)
		want, _ := values(t, numbers(t, 100), 1)
		require.Equal(t, want, all)
	}
	for _, parts := range []int{-1, 0, 101} {
		_, err := Shares(numbers(t, 100), parts, 5)
		require.Error(t, err)
	}
}

func TestSplit(t *testing.T) {
	train, held, err := Split(numbers(t, 10), 0.25, 3)
	require.NoError(t, err)
	require.Equal(t, 8, train.Len())
	require.Equal(t, 2, held.Len())
	require.Equal(t, 3, train.(Described).Classes())
	again, _, err := Split(numbers(t, 10), 0.25, 3)
	require.NoError(t, err)
	a, _ := values(t, train, 1)
	b, _ := values(t, again, 1)
	require.Equal(t, a, b)
	for _, f := range []float64{-0.1, 1.1} {
		_, _, err := Split(numbers(t, 10), f, 3)
		require.Error(t, err)
	}
}

func TestIndicesAndBuffers(t *testing.T) {
	m := numbers(t, 3)
	sub, err := Subset(m, []int{2, 2})
	require.NoError(t, err)
	for _, ds := range []Dataset{m, sub} {
		for _, i := range []int{-1, ds.Len()} {
			_, err := ds.Sample(i, make([]float32, 1))
			require.ErrorIs(t, err, ErrIndex)
		}
		for _, n := range []int{0, 2} {
			_, err := ds.Sample(0, make([]float32, n))
			require.ErrorIs(t, err, ErrBuffer)
		}
	}
	_, err = Subset(m, []int{3})
	require.ErrorIs(t, err, ErrIndex)
	_, err = Subset(m, []int{-1})
	require.ErrorIs(t, err, ErrIndex)
}

func TestNewRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		shape   []int
		classes int
		x       []float32
		y       []int
	}{
		"no shape":        {nil, 2, []float32{1}, []int{0}},
		"zero size":       {[]int{0}, 2, nil, []int{0}},
		"negative size":   {[]int{-1}, 2, []float32{1}, []int{0}},
		"overflow":        {[]int{1 << 30, 1 << 30, 1 << 30}, 2, []float32{1}, []int{0}},
		"five dimensions": {[]int{1, 1, 1, 1, 1}, 2, []float32{1}, []int{0}},
		"too few values":  {[]int{2}, 2, []float32{1}, []int{0}},
		"too many values": {[]int{2}, 2, []float32{1, 2, 3}, []int{0}},
		"label too large": {[]int{1}, 2, []float32{1}, []int{2}},
		"label negative":  {[]int{1}, 2, []float32{1}, []int{-1}},
		"classes":         {[]int{1}, 1 << 20, []float32{1}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(test.shape, test.classes, test.x, test.y)
			require.Error(t, err)
		})
	}
}

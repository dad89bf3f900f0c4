package dataset

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLook(t *testing.T) {
	train := readTable(t, "1,2,dog\n3,4,frog\n1,2,frog\n-5,9,dog\n", Options{Classes: []string{"cat", "dog", "frog"}})
	test := readTable(t, "1,2,dog\n7,8,dog\n", Options{})
	var told int64
	a, err := Look(t.Context(), train, func(done, total int64) { told += done; require.EqualValues(t, 4, total) })
	require.NoError(t, err)
	require.EqualValues(t, 1+2+3+4, told)
	require.Equal(t, 4, a.Samples)
	require.Equal(t, []int{2}, a.Shape)
	require.Equal(t, []string{"cat", "dog", "frog"}, a.Classes)
	require.Equal(t, []int{0, 2, 2}, a.Counts)
	require.Equal(t, []float32{-5, 9}, []float32{a.Min, a.Max})
	require.Equal(t, 1, a.Duplicates)
	require.Equal(t, []string{"cat"}, a.Missing())
	require.Equal(t, 0.5, a.Majority())
	b, err := Look(t.Context(), test, nil)
	require.NoError(t, err)
	require.Equal(t, 1, a.Shared(b))
	require.Equal(t, 1, b.Shared(a))
}

func TestLookEndsEarly(t *testing.T) {
	m := readTable(t, "1,dog\n2,frog\n", Options{})
	_, err := Look(t.Context(), broken{m}, nil)
	require.ErrorContains(t, err, "sample 0: disk on fire")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Look(ctx, m, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// The built-in sets: no digit occurs twice, and the parts share none; DATA.md says
// so.
func TestLookAtBuiltin(t *testing.T) {
	sets, err := Builtin(Mnist)
	require.NoError(t, err)
	train, err := Look(t.Context(), sets.Train, nil)
	require.NoError(t, err)
	test, err := Look(t.Context(), sets.Test, nil)
	require.NoError(t, err)
	require.Zero(t, train.Duplicates+test.Duplicates+train.Shared(test))
	require.Equal(t, 0.1, train.Majority())
	require.Equal(t, []float32{0, 1}, []float32{train.Min, train.Max})
}

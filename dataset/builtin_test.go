package dataset

import (
	"fmt"
	"slices"
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
	for _, part := range []Described{sets.Train, sets.Test} {
		for i := range part.Len() {
			var x [784]float32
			label, err := part.Sample(i, x[:])
			require.NoError(t, err)
			require.Equal(t, i%10, label)
			require.False(t, seen[x], "every digit is in one split, once")
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

func TestBuiltinTables(t *testing.T) {
	for _, want := range []struct {
		id                            ID
		rows, test, features, classes int
		firstTrain                    []float32
	}{
		{Iris, 150, 30, 4, 3, []float32{5.1, 3.5, 1.4, 0.2}},
		{Wine, 178, 34, 13, 3, nil},
		{BreastCancer, 569, 113, 30, 2, nil},
	} {
		sets, err := Builtin(want.id)
		require.NoError(t, err)
		require.Equal(t, want.rows, sets.Train.Len()+sets.Test.Len())
		require.Equal(t, want.test, sets.Test.Len())
		info := want.id.Info()
		require.Equal(t, info.Shape, sets.Test.Shape())
		require.Equal(t, info.Classes, sets.Test.Classes())
		require.Len(t, sets.ClassNames, info.Classes)
		x, y := values(t, sets.Test, want.features)
		trainX, _ := values(t, sets.Train, want.features)
		seen := map[string]bool{}
		for row := range slices.Chunk(trainX, want.features) {
			seen[fmt.Sprint(row)] = true
		}
		for row := range slices.Chunk(x, want.features) {
			require.False(t, seen[fmt.Sprint(row)], "no test row is in the train split")
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(y))), want.classes, "every class is in the test split")
		if want.firstTrain != nil {
			require.Equal(t, want.firstTrain, trainX[:want.features])
		}
		mean, std, err := MeanStd(sets.Train)
		require.NoError(t, err)
		require.Len(t, mean, want.features)
		require.Len(t, std, want.features)
	}
}

func TestMeanStd(t *testing.T) {
	ds, err := New([]int{2, 1, 2}, 2, []float32{1, 3, 5, 5, 1, 3, 5, 5}, []int{0, 1})
	require.NoError(t, err)
	mean, std, err := MeanStd(ds)
	require.NoError(t, err)
	require.Equal(t, []float32{2, 5}, mean)
	require.Equal(t, []float32{1, 1}, std, "a channel that never varies is not divided by 0")
	empty, err := New([]int{1}, 2, nil, nil)
	require.NoError(t, err)
	_, _, err = MeanStd(empty)
	require.Error(t, err)
}

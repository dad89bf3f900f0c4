package copies

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
)

// digit returns the pixels of one of the built-in digits.
func digits(t testing.TB, n int) [][]float32 {
	t.Helper()
	sets, err := dataset.Builtin(dataset.Mnist)
	require.NoError(t, err)
	list := make([][]float32, n)
	for i := range list {
		list[i] = make([]float32, 784)
		_, err := sets.Train.Sample(i, list[i])
		require.NoError(t, err)
	}
	return list
}

// jittered adds noise of that standard deviation to the pixels.
func jittered(x []float32, by float64, rng *rand.Rand) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = min(max(v+float32(by*rng.NormFloat64()), 0), 1)
	}
	return y
}

// What makes a sample another, and what does not. The pixels stand for the encoder's output,
// which is the case that finds most.
func TestWhichPicturesAreCopies(t *testing.T) {
	list := digits(t, 200)
	rng := rand.New(rand.NewPCG(7, 8))
	print := func(x []float32) Print { return OfSample(x, x) }
	var all []Print
	for _, x := range list {
		all = append(all, print(x))
	}
	ix := NewIndex(0.995, all)
	share := func(change func(x []float32) []float32) float64 {
		found := 0
		for i, x := range list {
			if ix.find(print(change(x))) == int32(i) {
				found++
			}
		}
		return float64(found) / float64(len(list))
	}
	require.Equal(t, 1.0, share(func(x []float32) []float32 { return x }))
	require.Equal(t, 1.0, share(func(x []float32) []float32 { // rounded, as by another file format
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = float32(int(v*31+0.5)) / 31
		}
		return y
	}), "fewer levels")
	require.Equal(t, 1.0, share(func(x []float32) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = 0.5 * v
		}
		return y
	}), "half as bright")
	require.Equal(t, 1.0, share(func(x []float32) []float32 { return jittered(x, 0.02, rng) }), "jittered by 2 %% of the range")

	require.Less(t, share(func(x []float32) []float32 { return jittered(x, 0.1, rng) }), 0.1, "jittered by 10 %% gets away")
	require.Less(t, share(func(x []float32) []float32 { // mirrored
		y := make([]float32, len(x))
		for i, v := range x {
			y[i/28*28+27-i%28] = v
		}
		return y
	}), 0.1, "mirrored gets away")
	require.Less(t, share(func(x []float32) []float32 { return append(x[1:len(x):len(x)], 0) }), 0.1, "a pixel to the left gets away")
	shuffle := rng.Perm(784)
	require.Less(t, share(func(x []float32) []float32 {
		y := make([]float32, len(x))
		for i, v := range x {
			y[shuffle[i]] = v
		}
		return y
	}), 0.1, "shuffled columns get away: what they teach is nothing")
}

// In a table whose honest rows are as like each other as jittered copies are, comparing
// directions would take the one for the other: only what is the same counts, and jitter
// gets away.
func TestJitterGetsAwayInTables(t *testing.T) {
	sets, err := dataset.Builtin(dataset.BreastCancer)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(9, 10))
	prints := func(ds dataset.Dataset, by float64) (list []Print) {
		x := make([]float32, 30)
		for i := range ds.Len() {
			_, err := ds.Sample(i, x)
			require.NoError(t, err)
			for k := range x {
				x[k] *= float32(1 + by*rng.NormFloat64())
			}
			list = append(list, OfSample(x, x))
		}
		return list
	}
	train, test := prints(sets.Train, 0), prints(sets.Test, 0)
	count := func(cut float64, rows []Print) (n int) {
		for _, near := range NewIndex(cut, test).Near(rows) {
			if near {
				n++
			}
		}
		return n
	}
	require.Greater(t, count(0.9999, train), len(train)/5, "honest rows are near the test at any cut")
	require.Equal(t, 1.0, Calibrate(train, test))
	require.Equal(t, 0, count(1, train))
	require.Equal(t, len(test), count(1, test))
	require.Equal(t, 0, count(1, prints(sets.Test, 0.02)), "jittered by 2 %% of each value")
}

// The index finds what comparing with every row finds.
func TestIndexFindsWhatComparingAllFinds(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		dim, near := 1+rng.IntN(40), []float64{0.9, 0.97, 0.995, 0.9999}[rng.IntN(4)]
		random := func(n int, spread float64) (rows []Print) {
			centre := make([]float32, dim)
			for i := range centre {
				centre[i] = float32(rng.NormFloat64())
			}
			for range n {
				x := make([]float32, dim)
				for i := range x {
					x[i] = centre[i] + float32(spread*rng.NormFloat64())
				}
				rows = append(rows, OfSample(x, x))
			}
			return rows
		}
		rows := append(append(random(200, 0.05), random(200, 0.5)...), random(100, 3)...)
		ix := newIndex(near, rows, rows[:rng.IntN(len(rows))])
		limit := squareOf(near)
		for i, p := range append(random(100, 0.3), rows...) {
			want := int32(-1)
			for k, q := range rows {
				if p.exact == q.exact || p.direction != nil && q.direction != nil && apart(p.direction, q.direction, 1<<62) <= limit {
					want = int32(k)
					break
				}
			}
			require.Equal(t, want, ix.find(p), "row %d, %d dimensions, cosine %v", i, dim, near)
		}
	}
}

func TestOutputsWithoutDirection(t *testing.T) {
	zero := OfSample([]float32{1, 2}, []float32{0, 0})
	require.Nil(t, zero.direction)
	ix := NewIndex(0.995, []Print{zero})
	require.Equal(t, []bool{true, false}, ix.Near([]Print{OfSample([]float32{1.001, 2}, []float32{0, 0}), OfSample([]float32{3, 2}, []float32{0, 0})}))
	large := OfSample([]float32{3e38, -3e38}, []float32{3e38, 3e38})
	require.Len(t, large.direction, 2)
}

func TestCalibrateKeepsHonestRows(t *testing.T) {
	list := digits(t, 1000)
	var train, test []Print
	for i, x := range list {
		if p := OfSample(x, x); i%2 == 0 {
			train = append(train, p)
		} else {
			test = append(test, p)
		}
	}
	require.Equal(t, 0.995, Calibrate(train, test), "digits differ")
	require.Equal(t, 1.0, Calibrate(test, test), "rows that are the test's")
	require.Equal(t, 0.995, Calibrate(nil, nil))
	require.Equal(t, fmt.Sprint(Calibrate(train, test)), fmt.Sprint(Calibrate(train, test)))
}

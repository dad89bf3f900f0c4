package ops

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
)

// Weights are packed where they are; whoever asks for them afterwards gets their numbers.
func TestWeightsArePackedInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const in, out = 40, 48
	plain := randomFloats(rng, in, out)
	raw := slices.Clone(plain.F)
	w := Float(raw, in, out).Settle()
	require.Nil(t, w.F)
	require.Equal(t, plain.F, w.Floats())
	want := plain.pack(matrix(in, out, false))

	got := w.pack(matrix(in, out, false))
	require.Equal(t, want, got)
	require.Same(t, &raw[0], &got[0], "in the same memory")
	require.Same(t, &got[0], &w.pack(matrix(in, out, false))[0], "once")
	require.Equal(t, plain.F, w.Floats())
	require.Equal(t, plain.F, w.Pinned().F)
	require.Equal(t, plain.F, w.Own())
	require.True(t, w.Equal(plain))
	require.Equal(t, Turned(plain).Floats(), Turned(w).Floats())

	other := w.As(out, in).pack(matrix(in, out, true))
	require.NotSame(t, &raw[0], &other[0], "another order has memory of its own")
	require.Equal(t, plain.As(out, in).pack(matrix(in, out, true)), other)
	require.Equal(t, plain.F, w.Floats())
}

// Weights that are read where they are, or that get larger, are packed elsewhere.
func TestWeightsStayInPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, out := range []int{48, 47} {
		plain := randomFloats(rng, 40, out)
		w := Float(slices.Clone(plain.F), 40, out).Settle()
		pinned := w
		if out == 48 {
			pinned = w.Pinned()
		}
		require.Equal(t, plain.pack(matrix(40, out, false)), w.pack(matrix(40, out, false)))
		require.Equal(t, plain.F, pinned.Floats())
	}
}

// Networks of one program pack and read at the same time.
func TestHomeIsShared(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	plain := randomFloats(rng, 64, 64)
	w := Float(slices.Clone(plain.F), 64, 64).Settle()
	want := plain.pack(matrix(64, 64, false))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if i%2 == 0 {
				require.Equal(t, want, w.pack(matrix(64, 64, false)))
			} else {
				require.Equal(t, plain.F, w.Floats())
			}
		})
	}
	wg.Wait()
}

// Filling blocks must not take a multiple of the weights: a column of them stays as it is.
func TestPacks(t *testing.T) {
	require.False(t, Packs(Unknown(1, 1<<20, 1), false))
	require.False(t, Packs(Unknown(1, 1, 1<<20), true))
	require.True(t, Packs(Unknown(1, 1<<20, 16), false))
	require.True(t, Packs(Unknown(1, 512, 10), false))
	require.False(t, Packs(Unknown(1, 0, 10), false))
	c := Conv2D{Weight: Unknown(1, 1, 1<<20, 1, 1), Groups: 1}
	require.False(t, c.CanBlock())
	c.Weight = Unknown(1, kernel.Block, 1<<16, 1, 1)
	require.True(t, c.CanBlock())
}

package svm

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEpochOf(t *testing.T) {
	for slot, want := range map[uint64]Epoch{
		0:                           {0, 0, 32},
		31:                          {0, 0, 32},
		32:                          {1, 32, 64},
		524_255:                     {13, 262_112, 262_144},
		firstNormalSlot:             {14, 524_256, 432_000},
		firstNormalSlot + 2*432_000: {16, 1_388_256, 432_000},
	} {
		require.Equal(t, want, EpochOf(slot), slot)
		require.Equal(t, want.First, FirstSlot(want.Number), slot)
	}
	require.Equal(t, uint64(math.MaxUint64), FirstSlot(math.MaxUint64))
}

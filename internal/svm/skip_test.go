package svm

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// Heights count the blocks, and slotAt is the way back.
func TestHeights(t *testing.T) {
	s := slotState{skips: []Skip{{First: 5, Slots: 3}, {First: 9, Slots: 1, Before: 3}, {First: 12, Slots: 100, Before: 4}}}
	for _, c := range []struct{ slot, height, parent uint64 }{
		{0, 0, 0}, {1, 1, 0}, {4, 4, 3}, {8, 5, 4}, {10, 6, 8}, {11, 7, 10}, {112, 8, 11}, {113, 9, 112},
	} {
		require.Equal(t, c.height, s.height(c.slot), c.slot)
		require.Equal(t, c.slot, s.slotAt(c.height))
		require.Equal(t, c.parent, s.parent(c.slot), c.slot)
	}
	for _, skipped := range []uint64{5, 6, 7, 9, 12, 111} {
		require.NotEqual(t, skipped, s.slotAt(s.height(skipped)))
	}
}

// SlotHashes and RecentBlockhashes have the slots with blocks only.
func TestSysvarsLeaveOutSkippedSlots(t *testing.T) {
	b := NewBank(Config{StartSlot: 4, SlotTime: -1})
	b.EndSlot(3)
	require.Equal(t, uint64(8), b.EndSlot(0))
	hashes, ok := b.Account(sysvarSlotHashesID)
	require.True(t, ok)
	require.Equal(t, uint64(6), binary.LittleEndian.Uint64(hashes.Data))
	for i, slot := range []uint64{8, 4, 3, 2, 1, 0} {
		entry := hashes.Data[8+i*40:]
		hash := slotHash(slot)
		require.Equal(t, slot, binary.LittleEndian.Uint64(entry))
		require.Equal(t, hash[:], entry[8:40])
	}
	recent, ok := b.Account(sysvarRecentBlockhashesID)
	require.True(t, ok)
	require.Equal(t, uint64(7), binary.LittleEndian.Uint64(recent.Data))
	hash := slotHash(4)
	require.Equal(t, hash[:], recent.Data[8+2*40:][:32])
	require.False(t, b.IsBlockhashValid(slotHash(6)), "of no block")
	require.True(t, b.IsBlockhashValid(hash))
}

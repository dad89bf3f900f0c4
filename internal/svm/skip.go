package svm

import (
	"cmp"
	"slices"
	"time"
)

// Skip are consecutive slots without a block. There is a block between two of them.
type Skip struct {
	First  uint64 // slot
	Slots  uint64
	Before uint64 // slots that were skipped before First
}

func (k Skip) compareSlot(slot uint64) int { return cmp.Compare(k.First, slot) }

// compareHeight compares the height of the first block after the skip.
func (k Skip) compareHeight(height uint64) int { return cmp.Compare(k.First-k.Before, height) }

// skipped returns how many slots up to a slot, itself included, have no block.
func (s *slotState) skipped(slot uint64) uint64 {
	i, found := slices.BinarySearchFunc(s.skips, slot, Skip.compareSlot)
	if !found {
		i--
	}
	if i < 0 {
		return 0
	}
	k := s.skips[i]
	return k.Before + min(k.Slots, slot-k.First+1)
}

// height returns the number of blocks up to a slot, itself included.
func (s *slotState) height(slot uint64) uint64 { return slot - s.skipped(slot) }

// slotAt is the slot of the block with a height.
func (s *slotState) slotAt(height uint64) uint64 {
	i, found := slices.BinarySearchFunc(s.skips, height, Skip.compareHeight)
	if !found {
		i--
	}
	if i < 0 {
		return height
	}
	return height + s.skips[i].Before + s.skips[i].Slots
}

// parent returns the slot of the block before that of a slot.
func (s *slotState) parent(slot uint64) uint64 { return s.slotAt(max(s.height(slot), 1) - 1) }

// leaveOut ends the current slot, and n more without blocks.
func (s *slotState) leaveOut(n uint64, now time.Time) {
	s.next(now)
	if n == 0 {
		return
	}
	s.skips = append(s.skips, Skip{s.slot, n, s.skipped(s.slot)})
	s.ended.add(s.slot, n, now, 0)
	s.slot += n
	s.refill()
}

// EndSlot ends the current slot with its block, which has the slot that is returned, and leaves out the next skip slots.
// The clock stays as it is.
func (b *Bank) EndSlot(skip uint64) (slot uint64) {
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	slot = b.state.slots.slot
	b.state.slots.leaveOut(skip, b.now())
	b.emitEnd(slot)
	_ = b.keep(nil, nil) // an error stops the next change
	return slot
}

// Skipped returns how many of the slots from first to last have no block although they have ended.
func (b *Bank) Skipped(first, last uint64) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.slots.skipped(last) - b.state.slots.skipped(max(first, 1)-1)
}

// skipsSince returns the skips from a slot on.
func (s *slotState) skipsSince(slot uint64) []Skip {
	i, _ := slices.BinarySearchFunc(s.skips, slot, Skip.compareSlot)
	return slices.Clone(s.skips[i:])
}

// replaceSkips makes skips the last ones, instead of those from their slots on.
func (s *slotState) replaceSkips(skips []Skip) {
	if len(skips) > 0 {
		i, _ := slices.BinarySearchFunc(s.skips, skips[0].First, Skip.compareSlot)
		s.skips = append(s.skips[:i:i], skips...)
	}
}

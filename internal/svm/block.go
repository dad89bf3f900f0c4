package svm

import (
	"cmp"
	"slices"

	"github.com/gagliardetto/solana-go"
)

// Block is a slot that has ended and was not skipped.
type Block struct {
	Slot         uint64
	Height       uint64 // number of blocks up to this one
	Time         int64  // unix seconds of the chain's clock
	Hash         solana.Hash
	ParentSlot   uint64      // slot of the block before
	Parent       solana.Hash // its hash
	Transactions []Record    // in the order in which they were executed
}

// Block returns the block of a slot. There is none while the slot lasts, since it may get more transactions, none of a
// slot that was skipped, and none after one of its transactions was dropped (Config.MaxRecords).
func (b *Bank) Block(slot uint64) (Block, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	s := &b.state.slots
	height := s.height(slot)
	if slot < s.ended.first || slot >= s.slot || s.slotAt(height) != slot {
		return Block{}, false
	}
	parent := s.parent(slot)
	block := Block{slot, height, s.ended.at(slot).Unix(), slotHash(slot), parent, slotHash(parent), b.recordsOf(slot)}
	if n := len(block.Transactions); n > 0 {
		block.Time = block.Transactions[n-1].BlockTime
	}
	return block, true
}

// Blocks returns where the slots are that have blocks: from first on, before end, the current slot.
func (b *Bank) Blocks() (first, end uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	end = b.state.slots.slot
	return min(b.state.slots.ended.first, end), end
}

// BlocksBetween returns the slots from first to last that have blocks, at most limit of them.
func (b *Bank) BlocksBetween(first, last, limit uint64) []uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	s := &b.state.slots
	first, last = max(first, s.ended.first), min(last, s.slot-1)
	slots := []uint64{} // not nil: none is [] in JSON
	for height := s.height(first-1) + 1; uint64(len(slots)) < limit; height++ {
		slot := s.slotAt(height)
		if slot > last {
			break
		}
		slots = append(slots, slot)
	}
	return slots
}

// LastBlock returns slot and height of the last block.
func (b *Bank) LastBlock() (slot, height uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	height = b.state.slots.height(b.state.slots.slot) - 1
	return b.state.slots.slotAt(height), height
}

// TransactionCount returns how many transactions the ledger has ever processed.
func (b *Bank) TransactionCount() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.count
}

// recordsOf returns the transactions of a slot; b.mu is held.
func (b *Bank) recordsOf(slot uint64) (list []Record) {
	i, _ := slices.BinarySearchFunc(b.state.order, slot, func(sig solana.Signature, slot uint64) int {
		return cmp.Compare(b.state.records[sig].Slot, slot)
	})
	for ; i < len(b.state.order); i++ {
		r := b.state.records[b.state.order[i]]
		if r.Slot != slot {
			break
		}
		list = append(list, *r)
	}
	return list
}

package svm

import (
	"cmp"
	"slices"

	"github.com/gagliardetto/solana-go"
)

// Block is a slot that has ended. Its parent is the slot before: none is skipped.
type Block struct {
	Slot         uint64
	Time         int64 // unix seconds of the chain's clock
	Hash         solana.Hash
	Parent       solana.Hash // hash of the slot before
	Transactions []Record    // in the order in which they were executed
}

// Block returns the block of a slot. There is none while the slot lasts, since it may get more transactions, and none
// after one of its transactions was dropped (Config.MaxRecords).
func (b *Bank) Block(slot uint64) (Block, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	s := &b.state.slots
	if slot < s.ended.first || slot >= s.slot {
		return Block{}, false
	}
	block := Block{slot, s.ended.at(slot).Unix(), slotHash(slot), slotHash(slot - 1), b.recordsOf(slot)}
	if n := len(block.Transactions); n > 0 {
		block.Time = block.Transactions[n-1].BlockTime
	}
	return block, true
}

// Blocks returns the slots that have blocks: from first on, before end, the current slot.
func (b *Bank) Blocks() (first, end uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	end = b.state.slots.slot
	return min(b.state.slots.ended.first, end), end
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

package svm

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
)

// maxBlockhashAge is for how many slots a blockhash is valid.
const maxBlockhashAge = 150

// keptBlockhashes is how many recent blockhashes are kept (RecentBlockhashes and SlotHashes show fewer).
const keptBlockhashes = 301

// slotState is the current slot and the recent blockhashes. Every slot has a block unless it was skipped.
type slotState struct {
	slot   uint64
	since  time.Time              // when slot started
	sent   int                    // transactions in slot
	hashes map[solana.Hash]uint64 // heights of their blocks
	ended  slotTimes              // when the slots before slot ended
	skips  []Skip                 // slots before slot without a block, in order
}

func newSlotState(slot uint64, now time.Time) slotState {
	s := slotState{slot: slot, since: now, hashes: map[solana.Hash]uint64{}, ended: slotTimes{first: slot}}
	s.refill()
	return s
}

func (s *slotState) clone() slotState {
	c := *s
	c.hashes = maps.Clone(s.hashes)
	c.ended.runs = slices.Clone(s.ended.runs)
	c.skips = slices.Clone(s.skips)
	return c
}

// slotHash returns the blockhash of a slot: an arbitrary value that is unique to the slot.
func slotHash(slot uint64) solana.Hash {
	return sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("decloud test ledger"), slot))
}

// refill replaces the kept blockhashes by those of the last blocks.
func (s *slotState) refill() {
	clear(s.hashes)
	last := s.height(s.slot)
	for h := last - min(last, keptBlockhashes-1); h <= last; h++ {
		s.hashes[slotHash(s.slotAt(h))] = h
	}
}

// next ends the current slot and starts the next one.
func (s *slotState) next(now time.Time) {
	s.ended.add(s.slot, 1, now, 0)
	s.slot++
	s.since, s.sent = now, 0
	height := s.height(s.slot)
	s.hashes[slotHash(s.slot)] = height
	if height >= keptBlockhashes {
		delete(s.hashes, slotHash(s.slotAt(height-keptBlockhashes)))
	}
}

// advanceTo adds the slots for the time up to now. If the clock went back, nothing changes.
func (s *slotState) advanceTo(now time.Time, slotTime time.Duration) {
	if slotTime <= 0 {
		return
	}
	n := now.Sub(s.since) / slotTime
	if n <= 0 {
		return
	}
	if n < keptBlockhashes {
		for range n {
			s.next(s.since.Add(slotTime))
		}
		return
	}
	s.skip(uint64(n), s.since.Add(slotTime), slotTime)
	s.since = s.since.Add(n * slotTime)
}

// skip ends n slots, the first at end and each of the others step later.
func (s *slotState) skip(n uint64, end time.Time, step time.Duration) {
	s.ended.add(s.slot, n, end, step)
	s.slot += n
	s.sent = 0
	s.refill()
}

// rebase makes the current slot start now.
func (s *slotState) rebase(now time.Time) { s.since = now }

// valid reports whether a transaction may use this blockhash.
func (s *slotState) valid(h solana.Hash) bool {
	height, ok := s.hashes[h]
	return ok && s.height(s.slot)-height <= maxBlockhashAge
}

// Slot returns the current slot.
func (b *Bank) Slot() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return b.state.slots.slot
}

// SlotTime returns how much time passes per slot; negative: only transactions advance the slot.
func (b *Bank) SlotTime() time.Duration { return b.cfg.SlotTime }

// Tick adds the slots for the time that has passed and notifies subscribers. Every other method adds them too, but a
// bank that nobody uses notifies nobody by itself.
func (b *Bank) Tick() {
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
}

// BlockHeight returns the number of blocks, that of the current slot included.
func (b *Bank) BlockHeight() uint64 {
	_, height := b.LastBlock()
	return height + 1
}

// UnixTime returns the chain's time in Unix seconds: the clock plus all warps.
func (b *Bank) UnixTime() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now().Unix()
}

// Clock returns the Clock sysvar that a transaction would see now.
func (b *Bank) Clock() Clock {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return b.clock()
}

// LatestBlockhash returns the latest blockhash and the last block height at which a transaction may use it.
func (b *Bank) LatestBlockhash() (hash solana.Hash, lastValidBlockHeight uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return slotHash(b.state.slots.slot), b.state.slots.height(b.state.slots.slot) + maxBlockhashAge
}

// IsBlockhashValid reports whether a transaction may use h now.
func (b *Bank) IsBlockhashValid(h solana.Hash) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return b.state.slots.valid(h)
}

// Warp moves the chain's clock forward by d and adds the slots for that time (unless Config.SlotTime is negative), so
// that blockhashes expire. A negative d moves the clock back and leaves the slot as it is.
func (b *Bank) Warp(d time.Duration) {
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	b.offset += d
	if d < 0 {
		b.state.slots.since = b.state.slots.since.Add(d)
	}
	b.tick()
	_ = b.keep(nil, nil) // an error stops the next change
}

// WarpSlots advances the chain by n slots and leaves its clock as it is.
func (b *Bank) WarpSlots(n uint64) {
	b.mu.Lock()
	defer b.unlockAndNotify()
	b.tick()
	before := b.state.slots.slot
	b.state.slots.skip(n, b.now(), 0)
	b.emitEnded(before)
	_ = b.keep(nil, nil)
}

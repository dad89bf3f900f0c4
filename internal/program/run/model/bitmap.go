package model

import "math/bits"

// Bitmap is a set of slots: slot s is bit s mod 8 of byte ⌊s/8⌋.
type Bitmap [32]byte

// Has reports whether the set has a slot.
func (b Bitmap) Has(slot int) bool { return b[slot/8]>>(slot%8)&1 != 0 }

// With returns the set with a slot added.
func (b Bitmap) With(slot int) Bitmap {
	b[slot/8] |= 1 << (slot % 8)
	return b
}

// In reports whether all slots of the set are in another one, too.
func (b Bitmap) In(other Bitmap) bool {
	for i := range b {
		if b[i]&^other[i] != 0 {
			return false
		}
	}
	return true
}

// Len returns how many slots the set has.
func (b Bitmap) Len() (n int) {
	for _, octet := range b {
		n += bits.OnesCount8(octet)
	}
	return n
}

// Slots returns the slots of the set, ascending.
func (b Bitmap) Slots() (slots []uint8) {
	for s := range Slots {
		if b.Has(s) {
			slots = append(slots, uint8(s))
		}
	}
	return slots
}

package run

import (
	"encoding/hex"
	"iter"
	"math/bits"
)

// MaxMembers is how many slots a roster has.
const MaxMembers = 256

// MaxVerifiers is the most verifiers that a round draws.
const MaxVerifiers = 32

// Slots is a set of slots of the roster: slot s is bit s mod 8 of byte ⌊s/8⌋.
type Slots [32]byte

// SlotsOf is the set of those slots.
func SlotsOf(slots ...int) Slots {
	var s Slots
	for _, i := range slots {
		s.Add(i)
	}
	return s
}

// Has reports whether slot i is in the set.
func (s Slots) Has(i int) bool { return i >= 0 && i < MaxMembers && s[i/8]>>(i%8)&1 == 1 }

// Add puts slot i, 0 to 255, into the set.
func (s *Slots) Add(i int) { s[i/8] |= 1 << (i % 8) }

// Len is the number of slots in the set.
func (s Slots) Len() int {
	n := 0
	for _, b := range s {
		n += bits.OnesCount8(b)
	}
	return n
}

// All yields the slots of the set in ascending order.
func (s Slots) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range MaxMembers {
			if s.Has(i) && !yield(i) {
				return
			}
		}
	}
}

// Contains reports whether every slot of t is in the set.
func (s Slots) Contains(t Slots) bool {
	for i := range s {
		if t[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// Digest is the SHA-256 of a package's root block: run/member's CID makes the CID of
// it. The zero digest stands for none.
type Digest [32]byte

// IsZero reports whether there is none.
func (d Digest) IsZero() bool { return d == Digest{} }

// String is the digest in hex.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

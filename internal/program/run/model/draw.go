package model

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
)

// Seed returns a round's seed: with the hash of the first slot from seed_slot on it decides everything that is drawn.
func Seed(run solana.PublicKey, epoch, round uint32, hash Digest) Digest {
	b := append([]byte("decloud:run:draw"), run[:]...)
	b = binary.LittleEndian.AppendUint32(b, epoch)
	b = binary.LittleEndian.AppendUint32(b, round)
	return sha256.Sum256(append(b, hash[:]...))
}

// Draw returns all slots of a set in the order of the lot (Fisher–Yates; the README of the program says how): the first ones are
// the verifiers.
func Draw(seed Digest, from Bitmap) []uint8 {
	slots := from.Slots()
	lot := lot{seed: seed}
	for i := range slots {
		j := i + lot.below(uint64(len(slots)-i))
		slots[i], slots[j] = slots[j], slots[i]
	}
	return slots
}

// A lot is an endless row of numbers that a seed decides.
type lot struct {
	seed   Digest
	words  []byte // of the present block
	blocks uint32
}

// below returns a number below bound, each with the same probability.
func (l *lot) below(bound uint64) int {
	limit := 1<<32 - (1<<32)%bound
	for {
		if word := uint64(l.word()); word < limit {
			return int(word % bound)
		}
	}
}

func (l *lot) word() uint32 {
	if len(l.words) == 0 {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint32(l.seed[:], l.blocks))
		l.words = sum[:]
		l.blocks++
	}
	word := binary.LittleEndian.Uint32(l.words)
	l.words = l.words[4:]
	return word
}

// VoteHash is what a verifier commits to.
func VoteHash(run solana.PublicKey, epoch, round uint32, wallet solana.PublicKey, v Vote) Digest {
	le := binary.LittleEndian
	b := append([]byte("decloud:run:vote"), run[:]...)
	b = le.AppendUint32(le.AppendUint32(b, epoch), round)
	b = append(append(append(b, wallet[:]...), v.Digest[:]...), v.Included[:]...)
	b = le.AppendUint16(append(b, byte(v.Score)), v.Accuracy)
	return sha256.Sum256(append(b, v.Salt[:]...))
}

// A Vote is what a verifier reveals. Score (-1, 0, 1: worse, equal, better on its private part) and Accuracy (hundredths of a percent)
// count with voters only.
type Vote struct {
	Digest   Digest
	Included Bitmap
	Score    int8
	Accuracy uint16
	Salt     Digest
}

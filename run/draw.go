package run

import (
	"crypto/sha256"
	"encoding/binary"
)

// DrawOrder are the slots of from in the order of the draw with that seed. The first
// of them are the round's verifiers; the order of the others decides whose initial
// model is taken. It is a Fisher–Yates shuffle without bias; the program's README
// has it in words.
func DrawOrder(seed Digest, from Slots) []int {
	var order []int
	for s := range from.All() {
		order = append(order, s)
	}
	lot := lot{seed: seed}
	for i := range order {
		j := i + int(lot.below(uint32(len(order)-i)))
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// lot are numbers from a seed: the words of sha256(seed ‖ 0), sha256(seed ‖ 1), …
type lot struct {
	seed  Digest
	block uint32
	words []byte
}

func (l *lot) next() uint32 {
	if len(l.words) == 0 {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint32(l.seed[:], l.block))
		l.words = sum[:]
		l.block++
	}
	w := binary.LittleEndian.Uint32(l.words)
	l.words = l.words[4:]
	return w
}

// below is a number under m. Words of the last, incomplete stretch of m numbers are
// passed over.
func (l *lot) below(m uint32) uint32 {
	most := 1<<32 - (uint64(1)<<32)%uint64(m)
	for {
		if w := l.next(); uint64(w) < most {
			return w % m
		}
	}
}

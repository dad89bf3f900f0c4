package run_test

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
)

// A ballot is what a verifier commits to and reveals.
type ballot struct {
	digest   [32]byte
	included [32]byte
	score    int8
	accuracy uint16
	salt     [32]byte
}

// hash is what commits to the ballot of a member in the present round.
func (w *world) hash(who string, b ballot) [32]byte { return w.hashIn(who, w.epoch(), w.round(), b) }

func (w *world) hashIn(who string, epoch, round uint32, b ballot) [32]byte {
	run, wallet := w.run(), w.Pub(who)
	out := append([]byte("decloud:run:vote"), run[:]...)
	out = binary.LittleEndian.AppendUint32(out, epoch)
	out = binary.LittleEndian.AppendUint32(out, round)
	out = append(append(append(out, wallet[:]...), b.digest[:]...), b.included[:]...)
	out = binary.LittleEndian.AppendUint16(append(out, byte(b.score)), b.accuracy)
	return sha256.Sum256(append(out, b.salt[:]...))
}

func (w *world) commit(who string, round uint32, hash [32]byte) programtest.Call {
	return w.call("commit_vote", w.verify(who, ""), round, hash)
}

func (w *world) reveal(who string, round uint32, b ballot) programtest.Call {
	return w.call("reveal_vote", w.verify(who, ""), round, b.digest, b.included, b.score, b.accuracy, b.salt)
}

// bits is the set of some slots.
func bits(slots ...int) (set [32]byte) {
	for _, s := range slots {
		set[s/8] |= 1 << (s % 8)
	}
	return set
}

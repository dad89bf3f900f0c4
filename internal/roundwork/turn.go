package roundwork

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"
)

// turnEvery is the time between the turns of two wallets: long enough for a transaction to be confirmed and read.
const turnEvery = 15 * time.Second

// turn is how long a wallet waits before it does what anybody of the given wallets may do once, from the moment on when
// it may be done. Each has a turn of its own, in an order that everybody computes alike and that differs from one duty to
// the next: so one transaction is sent, not as many as there are wallets. If it is not done in time, the next one takes
// over. ok is false for a wallet that is not one of them.
func turn(among []solana.PublicKey, wallet solana.PublicKey, id uint64, duty byte, subject ...byte) (wait time.Duration, ok bool) {
	if !slices.Contains(among, wallet) {
		return 0, false
	}
	mine := lot(wallet, id, duty, subject)
	first := map[solana.PublicKey]bool{}
	for _, other := range among {
		if o := lot(other, id, duty, subject); bytes.Compare(o[:], mine[:]) < 0 {
			first[other] = true
		}
	}
	return time.Duration(len(first)) * turnEvery, true
}

// lot is the number that a wallet draws for a duty.
func lot(wallet solana.PublicKey, id uint64, duty byte, subject []byte) [32]byte {
	text := binary.LittleEndian.AppendUint64([]byte("decloud:turn:"), id)
	return sha256.Sum256(append(append(append(text, duty), subject...), wallet[:]...))
}

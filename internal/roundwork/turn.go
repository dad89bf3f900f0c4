package roundwork

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/round"
)

// turnEvery is the time between the turns of two wallets. A turn lasts a third of it: what is sent by then is confirmed, and
// can be read, before the next one begins.
const turnEvery = 15 * time.Second

// turnsOf is the time between turns in a round: less where its windows are short, as on a chain of one's own, so that some
// four wallets have theirs within a window. Everybody computes the same.
func turnsOf(r *round.Round) time.Duration {
	if !r.Sealed() {
		return turnEvery
	}
	return max(time.Second, min(turnEvery, r.Fair.PublishWindow/4, r.Options.CommitWindow/4))
}

// turn is how long a wallet waits before it does what anybody of the given wallets may do once, so long after it could
// first be done; 0 in its turn. Each has turns of its own, again and again, in an order that everybody computes alike and
// that differs from one duty to the next: so one transaction is sent, not as many as there are wallets, also where some
// look late or are gone. ok is false for a wallet that is not one of them.
func turn(since, every time.Duration, among []solana.PublicKey, wallet solana.PublicKey, id uint64, duty byte, subject ...byte) (wait time.Duration, ok bool) {
	if !slices.Contains(among, wallet) {
		return 0, false
	}
	mine := lot(wallet, id, duty, subject)
	all, before := map[solana.PublicKey]bool{}, 0
	for _, other := range among {
		if o := lot(other, id, duty, subject); !all[other] && bytes.Compare(o[:], mine[:]) < 0 {
			before++
		}
		all[other] = true
	}
	first, cycle := time.Duration(before)*every, time.Duration(len(all))*every
	if since < first {
		return first - since, true
	}
	into := (since - first) % cycle // its last turn began
	if into < every/3 {
		return 0, true
	}
	return cycle - into, true
}

// lot is the number that a wallet draws for a duty.
func lot(wallet solana.PublicKey, id uint64, duty byte, subject []byte) [32]byte {
	text := binary.LittleEndian.AppendUint64([]byte("decloud:turn:"), id)
	return sha256.Sum256(append(append(append(text, duty), subject...), wallet[:]...))
}

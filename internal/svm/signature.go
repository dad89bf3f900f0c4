package svm

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/gagliardetto/solana-go"
)

// smallOrder holds the y coordinates, canonical or not, of the points whose order divides 8. With such a key or nonce
// anyone can make signatures that are valid for many messages, so a cluster refuses them.
var smallOrder = func() map[[32]byte]bool {
	points := map[[32]byte]bool{}
	for _, s := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	} {
		b, err := hex.DecodeString(s)
		if err != nil { // an invalid entry in this table
			panic(err)
		}
		points[[32]byte(b)] = true
	}
	return points
}()

// verifiedCache remembers transactions with valid signatures: most transactions are simulated before they are sent.
type verifiedCache struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]struct{} // by the hash of the whole transaction
}

// maxVerified bounds the cache, which is emptied when it is full.
const maxVerified = 1 << 12

// verify checks all signatures of a transaction and returns the first key whose signature is invalid.
func (c *verifiedCache) verify(m *message) (wrong solana.PublicKey, ok bool) {
	sum := sha256.Sum256(m.wire)
	c.mu.Lock()
	_, ok = c.seen[sum]
	c.mu.Unlock()
	if ok {
		return wrong, true
	}
	for i, sig := range m.signatures {
		if !verifySignature(m.keys[i], m.signed, sig) {
			return m.keys[i], false
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil || len(c.seen) >= maxVerified {
		c.seen = map[[sha256.Size]byte]struct{}{}
	}
	c.seen[sum] = struct{}{}
	return wrong, true
}

// verifySignature verifies an Ed25519 signature as strictly as a cluster does.
func verifySignature(key solana.PublicKey, signed []byte, sig solana.Signature) bool {
	a, r := [32]byte(key), [32]byte(sig[:32])
	a[31] &= 0x7f // without the sign of x
	r[31] &= 0x7f
	return !smallOrder[a] && !smallOrder[r] && sig.Verify(key, signed)
}

package fairplay

import (
	"crypto/ed25519"
	"crypto/sha256"
	"sync"

	"github.com/gagliardetto/solana-go"
)

// keyOf is a key for a name.
func keyOf(name string) [32]byte { return sha256.Sum256([]byte("fairplay: " + name)) }

// private is the wallet of that name.
func private(name string) solana.PrivateKey {
	seed := keyOf(name)
	return solana.PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
}

var addresses sync.Map // by name: deriving one takes longer than settling a round

// address is the public key of the wallet of that name.
func address(name string) solana.PublicKey {
	if known, ok := addresses.Load(name); ok {
		return known.(solana.PublicKey)
	}
	key := private(name).PublicKey()
	addresses.Store(name, key)
	return key
}

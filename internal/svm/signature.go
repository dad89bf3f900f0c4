package svm

import (
	"encoding/hex"

	"github.com/gagliardetto/solana-go"
)

// smallOrder are the y coordinates, canonical or not, of the points whose order divides 8. With such a key or nonce
// anybody can make signatures that hold for many messages, so a cluster refuses them.
var smallOrder = func() map[[32]byte]bool {
	points := map[[32]byte]bool{}
	for _, s := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	} {
		b, err := hex.DecodeString(s)
		if err != nil { // a mistake in this table
			panic(err)
		}
		points[[32]byte(b)] = true
	}
	return points
}()

// verifySignature checks an Ed25519 signature as strictly as a cluster does.
func verifySignature(key solana.PublicKey, signed []byte, sig solana.Signature) bool {
	a, r := [32]byte(key), [32]byte(sig[:32])
	a[31] &= 0x7f // without the sign of x
	r[31] &= 0x7f
	return !smallOrder[a] && !smallOrder[r] && sig.Verify(key, signed)
}

package view

import (
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/ipfs/go-cid"
)

// How long the text of a name is at most. Base58 takes time by the square of the length: a text of 64 KiB takes seconds to
// decode, and nothing ends that.
const (
	maxAddress   = 44  // of 32 bytes in base58
	maxSignature = 88  // of 64
	maxCID       = 160 // a digest of 64 bytes, the longest in use, has 137 in base16
)

// addressOf reads an address that somebody gave.
func addressOf(text string) (key solana.PublicKey, err error) {
	if len(text) <= maxAddress {
		if key, err = solana.PublicKeyFromBase58(text); err == nil {
			return key, nil
		}
	}
	return key, fmt.Errorf("%s is no address: %w", quoted(text), ErrUnknown)
}

// signatureOf reads a transaction's signature that somebody gave.
func signatureOf(text string) (s solana.Signature, err error) {
	if len(text) <= maxSignature {
		if s, err = solana.SignatureFromBase58(text); err == nil {
			return s, nil
		}
	}
	return s, fmt.Errorf("%s is no signature: %w", quoted(text), ErrUnknown)
}

// cidOf reads the CID of a package that somebody gave.
func cidOf(text string) (about cid.Cid, err error) {
	if len(text) <= maxCID {
		if about, err = cid.Decode(text); err == nil {
			return about, nil
		}
	}
	return about, fmt.Errorf("%s is no CID of a package: %w", quoted(text), ErrUnknown)
}

// quoted is what somebody gave as an error says it.
func quoted(text string) string {
	if len(text) > maxCID {
		text = text[:maxCID] + "…"
	}
	return fmt.Sprintf("%q", plain(text))
}

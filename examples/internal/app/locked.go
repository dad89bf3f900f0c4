package app

import (
	"context"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/keyfile"
)

// lockedWallet is a wallet under a passphrase whose address is known: the passphrase is asked
// for when something is signed, if ever.
type lockedWallet struct {
	call    *Call
	path    string
	address solana.PublicKey
}

// PublicKey implements [chain.Signer].
func (w lockedWallet) PublicKey() solana.PublicKey { return w.address }

// Sign implements [chain.Signer].
func (w lockedWallet) Sign(ctx context.Context, message []byte) (solana.Signature, error) {
	k, err := w.call.LoadKeypair(w.path)
	if err != nil {
		return solana.Signature{}, err
	}
	return k.Sign(ctx, message)
}

// noteAddress says of an address that is shown where it is from, if that is not the key.
func (c *Call) noteAddress(w chain.Signer) {
	if l, ok := w.(lockedWallet); ok {
		c.Note("this address is what %s says, which is not under the passphrase: compare it before you have anybody send to it; commands that sign do",
			keyfile.AddressPath(l.path))
	}
}

// SignerAt is the wallet of a key file. Where that is under a passphrase, and its address is
// kept beside it, the passphrase is asked for only when something is signed.
func (c *Call) SignerAt(path string) (chain.Signer, error) {
	if isEncrypted(path) {
		if address, ok := keyfile.Address(path); ok {
			return lockedWallet{c, path, address}, nil
		}
	}
	k, err := c.LoadKeypair(path)
	if err != nil {
		return nil, err
	}
	return k, nil
}

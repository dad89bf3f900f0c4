package chain

import (
	"context"

	"github.com/gagliardetto/solana-go"
)

// Signer signs for one wallet. [Keypair] keeps the key in memory; a hardware wallet
// or a signing service can implement it too.
type Signer interface {
	// PublicKey is the wallet's address. It never changes.
	PublicKey() solana.PublicKey
	// Sign signs the serialized message of a transaction.
	Sign(ctx context.Context, message []byte) (solana.Signature, error)
}

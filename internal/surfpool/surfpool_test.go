package surfpool

import (
	"testing"

	"github.com/gagliardetto/solana-go"
)

func TestStarts(t *testing.T) {
	c := Start(t)
	c.Fund(t, solana.NewWallet().PublicKey(), 1_000_000_000)
}

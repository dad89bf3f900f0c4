package chain_test

import (
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// What is sent to the zero key, the system program's address, is lost.
func TestTokenInstructionsWithKeysLeftOut(t *testing.T) {
	var zero solana.PublicKey
	a, b, m := keyed('a'), keyed('b'), keyed('m')
	require.Zero(t, chain.AssociatedTokenAddress(zero, m))
	require.Zero(t, chain.AssociatedTokenAddress(a, zero))
	for name, ix := range map[string]solana.Instruction{
		"create":        chain.CreateAssociatedToken{Payer: a, Mint: m},
		"transfer":      chain.TransferTokens{From: a, To: chain.AssociatedTokenAddress(zero, m), Mint: m, Owner: b, Amount: 1},
		"mint":          chain.MintTokens{Mint: m, Authority: a, Amount: 1},
		"no authority":  chain.InitializeMint{Mint: m},
		"everything":    chain.TransferTokens{},
		"no mint to be": chain.InitializeMint{Authority: a},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ix.Data()
			require.ErrorIs(t, err, chain.ErrArgument)
		})
	}
}

func TestATokenAccountThatWasGivenAway(t *testing.T) {
	w := newWorld(t)
	wallet, mint, other := keyed('w'), keyed('m'), keyed('o')
	for name, c := range map[string]struct {
		owner solana.PublicKey
		want  uint64
	}{"its own": {wallet, 5}, "another owner's": {other, 0}} {
		t.Run(name, func(t *testing.T) {
			data := make([]byte, chain.TokenAccountSize)
			copy(data, mint[:])
			copy(data[32:], c.owner[:])
			data[64], data[108] = 5, 1 // the amount, and initialized
			require.NoError(t, w.net.SetAccount(chain.AssociatedTokenAddress(wallet, mint),
				localnet.Account{Lamports: sol, Owner: solana.TokenProgramID, Data: data}))
			has, err := w.client(nil).TokenBalance(t.Context(), wallet, mint)
			require.NoError(t, err)
			require.Equal(t, c.want, has)
		})
	}
}

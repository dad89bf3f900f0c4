package svm

import (
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"
	"github.com/stretchr/testify/require"
)

// testClock is a stopped clock.
func testClock() time.Time { return time.Unix(1_700_000_000, 0) }

// sign returns a signed transaction on the latest blockhash.
func sign(t testing.TB, b *Bank, payer solana.PrivateKey, ixs []solana.Instruction, others ...solana.PrivateKey) []byte {
	t.Helper()
	hash, _ := b.LatestBlockhash()
	tx, err := solana.NewTransaction(ixs, hash, solana.TransactionPayer(payer.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(k solana.PublicKey) *solana.PrivateKey {
		for _, p := range append(others, payer) {
			if p.PublicKey() == k {
				return &p
			}
		}
		return nil
	})
	require.NoError(t, err)
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	return raw
}

func TestTransfer(t *testing.T) {
	b := NewBank(Config{Clock: testClock})
	alice, bob := solana.NewWallet().PrivateKey, solana.NewWallet().PublicKey()
	require.NoError(t, b.Fund(alice.PublicKey(), 2e9))
	raw := sign(t, b, alice, []solana.Instruction{system.NewTransferInstruction(1e9, alice.PublicKey(), bob).Build()})
	res := b.Process(raw)
	require.Nil(t, res.Err, res.Detail)
	require.Equal(t, []string{"Program 11111111111111111111111111111111 invoke [1]", "Program 11111111111111111111111111111111 success"}, res.Logs)
	require.EqualValues(t, 150, res.ComputeUnits)
	a, ok := b.Account(bob)
	require.True(t, ok)
	require.EqualValues(t, 1e9, a.Lamports)
	a, _ = b.Account(alice.PublicKey())
	require.EqualValues(t, 1e9-5000, a.Lamports)
	require.Equal(t, ErrAlreadyProcessed, b.Process(raw).Err)
}

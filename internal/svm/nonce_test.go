package svm

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"
)

// signOn returns a signed transaction on any blockhash.
func signOn(t *testing.T, k solana.PrivateKey, hash solana.Hash, ixs ...solana.Instruction) []byte {
	t.Helper()
	tx, err := solana.NewTransaction(ixs, hash, solana.TransactionPayer(k.PublicKey()))
	require.NoError(t, err)
	_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &k })
	require.NoError(t, err)
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	return raw
}

// A transaction with a durable nonce can be sent long after signing, and only once, whether it succeeds or fails.
func TestDurableNonce(t *testing.T) {
	b, k, _ := testBank(t)
	key := solana.PublicKey{5}
	start := nonceState{initialized: true, authority: k.PublicKey(), value: solana.Hash{1, 2, 3}, fee: 5000}
	require.NoError(t, b.SetAccount(key, Account{Lamports: RentExempt(nonceSize), Data: start.encode(), RentEpoch: math.MaxUint64}))
	value := func() solana.Hash {
		a, _ := b.Account(key)
		n, err := parseNonce(a.Data)
		require.Nil(t, err)
		return n.value
	}
	advance := rawInstruction{SystemProgramID, []*solana.AccountMeta{
		solana.NewAccountMeta(key, true, false), solana.NewAccountMeta(solana.SysVarRecentBlockHashesPubkey, false, false),
		solana.NewAccountMeta(k.PublicKey(), false, true),
	}, binary.LittleEndian.AppendUint32(nil, sysAdvanceNonce)}
	pay := func(n uint64) solana.Instruction { return transfer(k, solana.PublicKey{1}, n)[0] }

	good := signOn(t, k, value(), advance, pay(1e9))
	failing := signOn(t, k, value(), advance, pay(1e18))
	without := signOn(t, k, value(), pay(1e9))
	b.WarpSlots(10_000)
	require.Equal(t, ErrBlockhashNotFound, b.Process(without).Err)

	s := b.Snapshot()
	require.Nil(t, b.Process(good).Err)
	require.EqualValues(t, 1e9, balance(b, solana.PublicKey{1}))
	require.NotEqual(t, start.value, value())
	require.Equal(t, ErrBlockhashNotFound, b.Process(good).Err, "its value is used up")

	b.Restore(s)
	before := balance(b, k.PublicKey())
	res := b.Process(failing)
	require.Equal(t, instructionErr(1, Custom(1)), res.Err)
	require.True(t, res.Processed)
	require.Equal(t, before-res.Fee, balance(b, k.PublicKey()))
	require.NotEqual(t, start.value, value(), "a failure uses it up too")
	require.Equal(t, ErrBlockhashNotFound, b.Process(failing).Err)

	next := signOn(t, k, value(), advance, pay(1e9))
	require.Nil(t, b.Process(next).Err, "and the next value works, a slot later")
}

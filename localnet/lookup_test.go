package localnet_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// lookupTable adds an address lookup table to the chain: 56 bytes of metadata
// (solana_address_lookup_table_interface::state), then the addresses.
func (w world) lookupTable(t testing.TB, addresses ...solana.PublicKey) solana.PublicKey {
	t.Helper()
	data := make([]byte, 56)
	data[0] = 1 // state: lookup table
	binary.LittleEndian.PutUint64(data[4:], math.MaxUint64)
	for _, key := range addresses {
		data = append(data, key[:]...)
	}
	key := newKey(t).PublicKey()
	require.NoError(t, w.net.SetAccount(key, localnet.Account{Lamports: sol, Data: data, Owner: solana.AddressLookupTableProgramID}))
	w.net.WarpSlots(1) // a table can be used from the slot after its last extension
	return key
}

func TestLookupTables(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to, reader := w.wallet(t), newKey(t).PublicKey(), newKey(t).PublicKey()
		table := w.lookupTable(t, reader, to)
		latest, err := w.client.GetLatestBlockhash(t.Context(), "")
		require.NoError(t, err)
		pay := solana.NewInstruction(solana.SystemProgramID, solana.AccountMetaSlice{
			solana.Meta(from.PublicKey()).WRITE().SIGNER(), solana.Meta(to).WRITE(), solana.Meta(reader),
		}, mustData(t, transfer(from.PublicKey(), to, sol)))
		tx, err := solana.NewTransaction([]solana.Instruction{pay}, latest.Value.Blockhash, solana.TransactionPayer(from.PublicKey()),
			solana.TransactionAddressTables(map[solana.PublicKey]solana.PublicKeySlice{table: {reader, to}}))
		require.NoError(t, err)
		_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from })
		require.NoError(t, err)
		simulated, err := w.client.SimulateTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, &rpc.LoadedAddresses{Writable: solana.PublicKeySlice{to}, ReadOnly: solana.PublicKeySlice{reader}}, simulated.Value.LoadedAddresses)
		sig, err := w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, sol, w.balance(t, to))

		zero := uint64(0)
		got, err := w.client.GetTransaction(t.Context(), sig, &rpc.GetTransactionOpts{MaxSupportedTransactionVersion: &zero})
		require.NoError(t, err)
		require.Equal(t, rpc.LoadedAddresses{Writable: solana.PublicKeySlice{to}, ReadOnly: solana.PublicKeySlice{reader}}, got.Meta.LoadedAddresses)
		require.Len(t, got.Meta.PreBalances, 4, "the message's own keys, then the loaded ones")
		back, err := got.Transaction.GetTransaction()
		require.NoError(t, err)
		require.Equal(t, tx.Message.AddressTableLookups, back.Message.AddressTableLookups)
		require.Equal(t, tx.Message.Instructions, back.Message.Instructions)

		parsed, err := w.client.GetParsedTransaction(t.Context(), sig, &rpc.GetParsedTransactionOpts{MaxSupportedTransactionVersion: &zero})
		require.NoError(t, err)
		require.Equal(t, []rpc.ParsedMessageAccount{
			{PublicKey: from.PublicKey(), Signer: true, Writable: true},
			{PublicKey: solana.SystemProgramID},
			{PublicKey: to, Writable: true},
			{PublicKey: reader},
		}, parsed.Transaction.Message.AccountKeys)
		sigs, err := w.client.GetSignaturesForAddress(t.Context(), reader)
		require.NoError(t, err)
		require.Len(t, sigs, 1, "loaded addresses are found too")
	})
}

func TestUnknownLookupTable(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		latest, err := w.client.GetLatestBlockhash(t.Context(), "")
		require.NoError(t, err)
		tx, err := solana.NewTransaction([]solana.Instruction{transfer(from.PublicKey(), to, sol)}, latest.Value.Blockhash,
			solana.TransactionPayer(from.PublicKey()),
			solana.TransactionAddressTables(map[solana.PublicKey]solana.PublicKeySlice{newKey(t).PublicKey(): {to}}))
		require.NoError(t, err)
		_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from })
		require.NoError(t, err)
		_, err = w.client.SendTransaction(t.Context(), tx)
		e := rpcError(t, err, nil)
		require.Equal(t, -32602, e.Code)
		require.Contains(t, e.Message, "address table account that doesn't exist")
	})
}

func mustData(t testing.TB, ix solana.Instruction) []byte {
	t.Helper()
	data, err := ix.Data()
	require.NoError(t, err)
	return data
}

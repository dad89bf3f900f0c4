package localnet_test

import (
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	lookup "github.com/gagliardetto/solana-go/programs/address-lookup-table"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

// send sends a transaction of one wallet's instructions.
func (w world) send(t testing.TB, who solana.PrivateKey, ixs ...solana.Instruction) solana.Signature {
	t.Helper()
	sig, err := w.client.SendTransaction(t.Context(), w.sign(t, who, ixs...))
	require.NoError(t, err)
	return sig
}

// parsed is the first instruction of a transaction in jsonParsed.
func (w world) parsed(t testing.TB, sig solana.Signature) (program, kind string, info map[string]any) {
	t.Helper()
	raw, err := w.call(t, "getTransaction", sig, rpc.M{"encoding": "jsonParsed", "maxSupportedTransactionVersion": 0})
	require.NoError(t, err)
	var out struct {
		Transaction struct {
			Message struct {
				Instructions []struct {
					Program string
					Parsed  struct {
						Type string
						Info map[string]any
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(raw, &out))
	in := out.Transaction.Message.Instructions[0]
	return in.Program, in.Parsed.Type, in.Parsed.Info
}

// A table is made, used, and removed again, by the client's own instructions.
func TestLookupTableLifecycle(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		who, to := w.wallet(t), newKey(t).PublicKey()
		slot, err := w.client.GetSlot(t.Context(), rpc.CommitmentFinalized)
		require.NoError(t, err)
		create, table, err := lookup.NewCreateLookupTableInstruction(who.PublicKey(), who.PublicKey(), slot)
		require.NoError(t, err)

		sig := w.send(t, who, create.Build())
		program, kind, info := w.parsed(t, sig)
		require.Equal(t, "address-lookup-table", program)
		require.Equal(t, "createLookupTable", kind)
		require.Equal(t, map[string]any{
			"lookupTableAccount": table.String(), "lookupTableAuthority": who.PublicKey().String(), "payerAccount": who.PublicKey().String(),
			"systemProgram": solana.SystemProgramID.String(), "recentSlot": float64(slot), "bumpSeed": info["bumpSeed"],
		}, info)

		sig = w.send(t, who, lookup.NewExtendLookupTableInstruction(table, who.PublicKey(), who.PublicKey(), []solana.PublicKey{to}).Build())
		_, kind, info = w.parsed(t, sig)
		require.Equal(t, "extendLookupTable", kind)
		require.Equal(t, []any{to.String()}, info["newAddresses"])
		state, err := lookup.GetAddressLookupTable(t.Context(), w.client, table)
		require.NoError(t, err)
		require.Equal(t, solana.PublicKeySlice{to}, state.Addresses)

		latest, err := w.client.GetLatestBlockhash(t.Context(), "")
		require.NoError(t, err)
		tx, err := solana.NewTransaction([]solana.Instruction{transfer(who.PublicKey(), to, sol)}, latest.Value.Blockhash,
			solana.TransactionPayer(who.PublicKey()), solana.TransactionAddressTables(map[solana.PublicKey]solana.PublicKeySlice{table: {to}}))
		require.NoError(t, err)
		require.True(t, tx.Message.IsVersioned())
		_, err = tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &who })
		require.NoError(t, err)
		_, err = w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, sol, w.balance(t, to))

		w.send(t, who, lookup.NewDeactivateLookupTableInstruction(table, who.PublicKey()).Build())
		remove := lookup.NewCloseLookupTableInstruction(table, who.PublicKey(), to).Build()
		_, err = w.client.SendTransaction(t.Context(), w.sign(t, who, remove))
		require.Error(t, err, "transactions that were signed before may still use it")
		w.net.WarpSlots(513)
		_, kind, info = w.parsed(t, w.send(t, who, remove))
		require.Equal(t, "closeLookupTable", kind)
		require.Equal(t, to.String(), info["recipient"])
		require.Greater(t, w.balance(t, to), sol)
		_, err = w.client.GetAccountInfo(t.Context(), table)
		require.ErrorIs(t, err, rpc.ErrNotFound)
	})
}

func TestParsedLookupTable(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		to := newKey(t).PublicKey()
		raw, err := w.call(t, "getAccountInfo", w.lookupTable(t, to), rpc.M{"encoding": "jsonParsed"})
		require.NoError(t, err)
		var out struct {
			Value struct{ Data json.RawMessage }
		}
		require.NoError(t, json.Unmarshal(raw, &out))
		require.JSONEq(t, `{"program":"address-lookup-table","space":88,"parsed":{"type":"lookupTable","info":{
			"deactivationSlot":"18446744073709551615","lastExtendedSlot":"0","lastExtendedSlotStartIndex":0,
			"addresses":["`+to.String()+`"]}}}`, string(out.Value.Data))
	})
}

package localnet_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/gagliardetto/solana-go"
	computebudget "github.com/gagliardetto/solana-go/programs/compute-budget"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/mr-tron/base58"
	"github.com/stretchr/testify/require"
)

var insufficientFunds = map[string]any{"InstructionError": []any{0.0, map[string]any{"Custom": 1.0}}}

func TestSendTransaction(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		tx := w.transferOf(t, from, to, sol)
		sig, err := w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, tx.Signatures[0], sig)
		require.Equal(t, sol, w.balance(t, to))
		require.Equal(t, 9*sol-5000, w.balance(t, from.PublicKey()))
	})
}

func TestSendTransactionEncodings(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		for _, encoding := range []string{"", "base58", "base64"} {
			wire, err := w.transferOf(t, from, to, sol).MarshalBinary()
			require.NoError(t, err)
			params := []any{base58.Encode(wire)}
			switch encoding {
			case "base58":
				params = append(params, rpc.M{"encoding": "base58"})
			case "base64":
				params = []any{base64.StdEncoding.EncodeToString(wire), rpc.M{"encoding": "base64"}}
			}
			_, err = w.call(t, "sendTransaction", params...)
			require.NoError(t, err, encoding)
		}
		require.Equal(t, 3*sol, w.balance(t, to))
	})
}

// preflightData is the error data of a failed preflight.
type preflightData struct {
	Err           any
	Logs          []string
	UnitsConsumed uint64
}

func TestPreflightFailure(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		_, err := w.client.SendTransaction(t.Context(), w.transferOf(t, from, to, 20*sol))
		var raw map[string]json.RawMessage
		e := rpcError(t, err, &raw)
		require.Equal(t, -32002, e.Code)
		require.Equal(t, "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1", e.Message)
		for _, member := range []string{
			"err", "logs", "accounts", "unitsConsumed", "loadedAccountsDataSize", "returnData", "innerInstructions", "replacementBlockhash",
			"fee", "preBalances", "postBalances", "preTokenBalances", "postTokenBalances", "loadedAddresses",
		} {
			require.Contains(t, raw, member)
		}
		require.Len(t, raw, 14)
		require.JSONEq(t, `{"InstructionError":[0,{"Custom":1}]}`, string(raw["err"]))
		require.JSONEq(t, `150`, string(raw["unitsConsumed"]))
		require.JSONEq(t, `["Program 11111111111111111111111111111111 invoke [1]",
			"Transfer: insufficient lamports 9999995000, need 20000000000",
			"Program 11111111111111111111111111111111 failed: custom program error: 0x1"]`, string(raw["logs"]))
		require.Equal(t, 10*sol, w.balance(t, from.PublicKey()), "a failed preflight costs nothing")
	})
}

func TestSendTransactionRefuses(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		forged := w.transferOf(t, from, to, sol)
		forged.Signatures[0][3] ^= 1
		stale := signOn(t, solana.Hash{7}, from, transfer(from.PublicKey(), to, sol))
		landed := w.transferOf(t, from, to, sol)
		_, err := w.client.SendTransaction(t.Context(), landed)
		require.NoError(t, err)
		poor := newKey(t)

		for _, c := range []struct {
			name    string
			tx      *solana.Transaction
			code    int
			message string
			err     any
		}{
			{"forged signature", forged, -32003, "Transaction signature verification failure", nil},
			{"unknown blockhash", stale, -32002, "Transaction simulation failed: Blockhash not found", "BlockhashNotFound"},
			{"sent before", landed, -32002, "Transaction simulation failed: This transaction has already been processed", "AlreadyProcessed"},
			{"payer does not exist", w.transferOf(t, poor, to, 1), -32002, "Transaction simulation failed: Attempt to debit an account but found no record of a prior credit.", "AccountNotFound"},
		} {
			_, err := w.client.SendTransaction(t.Context(), c.tx)
			var data preflightData
			e := rpcError(t, err, &data)
			require.Equal(t, c.code, e.Code, c.name)
			require.Equal(t, c.message, e.Message, c.name)
			require.Equal(t, c.err, data.Err, c.name)
			require.Zero(t, data.UnitsConsumed, c.name)
		}
	})
}

func TestMalformedTransactions(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		wire, err := w.transferOf(t, w.wallet(t), newKey(t).PublicKey(), sol).MarshalBinary()
		require.NoError(t, err)
		b64 := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
		for _, method := range []string{"sendTransaction", "simulateTransaction"} {
			for _, c := range []struct {
				name, text, encoding, message string
			}{
				{"no bytes", "", "base64", "no bytes"},
				{"not base64", "!!", "base64", "invalid base64 encoding"},
				{"not base58", "0", "base58", "invalid base58 encoding"},
				{"unknown encoding", "AA", "hex", "unsupported encoding: hex"},
				{"text too long", string(make([]byte, 1645)), "base64", "too large: 1645 bytes (max: encoded/raw 1644/1232)"},
				{"too many bytes", b64(make([]byte, 1233)), "base64", "too large: 1233 bytes (max: 1232 bytes)"},
				{"cut off", b64(wire[:len(wire)-1]), "base64", "invalid transaction"},
				{"zeros", b64(make([]byte, 300)), "base64", "invalid transaction"},
				{"only a count", b64([]byte{0xff, 0xff, 0xff}), "base64", "invalid transaction"},
			} {
				_, err := w.call(t, method, c.text, rpc.M{"encoding": c.encoding})
				e := rpcError(t, err, nil)
				require.Equal(t, -32602, e.Code, c.name)
				require.Contains(t, e.Message, c.message, c.name)
			}
		}
	})
}

func TestSkipPreflight(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		skip := rpc.TransactionOpts{SkipPreflight: true}

		failing := w.transferOf(t, from, to, 20*sol)
		sig, err := w.client.SendTransactionWithOpts(t.Context(), failing, skip)
		require.NoError(t, err, "the answer is the signature even if the transaction fails")
		status, err := w.client.GetSignatureStatuses(t.Context(), false, sig)
		require.NoError(t, err)
		require.Equal(t, insufficientFunds, status.Value[0].Err)
		require.Equal(t, 10*sol-5000, w.balance(t, from.PublicKey()), "it paid its fee")

		stale := signOn(t, solana.Hash{7}, from, transfer(from.PublicKey(), to, sol))
		sig, err = w.client.SendTransactionWithOpts(t.Context(), stale, skip)
		require.NoError(t, err)
		status, err = w.client.GetSignatureStatuses(t.Context(), true, sig)
		require.NoError(t, err)
		require.Nil(t, status.Value[0], "it was not processed")
	})
}

func TestSimulateTransaction(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		tx := w.transferOf(t, from, to, sol)
		out, err := w.client.SimulateTransactionWithOpts(t.Context(), tx, &rpc.SimulateTransactionOpts{
			SigVerify:         true,
			InnerInstructions: true,
			Accounts:          &rpc.SimulateTransactionAccountsOpts{Addresses: []solana.PublicKey{to, from.PublicKey(), newKey(t).PublicKey()}},
		})
		require.NoError(t, err)
		require.Nil(t, out.Value.Err)
		require.Equal(t, uint64(150), *out.Value.UnitsConsumed)
		require.Equal(t, []string{"Program 11111111111111111111111111111111 invoke [1]", "Program 11111111111111111111111111111111 success"}, out.Value.Logs)
		require.Equal(t, sol, out.Value.Accounts[0].Lamports)
		require.Equal(t, 9*sol-5000, out.Value.Accounts[1].Lamports)
		require.Nil(t, out.Value.Accounts[2])
		require.Equal(t, uint64(5000), *out.Value.Fee)
		require.Zero(t, w.balance(t, to), "nothing was committed")

		failed, err := w.client.SimulateTransactionWithOpts(t.Context(), w.transferOf(t, from, to, 20*sol), &rpc.SimulateTransactionOpts{
			Accounts: &rpc.SimulateTransactionAccountsOpts{Addresses: []solana.PublicKey{from.PublicKey(), solana.SystemProgramID}},
		})
		require.NoError(t, err, "the call succeeds although the transaction fails")
		require.Equal(t, insufficientFunds, failed.Value.Err)
		require.Equal(t, []*rpc.Account{nil, nil}, failed.Value.Accounts, "a failed transaction changes no account")
	})
}

func TestSimulateWithoutSignatureOrBlockhash(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		tx := signOn(t, solana.Hash{7}, from, transfer(from.PublicKey(), to, sol))
		tx.Signatures[0] = solana.Signature{}

		out, err := w.client.SimulateTransaction(t.Context(), tx)
		require.NoError(t, err)
		require.Equal(t, "BlockhashNotFound", out.Value.Err)

		out, err = w.client.SimulateTransactionWithOpts(t.Context(), tx, &rpc.SimulateTransactionOpts{ReplaceRecentBlockhash: true})
		require.NoError(t, err)
		require.Nil(t, out.Value.Err)
		require.NotNil(t, out.Value.ReplacementBlockhash)

		_, err = w.client.SimulateTransactionWithOpts(t.Context(), tx, &rpc.SimulateTransactionOpts{SigVerify: true})
		require.Equal(t, -32003, rpcError(t, err, nil).Code)

		_, err = w.client.SimulateTransactionWithOpts(t.Context(), tx, &rpc.SimulateTransactionOpts{SigVerify: true, ReplaceRecentBlockhash: true})
		require.Contains(t, rpcError(t, err, nil).Message, "may not be used with")

		_, err = w.client.SimulateTransactionWithOpts(t.Context(), tx, &rpc.SimulateTransactionOpts{
			ReplaceRecentBlockhash: true,
			Accounts:               &rpc.SimulateTransactionAccountsOpts{Addresses: make([]solana.PublicKey, 4)},
		})
		require.Contains(t, rpcError(t, err, nil).Message, "Too many accounts provided; max 3")
	})
}

func TestGetFeeForMessage(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		fee := func(tx *solana.Transaction) *uint64 {
			message, err := tx.Message.MarshalBinary()
			require.NoError(t, err)
			out, err := w.client.GetFeeForMessage(t.Context(), base64.StdEncoding.EncodeToString(message), rpc.CommitmentProcessed)
			require.NoError(t, err)
			return out.Value
		}
		require.Equal(t, uint64(5000), *fee(w.transferOf(t, from, to, sol)))
		priced := w.sign(t, from,
			computebudget.NewSetComputeUnitLimitInstruction(1000).Build(),
			computebudget.NewSetComputeUnitPriceInstruction(2_000_000).Build(),
			transfer(from.PublicKey(), to, sol))
		require.Equal(t, uint64(7000), *fee(priced))
		require.Nil(t, fee(signOn(t, solana.Hash{7}, from, transfer(from.PublicKey(), to, sol))), "the blockhash is not valid")

		for _, text := range []string{"", "!!", "AA==", base64.StdEncoding.EncodeToString([]byte{0x80}), base64.StdEncoding.EncodeToString([]byte{0xff, 0xff, 1})} {
			_, err := w.client.GetFeeForMessage(t.Context(), text, "")
			require.Equal(t, -32602, rpcError(t, err, nil).Code, text)
		}
	})
}

func TestRequestAirdrop(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		to := newKey(t).PublicKey()
		first, err := w.client.RequestAirdrop(t.Context(), to, sol, rpc.CommitmentFinalized)
		require.NoError(t, err)
		second, err := w.client.RequestAirdrop(t.Context(), to, sol, "")
		require.NoError(t, err)
		require.NotEqual(t, first, second)
		require.Equal(t, 2*sol, w.balance(t, to))

		tx, err := w.client.GetTransaction(t.Context(), first, nil)
		require.NoError(t, err, "an airdrop is an ordinary transaction")
		require.Nil(t, tx.Meta.Err)

		_, err = w.client.RequestAirdrop(t.Context(), to, 1<<63, "")
		require.Equal(t, -32603, rpcError(t, err, nil).Code)
		_, err = w.client.RequestAirdrop(t.Context(), newKey(t).PublicKey(), 1, "")
		require.Contains(t, rpcError(t, err, nil).Message, "rent")
	})
}

package localnet_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
)

func TestGetSignatureStatuses(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		sig, err := w.client.SendTransaction(t.Context(), w.transferOf(t, from, to, sol))
		require.NoError(t, err)
		out, err := w.client.GetSignatureStatuses(t.Context(), true, sig, solana.Signature{1})
		require.NoError(t, err)
		require.Len(t, out.Value, 2)
		require.Equal(t, &rpc.SignatureStatusesResult{
			Slot:               out.Value[0].Slot,
			ConfirmationStatus: rpc.ConfirmationStatusFinalized,
			Status:             rpc.DeprecatedTransactionMetaStatus{"Ok": nil},
		}, out.Value[0])
		require.NotZero(t, out.Value[0].Slot)
		require.Nil(t, out.Value[1])

		_, err = w.client.GetSignatureStatuses(t.Context(), true, make([]solana.Signature, 257)...)
		require.Contains(t, rpcError(t, err, nil).Message, "max 256")
		_, err = w.call(t, "getSignatureStatuses", []string{"x"})
		require.Contains(t, rpcError(t, err, nil).Message, "WrongSize")
	})
}

func TestGetTransaction(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		sent := w.transferOf(t, from, to, sol)
		sig, err := w.client.SendTransaction(t.Context(), sent)
		require.NoError(t, err)

		for _, encoding := range []solana.EncodingType{"", solana.EncodingJSON, solana.EncodingBase58, solana.EncodingBase64} {
			got, err := w.client.GetTransaction(t.Context(), sig, &rpc.GetTransactionOpts{Encoding: encoding, Commitment: rpc.CommitmentConfirmed})
			require.NoError(t, err, encoding)
			tx, err := got.Transaction.GetTransaction()
			require.NoError(t, err, encoding)
			require.Equal(t, sent.Signatures, tx.Signatures, encoding)
			require.Equal(t, sent.Message.AccountKeys, tx.Message.AccountKeys, encoding)
			require.Equal(t, sent.Message.Header, tx.Message.Header, encoding)
			require.Equal(t, sent.Message.RecentBlockhash, tx.Message.RecentBlockhash, encoding)
			require.Equal(t, sent.Message.Instructions, tx.Message.Instructions, encoding)

			require.NotZero(t, got.Slot)
			require.Equal(t, time.Unix(1_700_000_000, 0).UTC(), got.BlockTime.Time().UTC())
			require.Nil(t, got.Meta.Err)
			require.Equal(t, uint64(5000), got.Meta.Fee)
			require.Equal(t, []uint64{10 * sol, 0, 1}, got.Meta.PreBalances)
			require.Equal(t, []uint64{9*sol - 5000, sol, 1}, got.Meta.PostBalances)
			require.Equal(t, uint64(150), *got.Meta.ComputeUnitsConsumed)
			require.Equal(t, []string{"Program 11111111111111111111111111111111 invoke [1]", "Program 11111111111111111111111111111111 success"}, got.Meta.LogMessages)
			require.Empty(t, got.Meta.InnerInstructions)
		}

		parsed, err := w.client.GetParsedTransaction(t.Context(), sig, nil)
		require.NoError(t, err)
		require.Equal(t, []rpc.ParsedMessageAccount{
			{PublicKey: from.PublicKey(), Signer: true, Writable: true},
			{PublicKey: to, Writable: true},
			{PublicKey: solana.SystemProgramID},
		}, parsed.Transaction.Message.AccountKeys)
		info, err := json.Marshal(parsed.Transaction.Message.Instructions[0].Parsed)
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"transfer","info":{"source":"`+from.PublicKey().String()+`","destination":"`+to.String()+`","lamports":1000000000}}`, string(info))
	}, frozenClock())
}

// getTransaction's answer has the same members as Agave's.
func TestGetTransactionShape(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		sig, err := w.client.SendTransaction(t.Context(), w.transferOf(t, w.wallet(t), newKey(t).PublicKey(), sol))
		require.NoError(t, err)

		members := func(raw json.RawMessage) (names []string) {
			var m map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(raw, &m))
			for name := range m {
				names = append(names, name)
			}
			return names
		}
		raw, err := w.call(t, "getTransaction", sig, "json")
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"slot", "transaction", "meta", "blockTime"}, members(raw), "version is only included if the request names a maximum")
		raw, err = w.call(t, "getTransaction", sig, rpc.M{"maxSupportedTransactionVersion": 0})
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"slot", "transaction", "meta", "blockTime", "version"}, members(raw))

		var tx struct {
			Version string
			Meta    json.RawMessage
		}
		require.NoError(t, json.Unmarshal(raw, &tx))
		require.Equal(t, "legacy", tx.Version)
		require.ElementsMatch(t, []string{
			"err", "status", "fee", "preBalances", "postBalances", "innerInstructions", "logMessages", "preTokenBalances",
			"postTokenBalances", "rewards", "loadedAddresses", "computeUnitsConsumed",
		}, members(tx.Meta))
	})
}

func TestGetTransactionRefuses(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		_, err := w.client.GetTransaction(t.Context(), solana.Signature{1}, nil)
		require.ErrorIs(t, err, rpc.ErrNotFound)
		_, err = w.client.GetTransaction(t.Context(), solana.Signature{1}, &rpc.GetTransactionOpts{Commitment: rpc.CommitmentProcessed})
		require.Contains(t, rpcError(t, err, nil).Message, "below `confirmed`")

		sig, err := w.client.SendTransaction(t.Context(), w.transferOf(t, w.wallet(t), newKey(t).PublicKey(), sol))
		require.NoError(t, err)
		_, err = w.call(t, "getTransaction", sig, "hex")
		require.Contains(t, rpcError(t, err, nil).Message, "unknown variant `hex`")
	})
}

func TestVersionedTransaction(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		tx := w.transferOf(t, from, to, sol)
		tx.Message.SetVersion(solana.MessageVersionV0)
		_, err := tx.Sign(func(solana.PublicKey) *solana.PrivateKey { return &from })
		require.NoError(t, err)
		sig, err := w.client.SendTransaction(t.Context(), tx)
		require.NoError(t, err)

		_, err = w.client.GetTransaction(t.Context(), sig, nil)
		require.Equal(t, -32015, rpcError(t, err, nil).Code)
		zero := uint64(0)
		for _, encoding := range []solana.EncodingType{solana.EncodingJSON, solana.EncodingBase64} {
			got, err := w.client.GetTransaction(t.Context(), sig, &rpc.GetTransactionOpts{Encoding: encoding, MaxSupportedTransactionVersion: &zero})
			require.NoError(t, err)
			require.Equal(t, rpc.TransactionVersion(0), got.Version)
			back, err := got.Transaction.GetTransaction()
			require.NoError(t, err)
			require.Equal(t, tx.Message.AccountKeys, back.Message.AccountKeys)
		}
	})
}

func TestGetSignaturesForAddress(t *testing.T) {
	overBoth(t, func(t *testing.T, w world) {
		from, to := w.wallet(t), newKey(t).PublicKey()
		var sent []solana.Signature
		for range 4 {
			sig, err := w.client.SendTransaction(t.Context(), w.transferOf(t, from, to, sol))
			require.NoError(t, err)
			sent = append(sent, sig)
		}
		two := 2
		for _, c := range []struct {
			name string
			opts *rpc.GetSignaturesForAddressOpts
			want []int
		}{
			{"all", nil, []int{3, 2, 1, 0}},
			{"limit", &rpc.GetSignaturesForAddressOpts{Limit: &two}, []int{3, 2}},
			{"before", &rpc.GetSignaturesForAddressOpts{Before: sent[2]}, []int{1, 0}},
			{"until", &rpc.GetSignaturesForAddressOpts{Until: sent[1]}, []int{3, 2}},
			{"between", &rpc.GetSignaturesForAddressOpts{Before: sent[3], Until: sent[0], Limit: &two}, []int{2, 1}},
			{"unknown before", &rpc.GetSignaturesForAddressOpts{Before: solana.Signature{9}}, nil},
		} {
			got, err := w.client.GetSignaturesForAddressWithOpts(t.Context(), to, c.opts)
			require.NoError(t, err, c.name)
			require.Len(t, got, len(c.want), c.name)
			for i, index := range c.want {
				require.Equal(t, sent[index], got[i].Signature, c.name)
				require.Equal(t, rpc.ConfirmationStatusFinalized, got[i].ConfirmationStatus)
				require.NotZero(t, got[i].Slot)
			}
		}
		nothing, err := w.client.GetSignaturesForAddress(t.Context(), newKey(t).PublicKey())
		require.NoError(t, err)
		require.Empty(t, nothing)
		_, err = w.call(t, "getSignaturesForAddress", to, rpc.M{"limit": 1001})
		require.Contains(t, rpcError(t, err, nil).Message, "Invalid limit; max 1000")
	})
}
